//! Fault: checks again and again without waiting.
//! Whole: a made-up course has whole answers, too.
//! Expect: the_waiter_sleeps = busy-wait

use std::sync::{Condvar, Mutex, PoisonError};

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
            drop(open);
            open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}
