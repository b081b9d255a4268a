//! Make: each round has a gate of its own. An open gate stays open; `clear()` puts up a new one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is either set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    /// The gate for threads that arrive now.
    gate: Mutex<Arc<Gate>>,
}

/// Shut at first, and opened at most once.
#[derive(Debug, Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.is_open() = true;
        self.opened.notify_all();
    }

    /// Goes through, waiting for at most `limit`. False if the time ran out.
    fn pass(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut open = self.is_open();
        while !*open {
            open = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                None => self.opened.wait(open).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    self.opened.wait_timeout(open, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    fn is_open(&self) -> MutexGuard<'_, bool> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Event {
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees every thread that is waiting for it.
    pub fn set(&self) {
        self.gate().open();
    }

    /// Clears the event. A thread at a gate that is already open can still go through it.
    pub fn clear(&self) {
        let mut gate = self.gate();
        let open = *gate.is_open();
        if open {
            *gate = Arc::default();
        }
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        *self.gate().is_open()
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let gate = Arc::clone(&self.gate());
        gate.pass(None);
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let gate = Arc::clone(&self.gate());
        gate.pass(Some(timeout))
    }

    fn gate(&self) -> MutexGuard<'_, Arc<Gate>> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
