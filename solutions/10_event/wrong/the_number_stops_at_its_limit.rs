//! Fault: The number of signals is a `u16` that stays at its largest value, and then later signals leave no trace.
//! Expect: many_signals_are_one_and_more = wrong

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    set: bool,
    /// How often the event has been set. Never goes back.
    signals: u16,
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
        if !state.set {
            state.set = true;
            // Must neither go back nor panic when it has been set very often.
            state.signals = state.signals.saturating_add(1);
            self.changed.notify_all();
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
            state = self.changed.wait(state).unwrap();
        }
    }

    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let found = state.signals;
        while !state.set && state.signals == found {
            state = match deadline {
                None => self.changed.wait(state).unwrap(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.changed.wait_timeout(state, left).unwrap().0
                }
            };
        }
        true
    }
}
