//! Ends a check that no longer reaches a scheduling point.
//!
//! All threads of the program share one OS thread, and they switch only at scheduling points. A
//! loop without a scheduling point can therefore never be ended from inside. Processor time tells
//! it apart from a machine that is busy with something else.

use super::{channel, marks};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The interval between two looks.
const NAP: Duration = Duration::from_millis(50);

/// Watches the program from an OS thread of its own, and ends the process when `patience`
/// milliseconds of processor time have passed without a scheduling point.
pub(super) fn start(patience: u64) {
    let patience = Duration::from_millis(patience);
    let watch = move || {
        let (mut progress, mut since) = (explorer::progress(), processor_time());
        loop {
            std::thread::sleep(NAP);
            let (now, time) = (explorer::progress(), processor_time());
            if now != progress {
                (progress, since) = (now, time);
            } else if time.saturating_sub(since) >= patience {
                channel::end_endless(marks::last());
            }
        }
    };
    // If the thread cannot be created, the process's own limit ends the check later.
    let _ = std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch);
}

/// Processor time used by this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
