//! Make: a single number. It grows with each change, and its lowest bit says whether the event is set.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is either set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    /// Odd while the event is set. It never decreases.
    changes: AtomicU64,
    /// Held by a thread that is setting the event or is about to sleep.
    door: Mutex<()>,
    opened: Condvar,
}

fn odd(changes: u64) -> bool {
    changes % 2 == 1
}

impl Event {
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees every thread that is waiting for it.
    pub fn set(&self) {
        let _door = self.door();
        if self.change_if(|changes| !odd(changes)) {
            self.opened.notify_all();
        }
    }

    /// Clears the event.
    pub fn clear(&self) {
        self.change_if(odd);
    }

    fn change_if(&self, due: impl Fn(u64) -> bool) -> bool {
        let next = |changes| due(changes).then_some(changes + 1);
        self.changes.fetch_update(SeqCst, SeqCst, next).is_ok()
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        odd(self.changes.load(SeqCst))
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        self.wait_within(None);
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut door = self.door();
        let found = self.changes.load(SeqCst);
        if odd(found) {
            return true;
        }
        // The number was even, so the first change must be a set().
        while self.changes.load(SeqCst) == found {
            door = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                None => self.opened.wait(door).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    self.opened.wait_timeout(door, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    fn door(&self) -> MutexGuard<'_, ()> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
