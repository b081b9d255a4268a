//! The cells of the interleaving picture, and the names of the threads and objects in it.

use super::super::code::Call;
use super::super::evidence::Evidence;
use super::super::names::{Lettered, ObjectName};
use record::{ObjectKind, Operation, Step, StepStatus, Value};
use std::fmt;
use std::time::Duration;

/// A thread within a sentence: `` `a` ``, `thread 2`, `the check`.
pub(in super::super) fn thread(evidence: &Evidence<'_>, thread: usize) -> String {
    let name = evidence.names.thread(thread);
    let own = evidence.trace.threads.get(thread).is_some_and(|info| info.name.is_some());
    match thread {
        0 => "the check".to_owned(),
        _ if own => format!("`{name}`"),
        _ => name,
    }
}

/// A thread as the subject of a sentence, not yet capitalised: `` thread `a` ``, `thread 2`,
/// `the check`.
pub(in super::super) fn subject(evidence: &Evidence<'_>, who: usize) -> String {
    let name = thread(evidence, who);
    if name.starts_with('`') { format!("thread {name}") } else { name }
}

/// An object within a sentence: `` `accounts[1]` ``, `the Mutex`, `Mutex (B)`.
pub(in super::super) fn object(evidence: &Evidence<'_>, object: usize) -> String {
    match evidence.names.object(object) {
        Some(ObjectName::Code(code)) => format!("`{code}`"),
        Some(ObjectName::Lettered(Lettered { code: Some(code), letter, .. })) => {
            format!("`{code}` ({letter})")
        }
        Some(name) => name.to_string(),
        None => "it".to_owned(),
    }
}

impl fmt::Display for ObjectName {
    /// As in a cell of the picture: `accounts[1]`, `the Mutex`, `Mutex (B)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => f.write_str(code),
            Self::Only(kind) => write!(f, "the {}", kind_name(*kind)),
            Self::Lettered(Lettered { kind, code: None, letter }) => {
                write!(f, "{} ({letter})", kind_name(*kind))
            }
            Self::Lettered(Lettered { code: Some(code), letter, .. }) => {
                write!(f, "{code} ({letter})")
            }
        }
    }
}

fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Mutex => "Mutex",
        ObjectKind::RwLock => "RwLock",
        ObjectKind::Condvar => "Condvar",
        ObjectKind::Barrier => "Barrier",
        ObjectKind::Once => "Once",
        ObjectKind::OnceLock => "OnceLock",
        ObjectKind::LazyLock => "LazyLock",
        ObjectKind::Atomic => "atomic",
        ObjectKind::Channel => "channel",
        ObjectKind::Scope => "scope",
    }
}

/// What a step does, in full and without the arguments: the learner's own code if it is known, else
/// words.
pub(in super::super) fn code(evidence: &Evidence<'_>, step: &Step) -> (String, String) {
    let name = step.object.and_then(|object| evidence.names.object(object));
    let in_words = matches!(
        step.operation,
        Operation::Unlock
            | Operation::Disconnect
            | Operation::Spawn
            | Operation::Start
            | Operation::Exit
    );
    if let Some(call) = evidence.sources.call(&step.at).filter(|_| !in_words) {
        let letter = match name {
            Some(ObjectName::Lettered(it)) => format!(" ({})", it.letter),
            _ => String::new(),
        };
        return (format!("{}{letter}", call.text()), format!("{}{letter}", call.short()));
    }
    let mut text = operation(step.operation).to_owned();
    if let Some(name) = name {
        text.push(' ');
        text.push_str(&name.to_string());
    } else if let Some(target) = step.target {
        text.push(' ');
        text.push_str(&evidence.names.thread(target));
    }
    (text.clone(), text)
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Start => "starts",
        Operation::Exit => "finishes",
        Operation::Panic => "panics",
        Operation::Spawn => "spawn",
        Operation::Join => "join",
        Operation::IsFinished => "is_finished",
        Operation::Park => "park",
        Operation::Unpark => "unpark",
        Operation::Sleep => "sleep",
        Operation::YieldNow => "yield_now",
        Operation::SpinLoop => "spin_loop",
        Operation::Now => "Instant::now",
        Operation::ScopeEnd => "end of the scope",
        Operation::Lock => "lock",
        Operation::TryLock => "try_lock",
        Operation::Unlock => "unlock",
        Operation::Read => "read",
        Operation::TryRead => "try_read",
        Operation::Write => "write",
        Operation::TryWrite => "try_write",
        Operation::Wait | Operation::Relock => "wait",
        Operation::NotifyOne => "notify_one",
        Operation::NotifyAll => "notify_all",
        Operation::Load => "load",
        Operation::Store => "store",
        Operation::Swap => "swap",
        Operation::CompareExchange => "compare_exchange",
        Operation::FetchUpdate => "update",
        Operation::Fence => "fence",
        Operation::Statement => "next statement",
        Operation::Call => "call",
        Operation::BarrierWait => "wait",
        Operation::CallOnce => "call_once",
        Operation::Get => "get",
        Operation::Set => "set",
        Operation::Send => "send",
        Operation::TrySend => "try_send",
        Operation::Recv => "recv",
        Operation::TryRecv => "try_recv",
        Operation::Disconnect => "drop",
    }
}

/// What the step at `index` read, wrote or returned.
pub(in super::super) fn value(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let step = &evidence.trace.steps[index];
    let value = value_alone(evidence, index)?;
    // What a step within a function found is not what the function returned.
    let is_within = |call| evidence.sources.is_helper(call) && step.value.is_some();
    let wakes = matches!(step.value, Some(Value::Woken(_)));
    match evidence.sources.call(&step.at) {
        Some(call) if is_within(call) && !wakes => {
            Some(format!("· {} {value}", operation(step.operation)))
        }
        _ => Some(value),
    }
}

fn value_alone(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let step = &evidence.trace.steps[index];
    if step.operation == Operation::Panic {
        return None;
    }
    let tries = matches!(
        step.operation,
        Operation::TryLock
            | Operation::TryRead
            | Operation::TryWrite
            | Operation::TrySend
            | Operation::TryRecv
            | Operation::Send
            | Operation::Recv
            | Operation::Set
    );
    let writes = matches!(step.operation, Operation::Store | Operation::Swap);
    let arrow = if writes { '←' } else { '→' };
    let read = |text: String| match step.operation {
        // It read a value other than the expected one, so it wrote nothing.
        Operation::CompareExchange => format!("→ Err({text})"),
        // Its closure refused the value. Where it does not, the value before and after are known.
        Operation::Load | Operation::FetchUpdate if is_fetch_update(evidence, step) => {
            format!("→ Err({text})")
        }
        _ => format!("{arrow} {text}"),
    };
    Some(match step.value? {
        Value::Flag(true) if is_poisoned(evidence, index) => "→ Err(Poisoned)".to_owned(),
        Value::Flag(true) if tries => "→ Ok".to_owned(),
        Value::Flag(false) if tries => "→ Err".to_owned(),
        Value::Flag(there) if is_filled_once(evidence, step) => {
            if there {
                "→ Some(…)".to_owned()
            } else {
                "→ None".to_owned()
            }
        }
        Value::Flag(flag) => read(flag.to_string()),
        Value::Unsigned(value) => read(unsigned(value)),
        Value::Signed(value) => read(value.to_string()),
        Value::Switched { from, to } => format!("{from} → {to}"),
        Value::Changed { from, to } => changed(from, to),
        Value::Woken(0) => "wakes nobody".to_owned(),
        Value::Woken(woken) => wakes(evidence, index, woken),
    })
}

/// Whether a step is a call of `fetch_update`, which may refuse, and not of `fetch_add` or the like.
fn is_fetch_update(evidence: &Evidence<'_>, step: &Step) -> bool {
    let call = evidence.sources.call(&step.at);
    call.and_then(Call::name) == Some("fetch_update")
}

/// Whether a step looked into a cell that is filled once.
fn is_filled_once(evidence: &Evidence<'_>, step: &Step) -> bool {
    let object = step.object.and_then(|object| evidence.trace.objects.get(object));
    object.is_some_and(|it| matches!(it.kind, ObjectKind::OnceLock | ObjectKind::LazyLock))
}

/// Whether the step at `index` tried to acquire a lock that a panic had already poisoned. Asked
/// only of steps that got the lock.
fn is_poisoned(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let tried = steps[index].operation;
    let tries = matches!(tried, Operation::TryLock | Operation::TryRead | Operation::TryWrite);
    let poisons = |at: usize| {
        let step = &steps[at];
        let panics = |it: &Step| it.thread == step.thread && it.operation == Operation::Panic;
        // Released by a thread that has done nothing but release things since it panicked.
        let since = steps[..at].iter().rposition(panics);
        step.operation == Operation::Unlock
            && step.object == steps[index].object
            && since.is_some_and(|since| {
                let its = steps[since + 1..at].iter().filter(|it| it.thread == step.thread);
                its.clone().all(|it| it.operation == Operation::Unlock)
            })
    };
    tries && (0..index).any(poisons)
}

/// A number. Large ones are in hexadecimal, because a value packed into the upper half of a word
/// cannot be read in decimal.
fn unsigned(value: u64) -> String {
    if value < 1 << 32 { value.to_string() } else { hexadecimal(value) }
}

fn hexadecimal(value: u64) -> String {
    let digits = format!("{value:x}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(4)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("0x{}", groups.join("_"))
}

/// A number and the one that replaced it, both written in the same way.
fn changed(from: i128, to: i128) -> String {
    match (u64::try_from(from), u64::try_from(to)) {
        (Ok(from), Ok(to)) if from.max(to) >= 1 << 32 => {
            format!("{} → {}", hexadecimal(from), hexadecimal(to))
        }
        _ => format!("{from} → {to}"),
    }
}

/// Which threads a notification woke, by name if the schedule shows it: `wakes a`.
fn wakes(evidence: &Evidence<'_>, index: usize, count: u32) -> String {
    let woken = evidence.woken();
    let names: Vec<String> = woken
        .iter()
        .filter(|(notify, _)| *notify == index)
        .map(|&(_, thread)| evidence.names.thread(thread))
        .collect();
    if names.len() == count as usize && names.len() <= 2 {
        format!("wakes {}", super::list(&names))
    } else {
        match count {
            1 => "wakes another thread".to_owned(),
            _ => format!("wakes {count} threads"),
        }
    }
}

/// What happens to the thread at a step, beyond what the code says. `holder` is the thread that
/// holds what it waits for.
pub(in super::super) fn note(
    evidence: &Evidence<'_>,
    step: &Step,
    holder: Option<usize>,
) -> Option<String> {
    match step.how {
        StepStatus::Done if step.operation == Operation::Unpark => {
            step.target.map(|target| format!("→ {}", evidence.names.thread(target)))
        }
        StepStatus::Done => None,
        // The code says so, and so does the bar below it.
        StepStatus::Blocked if step.operation == Operation::Sleep => None,
        StepStatus::Blocked => Some(blocked(evidence, step, holder)),
        StepStatus::TimedOut if step.operation == Operation::Sleep => Some("wakes up".to_owned()),
        StepStatus::TimedOut if step.preempts => Some("times out first".to_owned()),
        StepStatus::TimedOut => Some("times out".to_owned()),
        StepStatus::Spurious if step.operation == Operation::CompareExchange => {
            Some("fails for no reason".to_owned())
        }
        StepStatus::Spurious => Some("wakes for no reason".to_owned()),
    }
}

fn blocked(evidence: &Evidence<'_>, step: &Step, holder: Option<usize>) -> String {
    match step.operation {
        Operation::Read if is_queued(step) => {
            let writer = step.target.map(|writer| evidence.names.thread(writer));
            format!("waits behind {}", writer.unwrap_or_default())
        }
        Operation::Park => "waits for unpark".to_owned(),
        Operation::Recv => "waits for a message".to_owned(),
        Operation::Send => "waits for room".to_owned(),
        Operation::BarrierWait => "waits for the others".to_owned(),
        Operation::Wait | Operation::Relock => WAITS_FOR_NOTIFY.to_owned(),
        Operation::ScopeEnd => "waits for its threads".to_owned(),
        Operation::Join => match step.target {
            Some(target) => format!("waits for {}", evidence.names.thread(target)),
            None => "waits".to_owned(),
        },
        _ => match holder {
            Some(holder) if holder == step.thread => "waits for itself".to_owned(),
            Some(holder) => format!("waits for {}", evidence.names.thread(holder)),
            None => "waits".to_owned(),
        },
    }
}

/// Whether a reader stands in line behind a writer that is waiting, too.
pub(in super::super) fn is_queued(step: &Step) -> bool {
    step.how == StepStatus::Blocked && step.operation == Operation::Read && step.target.is_some()
}

const WAITS_FOR_NOTIFY: &str = "waits for notify";

/// A thread begins to wait on a condition variable, or was woken and waits there `again`.
pub(in super::super) fn waits_for_notify(again: bool) -> String {
    if again { "wakes, then waits again".to_owned() } else { WAITS_FOR_NOTIFY.to_owned() }
}

/// A thread gets the lock that it waited for.
pub(in super::super) const HAS_IT: &str = "gets it";
/// A thread gets something else that it waited for.
pub(in super::super) const GOES_ON: &str = "continues";
/// A wait on a condition variable, or a `park`, is over.
pub(in super::super) const WAKES: &str = "wakes up";
/// A lock is released by a thread that unwinds from a panic.
pub(in super::super) const POISONS: &str = "→ poisoned";
/// A lock is acquired and released, and nothing in between is shown.
pub(in super::super) const AND_UNLOCKS: &str = "… unlock";
/// A panic, in a cell. Its message stands above the picture if it is part of the failure.
pub(in super::super) fn panics(evidence: &Evidence<'_>, step: &Step) -> &'static str {
    match evidence.panic_of(step) {
        Some(panic) if step.is_caught() && panic.thread != 0 => "panics (caught)",
        Some(panic) if panic.thread == 0 && evidence.passed_on().is_some() => "sees the panic",
        Some(panic) if panic.thread == 0 && !evidence.sources.is_answer(&panic.at) => "fails",
        None if step.is_caught() => "panics (caught)",
        _ => "panics",
    }
}

/// What a step found, if that is written as `value`.
pub(in super::super) fn found(value: &str) -> String {
    format!("→ {value}")
}

/// What a call returned. `function` is named if the row is about a call within that call.
pub(in super::super) fn returns(function: Option<&str>, result: &str) -> String {
    match function {
        Some(function) => format!("{function} returns {result}"),
        None => format!("returns {result}"),
    }
}

/// A length of time. `None` if it is too short to matter.
pub(in super::super) fn duration(time: Duration) -> Option<String> {
    super::duration::duration(time)
}

/// A mark or phrase in the picture that needs explaining. Only those that occur are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Sign {
    Decisive,
    Preempted,
    Spurious,
    WeakFailure,
    Early,
    Queued,
    WakesNobody,
    Letters,
}

/// The explanation of a mark.
pub(in super::super) fn legend(sign: Sign) -> &'static str {
    match sign {
        Sign::Decisive => "►: before this step the check could still pass; after it, it cannot.",
        Sign::Preempted => "preempted: another thread runs first, which can happen at any point.",
        Sign::Spurious => "wakes for no reason: std allows a spurious wakeup in every wait.",
        Sign::WeakFailure => "fails for no reason: std allows that in any `compare_exchange_weak`.",
        Sign::Early => {
            "times out first: the other threads are slow, and this thread's deadline passes before \
             they continue."
        }
        Sign::Queued => {
            "waits behind a writer: std lets a waiting writer go first, even before a thread that is \
             already reading."
        }
        Sign::WakesNobody => "wakes nobody: a notification without a waiter is not kept.",
        Sign::Letters => "(A), (B), …: different objects that have the same name in the code.",
    }
}
