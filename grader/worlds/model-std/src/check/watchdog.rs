//! Ends a check that comes to no scheduling point any more.
//!
//! All threads of the program share one OS thread, and a switch from one to another happens at
//! scheduling points only. A loop without one is a loop that nothing can ever end. Processor time
//! tells it from a machine that is busy with something else.

use super::{channel, marks};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Between two looks.
const NAP: Duration = Duration::from_millis(50);

/// Watch the program from an OS thread of its own, and end the process when `patience` milliseconds of
/// processor time have passed without a scheduling point.
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
    // Where there can be no thread, the process's own limit ends it later.
    let _ = std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch);
}

/// Processor time that this process has used.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
