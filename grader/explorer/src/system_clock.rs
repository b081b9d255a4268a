//! The system's clock, which does not only go forward.
//!
//! Somebody may set it, and std says so. Whoever computes a deadline by it waits too long, or not long
//! enough. So in an execution it is set back again and again.

/// By how much it is set back, in nanoseconds: an hour.
const SET_BACK: u64 = 3_600_000_000_000;

/// Reading a clock takes a little time by itself, but less than this, in nanoseconds.
const MOMENT: u64 = 1_000;

#[derive(Default)]
pub(crate) struct SystemClock {
    /// The virtual time at which it was last read.
    read: Option<u64>,
    /// How often it has been set back.
    set_back: u64,
}

impl SystemClock {
    /// It is read at the virtual time `now`. Returns how many nanoseconds it is behind that, and whether
    /// it has been set back since the last reading: that is the case whenever time has passed.
    pub(crate) fn read(&mut self, now: u64) -> (u64, bool) {
        let last = self.read.replace(now);
        let is_set_back = last.is_some_and(|last| now > last.saturating_add(MOMENT));
        self.set_back += u64::from(is_set_back);
        (self.set_back.saturating_mul(SET_BACK), is_set_back)
    }
}
