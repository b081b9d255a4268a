//! Fault: clear() waits until everybody who waited has gone, also when nobody was called.
//! Expect: timeout_is_total = wrong

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    state: Mutex<State>,
    changed: Condvar,
    gone: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    waiting: usize,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees all who are waiting for it.
    pub fn set(&self) {
        self.state().is_set = true;
        self.changed.notify_all();
    }

    /// Clears the event.
    pub fn clear(&self) {
        let mut state = self.state();
        while state.waiting > 0 {
            state = self.gone.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_set = false;
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        self.state().is_set
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let mut state = self.state();
        state.waiting += 1;
        while !state.is_set {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        self.gone.notify_all();
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        state.waiting += 1;
        while !state.is_set {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            state =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting -= 1;
        self.gone.notify_all();
        state.is_set
    }

    #[track_caller]
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
