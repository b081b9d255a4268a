//! Tells whether every thread of a process group is asleep and stays asleep, which is how a hang
//! looks to the kernel. This works only on Linux, because it reads
//! [proc(5)](https://man7.org/linux/man-pages/man5/proc.5.html).
//!
//! A thread that waits for a processor is runnable, not asleep, so a program on a busy machine does
//! not look as if it hangs. A thread that polls is switched in each time, and the kernel counts
//! these switches.

#[cfg(target_os = "linux")]
use procfs::process::Syscall;
use rustix::process::Pid;
use std::time::Duration;

/// Time between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// The number of looks in a row after which it is certain that a group whose threads all wait for each
/// other will never move: each thread was seen waiting before any of them was looked at again.
const CERTAIN: u32 = 2;

/// A thread that is asleep.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sleeper {
    thread: i32,
    /// How often it was switched in or out.
    switches: u64,
    /// Whether only another thread can wake it.
    waits_for_thread: bool,
}

/// Watches a process group.
pub(crate) struct Stillness {
    group: Pid,
    sleepers: Option<Vec<Sleeper>>,
    looks: u32,
}

impl Stillness {
    pub(crate) fn of(group: Pid) -> Self {
        Self { group, sleepers: None, looks: 0 }
    }

    /// Looks once; call it every [`PAUSE`]. Returns how many looks in a row have found that nothing
    /// in the group has moved. Time without a look, because the grader itself was stopped, does not
    /// count.
    pub(crate) fn look(&mut self) -> u32 {
        let now = sleepers(self.group);
        self.looks = if now.is_some() && now == self.sleepers { self.looks + 1 } else { 0 };
        self.sleepers = now;
        self.looks
    }

    /// Whether nothing in the group can ever move again: every thread waits, without a deadline, for
    /// another one to wake it.
    pub(crate) fn is_for_ever(&self) -> bool {
        let all_wait =
            |sleepers: &Vec<Sleeper>| sleepers.iter().all(|sleeper| sleeper.waits_for_thread);
        self.looks >= CERTAIN && self.sleepers.as_ref().is_some_and(all_wait)
    }
}

/// The threads of `group`, if all of them are asleep.
#[cfg(target_os = "linux")]
fn sleepers(group: Pid) -> Option<Vec<Sleeper>> {
    use procfs::process::{ProcState, all_processes};

    let group = group.as_raw_nonzero().get();
    let mut sleepers = Vec::new();
    for process in all_processes().ok()?.flatten() {
        // A process may end at any time. Skip one that has ended.
        let Ok(stat) = process.stat() else { continue };
        if stat.pgrp != group || stat.state().is_ok_and(|state| state == ProcState::Zombie) {
            continue;
        }
        for task in process.tasks().ok()?.flatten() {
            let status = task.status().ok()?;
            if !status.state.starts_with('S') {
                return None;
            }
            let switches = status.voluntary_ctxt_switches? + status.nonvoluntary_ctxt_switches?;
            let waits_for_thread = waits_for_thread(&task);
            sleepers.push(Sleeper { thread: task.tid, switches, waits_for_thread });
        }
    }
    sleepers.sort_unstable();
    // A group in which no thread can be seen does not count as asleep.
    (!sleepers.is_empty()).then_some(sleepers)
}

/// Whether a sleeping thread is in a [futex(2)](https://man7.org/linux/man-pages/man2/futex.2.html)
/// wait without a deadline. Locks, condition variables, parking, channels and `join` all wait in
/// this way. `false` if the kernel does not say.
#[cfg(target_os = "linux")]
fn waits_for_thread(task: &procfs::process::Task) -> bool {
    const WAIT: u64 = 0;
    const WAIT_BITSET: u64 = 9;
    const FLAGS: u64 = PRIVATE | CLOCK_REALTIME;
    const PRIVATE: u64 = 128;
    const CLOCK_REALTIME: u64 = 256;
    match task.syscall() {
        Ok(Syscall::Blocked { syscall_number: libc::SYS_futex, argument_registers, .. }) => {
            let [_, operation, _, deadline, ..] = argument_registers;
            deadline == 0 && matches!(operation & !FLAGS, WAIT | WAIT_BITSET)
        }
        _ => false,
    }
}

#[cfg(not(target_os = "linux"))]
fn sleepers(_group: Pid) -> Option<Vec<Sleeper>> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_nobody_is_in_does_not_sleep() {
        // Beyond the largest process number that Linux assigns.
        let mut nobody = Stillness::of(Pid::from_raw(i32::MAX).unwrap());
        assert_eq!([nobody.look(), nobody.look(), nobody.look()], [0; 3]);
    }
}
