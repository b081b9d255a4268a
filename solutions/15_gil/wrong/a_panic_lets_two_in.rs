//! Fault: after a panic, the Gil is handed over twice: once by a destructor and once explicitly.
//! Whole: here each waiting thread has a channel in the line, and a thread that receives a message has the Gil.
//! Expect: a_panic_in_the_bytecode = wrong

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A global interpreter lock.
///
/// Threads run their bytecode in [`run`](Gil::run), one at a time. A thread that has to wait
/// sleeps, and waits in line: the Gil goes to the thread that began to wait first, whether it waits
/// in `run`, at the end of [`allow_threads`](Python::allow_threads) or in
/// [`checkpoint`](Python::checkpoint). A thread that comes later never overtakes, not even the one
/// that has just had the Gil.
///
/// As soon as a thread has waited for a whole *switch interval*, during which the Gil has not changed
/// hands, it asks the holder to yield. The request is for that holder only: it lapses when the Gil
/// changes hands, for whatever reason.
///
/// The interval, the request and the check at bytecode boundaries are those of CPython; see
/// `take_gil` and `drop_gil` in its `Python/ceval_gil.c`. The tickets are not. CPython makes sure
/// that *some* other thread gets the Gil from a thread that yields, and leaves it to the operating
/// system which one.
#[derive(Debug)]
pub struct Gil {
    state: Mutex<State>,
    switch_interval: Duration,
}

#[derive(Debug)]
struct State {
    held: bool,
    asked: bool,
    /// When the Gil has changed hands.
    since: Instant,
    /// Those who wait. Whoever is sent something has the Gil.
    line: VecDeque<Sender<()>>,
}

impl State {
    /// Hands the Gil to the first in line, if there is one.
    fn hand_over(&mut self) {
        self.asked = false;
        self.since = Instant::now();
        match self.line.pop_front() {
            Some(next) => next.send(()).expect("whoever is in line listens"),
            None => self.held = false,
        }
    }
}

/// The right to run bytecode: the thread that has this token holds the Gil.
///
/// It belongs to the thread that runs the bytecode, so it must stay on that thread. (The name comes
/// from PyO3, where a thread gets such a token when it attaches to the interpreter.)
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
    /// If `switch_interval` is zero: nobody would ever get anything done.
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        let state =
            State { held: false, asked: false, since: Instant::now(), line: VecDeque::new() };
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
        let _given_up_at_the_end = GivesUp(self);
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        result.unwrap_or_else(|payload| {
            self.state().hand_over();
            panic::resume_unwind(payload)
        })
    }

    /// Waits in line, if need be.
    fn take(&self, mut state: MutexGuard<'_, State>) {
        if !state.held {
            state.held = true;
            state.since = Instant::now();
            return;
        }
        let (hand_over, handed_over) = mpsc::channel();
        state.line.push_back(hand_over);
        drop(state);
        let came = Instant::now();
        let mut left = self.switch_interval;
        while handed_over.recv_timeout(left).is_err() {
            let mut state = self.state();
            let waits_since = came.max(state.since);
            left = (waits_since + self.switch_interval).saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.asked = true;
                left = self.switch_interval;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the Gil up when it is dropped, whatever the reason.
struct GivesUp<'a>(&'a Gil);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        self.0.state().hand_over();
    }
}

impl Python<'_> {
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it gives the Gil to the first in line, goes to the end of the
    /// line, and returns when it holds the Gil again. Otherwise it returns at once, and nobody gets in.
    pub fn checkpoint(&mut self) {
        let mut state = self.gil.state();
        if state.asked {
            state.hand_over();
            self.gil.take(state);
        }
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.state().hand_over();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.state());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}
