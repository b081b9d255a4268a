//! Fault: `set` notes the time instead of a number, and a waiter is not freed if it began to wait at that same time.
//! Expect: a_signal_right_after = wrong

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    set: bool,
    /// When the event was last set.
    last: Option<Instant>,
}

impl State {
    /// Is a thread free that has been waiting since `began`?
    fn frees(&self, began: Instant) -> bool {
        self.set || self.last.is_some_and(|last| last > began)
    }
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
            state.last = Some(Instant::now());
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
        let state = self.lock();
        let began = Instant::now();
        drop(self.changed.wait_while(state, |state| !state.frees(began)).unwrap());
    }

    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        let began = Instant::now();
        let deadline = began.checked_add(timeout);
        while !state.frees(began) {
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
