//! Tells a check that would wait for ever from one that is waiting for a slow machine. No clock can do that,
//! but the kernel knows which threads would run if a processor were free, and which are waiting to be woken.

use std::collections::BTreeSet;
use std::process::{self, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{iter, thread};

/// The name of the thread that looks. It is the only one that runs while all others sleep.
pub const ONLOOKER: &str = "onlooker";

/// One more than this many looks must find every thread asleep, and none awake in between.
const LOOKS: u32 = 5;

/// From one look to the next. Far longer than any sleep in these checks.
const PAUSE: Duration = Duration::from_secs(1);

/// Locked while descriptors are open in this process that do not belong to the check.
pub static LOOKING: Mutex<()> = Mutex::new(());

/// Looks on until the check is `over`, and then returns false; or until no thread of this process or its
/// children can ever run again unless woken from outside, and then returns true.
///
/// Without a `/proc`, as on macOS, it cannot see anything. A check that hangs is then ended by the grader,
/// or by whoever runs it.
pub fn look_on(over: &Receiver<()>) -> bool {
    let (mut last, mut looks) = (None, 0);
    while over.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        let now = asleep();
        looks = if now.is_some() && now == last { looks + 1 } else { 0 };
        if looks == LOOKS {
            return true;
        }
        last = now;
    }
    false
}

/// Whether two looks in a row find every thread asleep, and none awake in between. Gives up after a while.
pub fn all_are_still() -> bool {
    let mut last = None;
    for _ in 0..30 {
        let now = asleep();
        if now.is_some() && now == last {
            return true;
        }
        last = now;
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Whether everybody comes to rest, and then nobody gets up for a quarter of a second. One who looks now and
/// then whether something has happened does. Makes several attempts, for a busy machine.
pub fn nobody_stirs() -> bool {
    (0..5).any(|_| {
        all_are_still() && {
            let before = asleep();
            thread::sleep(Duration::from_millis(250));
            before.is_some() && before == asleep()
        }
    })
}

/// All threads, and how often each has gone to sleep. `None` if one of them is awake, or if not all of
/// them can be seen.
fn asleep() -> Option<Vec<String>> {
    let _looking = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
    let me = process::id().to_string();
    // Children and their children, but not those of this shell itself.
    let children = shell(&format!(
        "walk() {{ for child in $(cat /proc/$1/task/*/children 2>/dev/null); do \
         echo $child; [ $child = $$ ] || walk $child; done; }}; walk {me}"
    ));
    let processes: Vec<_> = iter::once(me.as_str()).chain(children.split_whitespace()).collect();
    let files: String = processes.iter().map(|id| format!(" /proc/{id}/task/*/status")).collect();
    let status = shell(&format!("cat{files} 2>/dev/null"));
    let (mut threads, mut seen) = (Vec::new(), BTreeSet::new());
    for thread in status.split("Name:").skip(1) {
        let (name, facts) = thread.split_once('\n')?;
        let fact = |key| facts.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        seen.insert(fact("Tgid:")?);
        if name.trim() == ONLOOKER {
            continue;
        }
        // S sleeps, Z is dead and waits to be reaped. A thread that waits for a disk is D, and that ends.
        if !fact("State:")?.starts_with(['S', 'Z']) {
            return None;
        }
        threads.push(format!("{} {:?}", fact("Pid:")?, fact("voluntary_ctxt_switches:")));
    }
    // Without a `/proc`, not even this process can be seen.
    if !seen.contains(me.as_str()) {
        return None;
    }
    // One process in the list is gone: the shell that made it. If that one is not in the list, or another
    // process is missing, this is not the whole picture.
    (processes.len() == seen.len() + 1).then_some(threads)
}

/// What a shell command prints.
fn shell(script: &str) -> String {
    let output = Command::new("sh").args(["-c", script]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
