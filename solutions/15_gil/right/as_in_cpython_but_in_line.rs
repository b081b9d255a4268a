//! Make: CPython's own design (a flag, a request to drop, a forced switch), plus a line, which CPython does not have.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// A global interpreter lock.
///
/// Threads run their bytecode in [`run`](Gil::run), one at a time. A thread that has to wait sleeps,
/// and waits in line: the Gil goes to the thread that began to wait first, whether it waits in `run`,
/// at the end of [`allow_threads`](Python::allow_threads) or in [`checkpoint`](Python::checkpoint). A
/// thread that comes later never overtakes, not even the one that has just had the Gil.
///
/// As soon as a thread has waited for a whole *switch interval*, during which the Gil has not changed
/// hands, it asks the holder to yield. The request is for that holder only: it lapses when the Gil
/// changes hands, for whatever reason.
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

/// The right to run bytecode: the thread that has this token holds the Gil.
///
/// It belongs to the thread that runs the bytecode, so it must stay on that thread, and there must not
/// be a copy of it. (The name comes from PyO3, where a thread gets such a token when it attaches to the
/// interpreter.)
#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    /// A raw pointer is not `Send`, so neither is the token. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Gil {
    /// A Gil that nobody holds.
    ///
    /// # Panics
    ///
    /// If `switch_interval` is zero: nobody would ever get anything done. Any other will do, up to
    /// [`Duration::MAX`], with which no holder is ever asked.
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil {
            state: Mutex::default(),
            freed: Condvar::new(),
            switched: Condvar::new(),
            switch_interval,
        }
    }

    /// Acquires the Gil, calls `bytecode`, releases the Gil, and returns what `bytecode` returned.
    ///
    /// The Gil is released even if `bytecode` panics, and the panic goes on to the caller. A thread
    /// must not call this within `run`, except within `allow_threads`. A destructor may call it while
    /// its thread is panicking.
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
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it goes to the end of the line and gives the Gil to the first in
    /// line, both in one step, and returns when it holds the Gil again. Otherwise it returns at once, and
    /// nobody gets in.
    pub fn checkpoint(&mut self) {
        let mut state = self.gil.state();
        if state.gil_drop_request {
            // Before anybody else is let in: whoever comes from now on comes later.
            state.line.push_back(thread::current().id());
            self.gil.drop_gil(state);
            self.gil.wait_in_line(self.gil.state());
        }
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.drop_gil(self.gil.state());
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take_gil();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
