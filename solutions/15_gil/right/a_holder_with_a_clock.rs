//! Make: a waiting thread waits for a message and nothing else; the holder itself works out whether it has been asked to yield.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    held: bool,
    /// When the holder got the Gil.
    since: Instant,
    /// When each thread joined the line, and how it is told that its turn has come.
    line: VecDeque<(Instant, Sender<()>)>,
}

impl State {
    /// Acquires the Gil or, if it is held, takes a place in line.
    fn enter(&mut self) -> Option<Receiver<()>> {
        if !self.held {
            self.held = true;
            self.since = Instant::now();
            return None;
        }
        let (your_turn, my_turn) = mpsc::channel();
        self.line.push_back((Instant::now(), your_turn));
        Some(my_turn)
    }

    fn leave(&mut self) {
        self.since = Instant::now();
        match self.line.pop_front() {
            // No thread leaves the line before it is served, so this one is still listening.
            Some((_, your_turn)) => your_turn.send(()).expect("a thread in line waits"),
            None => self.held = false,
        }
    }

    /// Whether the first thread in line has waited for this holder for a whole interval. The
    /// threads behind it have not waited longer.
    fn asked(&self, interval: Duration) -> bool {
        let waits_since = self.line.front().map(|(came, _)| self.since.max(*came));
        waits_since.is_some_and(|since| since.elapsed() >= interval)
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

/// Releases the Gil when dropped, even during a panic.
struct Held<'a>(&'a Gil);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.state().leave();
    }
}

/// Acquires the Gil when dropped, even during a panic.
struct GivenUp<'a>(&'a Gil);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
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
        let state = State { held: false, since: Instant::now(), line: VecDeque::new() };
        Gil { state: Mutex::new(state), switch_interval }
    }

    /// Acquires the Gil, calls `bytecode`, releases the Gil, and returns what `bytecode` returned.
    ///
    /// The Gil is released even if `bytecode` panics, and the panic goes on to the caller. A thread
    /// must not call this within `run`, except within `allow_threads`. A destructor may call it while
    /// its thread is panicking.
    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        self.take();
        let _held = Held(self);
        bytecode(&mut Python { gil: self, stays_on_its_thread: PhantomData })
    }

    fn take(&self) {
        let turn = self.state().enter();
        wait_for(turn);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the Gil is handed over, unless it was free.
fn wait_for(turn: Option<Receiver<()>>) {
    if let Some(turn) = turn {
        turn.recv().expect("a thread in line is served before it is forgotten");
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
        if state.asked(self.gil.switch_interval) {
            // Join the line before the next thread is let in, so that nobody gets in between.
            let turn = state.enter();
            state.leave();
            drop(state);
            wait_for(turn);
        }
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.state().leave();
        let _given_up = GivenUp(self.gil);
        f()
    }
}
