//! Fault: who waits sleeps for a millisecond, looks, and so on; what is over by then has never been.
//! Expect: a_waiter_sleeps = wrong

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// A signal that is set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    is_set: AtomicBool,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event.
    pub fn set(&self) {
        self.is_set.store(true, SeqCst);
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
        while !self.is_set() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        while !self.is_set() {
            if start.elapsed() >= timeout {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }
}
