//! Make: a waiting thread waits for a message and nothing else; the holder itself works out whether it has been asked to yield.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        let state = State { held: false, since: Instant::now(), line: VecDeque::new() };
        Gil { state: Mutex::new(state), switch_interval }
    }

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

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.state().leave();
        let _given_up = GivenUp(self.gil);
        f()
    }
}
