//! Fault: `clear` does nothing if the calling thread is panicking.
//! Expect: a_destructor_sets_it = wrong

use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    set: bool,
    /// How often the event has been set. Never goes back.
    signals: u64,
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
            state.signals += 1;
            self.changed.notify_all();
        }
    }

    pub fn clear(&self) {
        // A thread that is going down must not lock the others out.
        if thread::panicking() {
            return;
        }
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
