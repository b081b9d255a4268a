//! Tells whether every thread of a process group is asleep and stays asleep, which is how a hang
//! looks to the kernel. This works only on Linux, because it reads
//! [proc(5)](https://man7.org/linux/man-pages/man5/proc.5.html).
//!
//! A thread that waits for a processor is runnable, not asleep, so a program on a busy machine does
//! not look as if it hangs. A thread that polls is switched in each time, and the kernel counts
//! these switches.

use rustix::process::Pid;
use std::time::Duration;

/// Time between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// A thread and how often it was switched in or out.
type Sleeper = (i32, u64);

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
            sleepers.push((task.tid, switches));
        }
    }
    sleepers.sort_unstable();
    // A group in which no thread can be seen does not count as asleep.
    (!sleepers.is_empty()).then_some(sleepers)
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
