//! Make: waiting threads park in a line; a thread that releases the Gil hands it to the first of them.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Gil {
    state: Mutex<State>,
    switch_interval: Duration,
}

#[derive(Debug)]
struct State {
    /// While threads are waiting, this is handed on from one to the next, so nobody can slip in
    /// between.
    held: bool,
    line: VecDeque<Arc<Place>>,
    handed_on: Instant,
    asked: bool,
}

/// A place in the line.
#[derive(Debug)]
struct Place {
    thread: Thread,
    its_turn: AtomicBool,
}

impl State {
    fn give_up(&mut self) {
        self.asked = false;
        self.handed_on = Instant::now();
        match self.line.pop_front() {
            Some(next) => {
                next.its_turn.store(true, SeqCst);
                next.thread.unpark();
            }
            None => self.held = false,
        }
    }
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
        let line = VecDeque::new();
        let state = State { held: false, line, handed_on: Instant::now(), asked: false };
        Gil { state: Mutex::new(state), switch_interval }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take(self.state());
        // However the bytecode ends, the Gil is released first; then the outcome is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.give_up();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take(&self, mut state: MutexGuard<'_, State>) {
        if !state.held {
            state.held = true;
            return;
        }
        let place = Arc::new(Place { thread: thread::current(), its_turn: AtomicBool::new(false) });
        state.line.push_back(Arc::clone(&place));
        let came = Instant::now();
        let mut since = came.max(state.handed_on);
        drop(state);
        while !place.its_turn.load(SeqCst) {
            let left = self.switch_interval.saturating_sub(since.elapsed());
            if !left.is_zero() {
                thread::park_timeout(left);
                continue;
            }
            let mut state = self.state();
            if state.handed_on > since {
                since = state.handed_on;
            } else if !place.its_turn.load(SeqCst) {
                state.asked = true;
                since = Instant::now();
            }
        }
    }

    fn give_up(&self) {
        self.state().give_up();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        let mut state = self.gil.state();
        if state.asked {
            // The thread that asked is in line, so this hands the Gil to another thread.
            state.give_up();
            self.gil.take(state);
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.state());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
