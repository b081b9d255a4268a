//! Make: waiting threads park in a line; a thread that releases the Gil hands it to the first of them.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

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
        let line = VecDeque::new();
        let state = State { held: false, line, handed_on: Instant::now(), asked: false };
        Gil { state: Mutex::new(state), switch_interval }
    }

    /// Acquires the Gil, calls `bytecode`, releases the Gil, and returns what `bytecode` returned.
    ///
    /// The Gil is released even if `bytecode` panics, and the panic goes on to the caller. A thread
    /// must not call this within `run`, except within `allow_threads`. A destructor may call it while
    /// its thread is panicking.
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
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it goes to the end of the line and gives the Gil to the first in
    /// line, both in one step, and returns when it holds the Gil again. Otherwise it returns at once, and
    /// nobody gets in.
    pub fn checkpoint(&mut self) {
        let mut state = self.gil.state();
        if state.asked {
            // The thread that asked is in line, so this hands the Gil to another thread.
            state.give_up();
            self.gil.take(state);
        }
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.state());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
