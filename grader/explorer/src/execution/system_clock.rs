//! The system's clock, which does not only go forward.
//!
//! Somebody may set it, and std says so. Whoever computes a deadline by it waits too long, or not long
//! enough. So in an execution it is set back again and again.

use super::Execution;
use crate::footprint::Place;

/// By how much it is set back, in nanoseconds: an hour.
const SET_BACK: u64 = 3_600_000_000_000;

/// If more time has passed since the last reading, in nanoseconds, then not only the readings took it.
const MOMENT: u64 = 1_000;

#[derive(Default)]
pub(crate) struct SystemClock {
    /// The virtual time at which it was last read.
    read: Option<u64>,
    /// How often it has been set back.
    set_back: u64,
}

impl Execution {
    /// How many nanoseconds the system's clock is behind the virtual time, and whether it has been set
    /// back since the last reading: that is the case whenever time has passed.
    pub(crate) fn read_system_clock(&mut self) -> (u64, bool) {
        self.footprint.change(Place::Clock);
        let last = self.system_clock.read.replace(self.clock);
        let is_set_back = last.is_some_and(|last| self.clock > last.saturating_add(MOMENT));
        self.system_clock.set_back += u64::from(is_set_back);
        (self.system_clock.set_back.saturating_mul(SET_BACK), is_set_back)
    }
}
