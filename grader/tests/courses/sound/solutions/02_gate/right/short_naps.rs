//! Make: waits with a timeout, again and again.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Closed until it is opened.
#[derive(Default)]
pub struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Open it for good.
    pub fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    /// Wait until it is open.
    pub fn pass(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            let nap = Duration::from_secs(60);
            let woken = self.opened.wait_timeout(open, nap);
            (open, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}
