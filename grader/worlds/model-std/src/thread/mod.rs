//! [`std::thread`], on the explorer.

mod builder;
mod current;
mod join;
mod local;
mod scope;

pub use builder::{Builder, spawn};
#[expect(deprecated, reason = "old programs call it")]
pub use current::park_timeout_ms;
pub use current::{Thread, ThreadId, current, park, park_timeout};
pub use join::{JoinHandle, Result};
pub use local::{AccessError, LocalKey};
pub use scope::{Scope, ScopedJoinHandle, scope};

use crate::time::{Duration, Timer};
use explorer::{Announcement, Until, scheduler, unwinding};
use record::Operation;
use std::io;
use std::num::NonZero;
use std::panic::Location;

/// [`std::thread::sleep`], on the virtual clock.
#[track_caller]
pub fn sleep(duration: Duration) {
    let timer = Timer::new(duration);
    let sleep = Announcement::new(Operation::Sleep, Location::caller());
    let passage = scheduler::announce(sleep.until(Until::Never).deadline(timer.deadline));
    timer.is_over(passage);
}

/// [`std::thread::sleep_ms`]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::sleep`")]
#[track_caller]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(ms.into()));
}

/// [`std::thread::yield_now`]
#[track_caller]
pub fn yield_now() {
    scheduler::announce(Announcement::new(Operation::YieldNow, Location::caller()));
}

/// [`std::thread::panicking`], for the current thread of the program.
#[must_use]
pub fn panicking() -> bool {
    unwinding::panicking()
}

/// [`std::thread::available_parallelism`]: 2 on every machine, so that verdicts do not depend on
/// it.
///
/// # Errors
/// None.
pub fn available_parallelism() -> io::Result<NonZero<usize>> {
    Ok(const { NonZero::new(2).unwrap() })
}
