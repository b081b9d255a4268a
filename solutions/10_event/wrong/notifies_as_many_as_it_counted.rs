//! Fault: `set` counts the waiting threads, but notifies that many only after it has released the lock, and a newcomer may get the notification of another.
//! Expect: cleared_at_the_same_moment = wrong

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    set: bool,
    /// How often the event has been set. Never goes back.
    signals: u64,
    waiting: usize,
}

#[derive(Debug, Default)]
pub struct Event {
    state: Mutex<State>,
    changed: Condvar,
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn set(&self) {
        let mut state = self.lock();
        if state.set {
            return;
        }
        state.set = true;
        state.signals += 1;
        let calls = state.waiting;
        // Those who wake need the lock, so let go of it first.
        drop(state);
        for _ in 0..calls {
            self.changed.notify_one();
        }
    }

    pub fn clear(&self) {
        self.lock().set = false;
    }

    pub fn is_set(&self) -> bool {
        self.lock().set
    }

    pub fn wait(&self) {
        let mut state = self.lock();
        let found = state.signals;
        while !state.set && state.signals == found {
            state.waiting += 1;
            state = self.changed.wait(state).unwrap();
            state.waiting -= 1;
        }
    }

    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let found = state.signals;
        while !state.set && state.signals == found {
            state.waiting += 1;
            state = match deadline {
                None => self.changed.wait(state).unwrap(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.waiting -= 1;
                        return false;
                    }
                    self.changed.wait_timeout(state, left).unwrap().0
                }
            };
            state.waiting -= 1;
        }
        true
    }
}
