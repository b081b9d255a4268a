//! The time of day, which somebody may set.

use explorer::{Announcement, scheduler};
use record::{Operation, Value};
use std::panic::Location;
use std::time::{Duration, SystemTime as Real, SystemTimeError};

/// [`std::time::UNIX_EPOCH`]
pub const UNIX_EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

/// When executions begin: late enough for the clock to be set back as often as an execution reads it.
const BEGIN: Duration = Duration::from_secs(1_000_000_000_000);

/// [`std::time::SystemTime`], which is set back by an hour whenever time has passed between two
/// readings. std promises no more than that such a thing may happen.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTime(Real);

impl SystemTime {
    /// [`std::time::SystemTime::UNIX_EPOCH`]
    pub const UNIX_EPOCH: Self = Self(Real::UNIX_EPOCH);

    /// [`std::time::SystemTime::now`]
    #[track_caller]
    #[must_use]
    pub fn now() -> Self {
        scheduler::announce(Announcement::new(Operation::SystemNow, Location::caller()));
        let (behind, is_set_back) = scheduler::system_clock();
        scheduler::note(Value::Flag(is_set_back));
        let passed = BEGIN + Duration::from_nanos(scheduler::now());
        Self(Real::UNIX_EPOCH + passed.saturating_sub(Duration::from_nanos(behind)))
    }

    /// [`std::time::SystemTime::duration_since`]
    ///
    /// # Errors
    /// `earlier` is later.
    pub fn duration_since(&self, earlier: Self) -> Result<Duration, SystemTimeError> {
        self.0.duration_since(earlier.0)
    }

    /// [`std::time::SystemTime::elapsed`]
    ///
    /// # Errors
    /// The clock has been set back since then.
    #[track_caller]
    pub fn elapsed(&self) -> Result<Duration, SystemTimeError> {
        Self::now().duration_since(*self)
    }

    /// [`std::time::SystemTime::checked_add`]
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// [`std::time::SystemTime::checked_sub`]
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

arithmetic!(SystemTime);
