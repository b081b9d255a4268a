//! Fault: it misses nothing, because it counts, but it does not sleep until it is called: it looks now and then.
//! Expect: a_waiter_sleeps = wrong

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// A signal that is set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    is_set: AtomicBool,
    times_set: AtomicU64,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event.
    pub fn set(&self) {
        self.is_set.store(true, SeqCst);
        self.times_set.fetch_add(1, SeqCst);
    }

    /// Clears the event.
    pub fn clear(&self) {
        self.is_set.store(false, SeqCst);
    }

    /// Whether the event is set.
    pub fn is_set(&self) -> bool {
        self.is_set.load(SeqCst)
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let found = self.times_set.load(SeqCst);
        while !self.is_set() && self.times_set.load(SeqCst) == found {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let found = self.times_set.load(SeqCst);
        while !self.is_set() && self.times_set.load(SeqCst) == found {
            if start.elapsed() >= timeout {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }
}
