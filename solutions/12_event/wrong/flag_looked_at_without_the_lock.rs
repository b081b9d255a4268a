//! Fault: the flag is an atomic, and may be set between a look at it and the sleep that follows.
//! Expect: wait_waits_for_set = lost-wakeup

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    flag: AtomicBool,
    times_set: Mutex<u64>,
    changed: Condvar,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees all who are waiting for it.
    pub fn set(&self) {
        self.flag.store(true, SeqCst);
        *self.times_set() += 1;
        self.changed.notify_all();
    }

    /// Clears the event.
    pub fn clear(&self) {
        self.flag.store(false, SeqCst);
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        self.flag.load(SeqCst)
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        if self.is_set() {
            return;
        }
        let mut times_set = self.times_set();
        let found = *times_set;
        while *times_set == found {
            times_set = self.changed.wait(times_set).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        if self.is_set() {
            return true;
        }
        let start = Instant::now();
        let mut times_set = self.times_set();
        let found = *times_set;
        while *times_set == found {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            times_set = self
                .changed
                .wait_timeout(times_set, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    #[track_caller]
    fn times_set(&self) -> MutexGuard<'_, u64> {
        self.times_set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
