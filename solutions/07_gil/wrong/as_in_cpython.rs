//! Fault: nothing tells who is next. The one that yields waits until somebody else has had the Gil, and that is all.
//! Expect: nobody_is_overtaken = starvation

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    state: Mutex<State>,
    freed: Condvar,
    switched: Condvar,
    switch_interval: Duration,
}

#[derive(Debug, Default)]
struct State {
    locked: bool,
    last_holder: Option<ThreadId>,
    switch_number: u64,
    gil_drop_request: bool,
}

#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Gil {
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil {
            state: Mutex::default(),
            freed: Condvar::new(),
            switched: Condvar::new(),
            switch_interval,
        }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take_gil();
        // Whatever becomes of the bytecode, the Gil is given up, and then that is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.drop_gil(self.state());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take_gil(&self) {
        let me = thread::current().id();
        let mut state = self.state();
        let may_enter = |state: &State| !state.locked;
        while !may_enter(&state) {
            let seen = state.switch_number;
            let nothing_new = |state: &mut State| !may_enter(state) && state.switch_number == seen;
            let (guard, waited) = self
                .freed
                .wait_timeout_while(state, self.switch_interval, nothing_new)
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            if waited.timed_out() && state.locked {
                state.gil_drop_request = true;
            }
        }
        state.locked = true;
        state.gil_drop_request = false;
        if state.last_holder != Some(me) {
            state.last_holder = Some(me);
            state.switch_number += 1;
        }
        // Those who wait count their interval from this switch on.
        self.freed.notify_all();
        self.switched.notify_all();
    }

    fn drop_gil(&self, mut state: MutexGuard<'_, State>) {
        let forced = state.gil_drop_request;
        let seen = state.switch_number;
        state.locked = false;
        self.freed.notify_all();
        if forced {
            let not_switched = |state: &mut State| state.switch_number == seen;
            drop(self.switched.wait_while(state, not_switched));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        let state = self.gil.state();
        if state.gil_drop_request {
            self.gil.drop_gil(state);
            self.gil.take_gil();
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.drop_gil(self.gil.state());
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take_gil();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
