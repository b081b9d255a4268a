//! Make: CPython's own design (a flag, a request to drop, a forced switch), plus a line, which CPython does not have.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    state: Mutex<State>,
    /// Notified when the Gil is released.
    freed: Condvar,
    /// Notified when it is acquired.
    switched: Condvar,
    switch_interval: Duration,
}

/// The fields have CPython's names.
#[derive(Debug, Default)]
struct State {
    locked: bool,
    last_holder: Option<ThreadId>,
    switch_number: u64,
    gil_drop_request: bool,
    /// Not in CPython: the waiting threads, in the order in which they came.
    line: VecDeque<ThreadId>,
}

#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    /// A raw pointer is not `Send`, so neither is the token. Nothing is stored.
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
        // However the bytecode ends, the Gil is released first; then the outcome is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.drop_gil(self.state());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take_gil(&self) {
        let mut state = self.state();
        state.line.push_back(thread::current().id());
        self.wait_in_line(state);
    }

    fn wait_in_line<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        let me = thread::current().id();
        let may_enter = |state: &State| !state.locked && state.line.front() == Some(&me);
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
        state.line.pop_front();
        state.locked = true;
        state.gil_drop_request = false;
        if state.last_holder != Some(me) {
            state.last_holder = Some(me);
            state.switch_number += 1;
        }
        // Waiting threads count their interval from this switch on.
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
        let mut state = self.gil.state();
        if state.gil_drop_request {
            // Before anybody else is let in: whoever comes from now on comes later.
            state.line.push_back(thread::current().id());
            self.gil.drop_gil(state);
            self.gil.wait_in_line(self.gil.state());
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.drop_gil(self.gil.state());
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take_gil();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
