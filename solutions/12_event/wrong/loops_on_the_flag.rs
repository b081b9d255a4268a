//! Fault: who wakes up looks at the flag alone, and if it has been cleared by then, lies down again.
//! Expect: set_then_clear_frees_all_who_waited = lost-wakeup
//! Expect: wait_waits_for_set = pass
//! Expect: set_frees_all = pass

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees all who are waiting for it.
    pub fn set(&self) {
        *self.flag() = true;
        self.changed.notify_all();
    }

    /// Clears the event.
    pub fn clear(&self) {
        *self.flag() = false;
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        *self.flag()
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let mut flag = self.flag();
        while !*flag {
            flag = self.changed.wait(flag).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut flag = self.flag();
        while !*flag {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            flag = self.changed.wait_timeout(flag, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    #[track_caller]
    fn flag(&self) -> MutexGuard<'_, bool> {
        self.flag.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
