//! An event that threads wait for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};

/// Set once, waited for by many.
#[derive(Debug, Default)]
pub struct Event {
    flag: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Event {
    /// Frees all who wait.
    pub fn set(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.changed.notify_all();
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let mut guard = self.lock.lock().unwrap();
        while !self.flag.load(Ordering::SeqCst) {
            guard = self.changed.wait(guard).unwrap();
        }
    }
}
