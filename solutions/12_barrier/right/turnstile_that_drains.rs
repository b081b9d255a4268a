//! Make: a turnstile, as in CPython: no thread enters for the next generation before the previous one has left.

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A barrier for a fixed number of threads.
pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The number of threads between the entrance and the exit.
    inside: usize,
    phase: Phase,
    /// What newcomers are told. It may change while an earlier generation is still leaving.
    broken: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// The entrance is open, the exit shut.
    Filling,
    /// The exit is open, and the entrance is shut until all threads have left with this result.
    Draining { passed: bool },
}

/// The error when a generation can no longer meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl State {
    /// Opens the exit for those inside, if it is not open already.
    fn drain(&mut self, passed: bool) {
        if self.phase == Phase::Filling && self.inside > 0 {
            self.phase = Phase::Draining { passed };
        }
    }
}

impl Barrier {
    pub fn new(parties: usize) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        let state = State { inside: 0, phase: Phase::Filling, broken: false };
        Barrier { parties, action: None, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A barrier with an action that runs once in each generation.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Barrier { action: Some(Box::new(action)), ..Barrier::new(parties) }
    }

    /// Waits until all parties have come.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken before that.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.pass(None)
    }

    /// Waits until all parties have come, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken before that, or the time is up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.pass(Some(timeout))
    }

    fn pass(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let mut state = self.enter()?;
        let index = state.inside;
        state.inside += 1;
        if state.inside == self.parties {
            let acted = panic::catch_unwind(AssertUnwindSafe(|| {
                if let Some(action) = &self.action {
                    action();
                }
            }));
            state.drain(acted.is_ok());
            state.broken = acted.is_err();
            self.changed.notify_all();
            self.leave(state);
            return match acted {
                Ok(()) => Ok(index),
                Err(panic) => panic::resume_unwind(panic),
            };
        }
        let start = Instant::now();
        let passed = loop {
            if let Phase::Draining { passed } = state.phase {
                break passed;
            }
            let Some(timeout) = timeout else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                state.broken = true;
                state.drain(false);
                self.changed.notify_all();
                break false;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        };
        self.leave(state);
        if passed { Ok(index) } else { Err(BrokenBarrier) }
    }

    /// Waits until the previous generation has left.
    fn enter(&self) -> Result<MutexGuard<'_, State>, BrokenBarrier> {
        let mut state = self.state();
        loop {
            if state.broken {
                return Err(BrokenBarrier);
            }
            if state.phase == Phase::Filling {
                return Ok(state);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Leaves. The last thread to leave opens the entrance.
    fn leave(&self, mut state: MutexGuard<'_, State>) {
        state.inside -= 1;
        if state.inside == 0 {
            state.phase = Phase::Filling;
            self.changed.notify_all();
        }
    }

    /// Breaks the barrier until it is reset.
    pub fn abort(&self) {
        let mut state = self.state();
        state.broken = true;
        state.drain(false);
        self.changed.notify_all();
    }

    /// Sends the waiting threads away and makes the barrier as good as new.
    pub fn reset(&self) {
        let mut state = self.state();
        state.broken = false;
        state.drain(false);
        self.changed.notify_all();
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others.
    pub fn n_waiting(&self) -> usize {
        let state = self.state();
        if state.phase == Phase::Filling { state.inside } else { 0 }
    }

    /// Whether the barrier is broken.
    pub fn is_broken(&self) -> bool {
        self.state().broken
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
