//! [`std::time`] on the virtual clock.

#[macro_use]
mod arithmetic;
mod system_time;

pub use ::std::time::{Duration, SystemTimeError, TryFromFloatSecsError};
pub use system_time::{SystemTime, UNIX_EPOCH};

use explorer::{Announcement, WaitResult, scheduler};
use record::Operation;
use std::ops::Sub;
use std::panic::Location;

/// How far before the start of an execution an [`Instant`] can lie: subtracting from `now` works,
/// as on a real machine that has been up for a while.
const UPTIME: Duration = Duration::from_secs(1_000_000);

/// [`std::time::Instant`]
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// [`std::time::Instant::now`]
    #[track_caller]
    #[must_use]
    pub fn now() -> Self {
        scheduler::announce(Announcement::new(Operation::Now, Location::caller()));
        Self(UPTIME + Duration::from_nanos(scheduler::now()))
    }

    /// [`std::time::Instant::duration_since`]
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }

    /// [`std::time::Instant::checked_duration_since`]
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }

    /// [`std::time::Instant::saturating_duration_since`]
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// [`std::time::Instant::elapsed`]
    #[track_caller]
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now() - *self
    }

    /// [`std::time::Instant::checked_add`]
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// [`std::time::Instant::checked_sub`]
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

/// A wait with a timeout.
#[derive(Clone, Copy)]
pub(crate) struct Timer {
    begin: u64,
    /// The virtual time, in nanoseconds, at which it is over. `None` if it never is.
    pub(crate) deadline: Option<u64>,
}

/// A longer wait has no end, because "forever" is often written like this. No one lives to see such
/// a deadline pass on any machine, so no schedule lets it pass early.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Timer {
    /// A wait of `duration` that starts now.
    pub(crate) fn new(duration: Duration) -> Self {
        let begin = scheduler::now();
        let ends = duration <= FOR_EVER;
        Self { begin, deadline: ends.then(|| begin.saturating_add(duration.as_nanos() as u64)) }
    }

    /// Whether the wait ended because its time was up.
    ///
    /// A wait whose time was up before it began still takes a nanosecond. Otherwise a loop that
    /// waits for the remaining time until the remainder is negative would never end.
    pub(crate) fn is_over(self, result: WaitResult) -> bool {
        let over = result == WaitResult::TimedOut;
        if over && self.deadline == Some(self.begin) {
            scheduler::tick();
        }
        over
    }
}

arithmetic!(Instant);

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, other: Self) -> Duration {
        self.duration_since(other)
    }
}
