//! Fault: `n_waiting` counts the members of a complete generation until the action has ended.
//! Expect: a_slow_action = wrong

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The error when a generation can no longer meet, because a thread gave up waiting, the action
/// panicked, or the barrier was aborted or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

type Action = Box<dyn Fn() + Send + Sync>;

/// How a generation ended; empty as long as it has not.
type End = Arc<OnceLock<Result<(), BrokenBarrier>>>;

struct State {
    /// How many have come for the current generation.
    count: usize,
    /// How many of those that have come are told nothing yet.
    waiting: usize,
    broken: bool,
    end: End,
}

/// A barrier for a fixed number of threads, its *parties*.
pub struct Barrier {
    parties: usize,
    action: Option<Action>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Barrier {
    fn build(parties: usize, action: Option<Action>) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier {
            parties,
            action,
            state: Mutex::new(State { count: 0, waiting: 0, broken: false, end: End::default() }),
            changed: Condvar::new(),
        }
    }

    /// A barrier for that many parties.
    pub fn new(parties: usize) -> Self {
        Self::build(parties, None)
    }

    /// A barrier with an action, which one of the parties runs once in each generation.
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Self::build(parties, Some(Box::new(action)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_action(&self) -> std::thread::Result<()> {
        match &self.action {
            Some(action) => catch_unwind(AssertUnwindSafe(action)),
            None => Ok(()),
        }
    }

    fn break_it(&self, state: &mut State) {
        state.broken = true;
        state.waiting -= state.count;
        state.count = 0;
        let _ = state.end.set(Err(BrokenBarrier));
        self.changed.notify_all();
    }

    fn enter(&self, deadline: Option<Instant>) -> Result<usize, BrokenBarrier> {
        let mut state = self.lock();
        if state.broken {
            return Err(BrokenBarrier);
        }
        let index = state.count;
        state.count += 1;
        if state.count == self.parties {
            // Those that come while the action runs are the next generation.
            state.count = 0;
            let end = std::mem::take(&mut state.end);
            drop(state);
            let result = self.run_action();
            let mut state = self.lock();
            state.waiting -= self.parties - 1;
            let _ = end.set(result.as_ref().map(|()| ()).map_err(|_| BrokenBarrier));
            if result.is_err() {
                self.break_it(&mut state);
            }
            self.changed.notify_all();
            drop(state);
            return match result {
                Ok(()) => Ok(index),
                Err(payload) => resume_unwind(payload),
            };
        }
        state.waiting += 1;
        let end = Arc::clone(&state.end);
        loop {
            if let Some(outcome) = end.get() {
                return outcome.map(|()| index);
            }
            // Complete, but the action is still running: time no longer matters.
            let complete = !Arc::ptr_eq(&end, &state.end);
            state = match deadline {
                Some(deadline) if !complete => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        self.break_it(&mut state);
                        return Err(BrokenBarrier);
                    }
                    let woken = self.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Sleeps until all parties have come.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.enter(None)
    }

    /// Like [`wait`](Barrier::wait), but waits for the others for at most `timeout` in total.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        // No deadline at all if it is farther away than the clock can tell.
        self.enter(Instant::now().checked_add(timeout))
    }

    /// Breaks the barrier, until it is reset.
    pub fn abort(&self) {
        let mut state = self.lock();
        self.break_it(&mut state);
    }

    /// Makes the barrier as good as new.
    pub fn reset(&self) {
        let mut state = self.lock();
        let _ = std::mem::take(&mut state.end).set(Err(BrokenBarrier));
        state.waiting -= state.count;
        state.count = 0;
        state.broken = false;
        self.changed.notify_all();
    }

    /// The number of threads that must come.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others now.
    pub fn n_waiting(&self) -> usize {
        self.lock().waiting
    }

    /// Whether the barrier is broken, so that no threads can meet here until it is reset.
    pub fn is_broken(&self) -> bool {
        self.lock().broken
    }
}
