//! Fault: a holder that yields sleeps for a millisecond so that another thread gets in first, but which one is left to chance.
//! Whole: here the Gil is a flag, not a line of tickets.
//! Expect: nobody_is_overtaken = starvation

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    state: Mutex<State>,
    freed: Condvar,
    switch_interval: Duration,
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    drop_request: bool,
    switches: u64,
}

#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Gil {
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil { state: Mutex::default(), freed: Condvar::new(), switch_interval }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take();
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.give_up();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take(&self) {
        let mut state = self.state();
        while state.held {
            let seen = state.switches;
            let (guard, waited) = self
                .freed
                .wait_timeout_while(state, self.switch_interval, |s| s.held && s.switches == seen)
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            if waited.timed_out() {
                state.drop_request = true;
            }
        }
        state.held = true;
        state.switches += 1;
    }

    fn give_up(&self) {
        let mut state = self.state();
        state.held = false;
        state.drop_request = false;
        self.freed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        let asked = self.gil.state().drop_request;
        if asked {
            self.gil.give_up();
            thread::sleep(Duration::from_millis(1));
            self.gil.take();
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
