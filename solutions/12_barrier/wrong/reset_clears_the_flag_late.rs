//! Fault: `reset` clears the flag that `is_broken` reads after it has released the lock, when an `abort` may have set it again.
//! Expect: abort_and_reset_at_once = wrong

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
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
    broken: bool,
    end: End,
}

/// A barrier for a fixed number of threads, its *parties*.
pub struct Barrier {
    parties: usize,
    action: Option<Action>,
    /// A copy of `State::broken`, so that `is_broken` needs no lock.
    broken: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

impl Barrier {
    fn build(parties: usize, action: Option<Action>) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier {
            parties,
            action,
            broken: AtomicBool::new(false),
            state: Mutex::new(State { count: 0, broken: false, end: End::default() }),
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
        self.broken.store(true, Ordering::SeqCst);
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
            let result = self.run_action();
            if result.is_ok() {
                state.count = 0;
                let _ = std::mem::take(&mut state.end).set(Ok(()));
                self.changed.notify_all();
            } else {
                self.break_it(&mut state);
            }
            drop(state);
            return match result {
                Ok(()) => Ok(index),
                Err(payload) => resume_unwind(payload),
            };
        }
        let end = Arc::clone(&state.end);
        loop {
            if let Some(outcome) = end.get() {
                return outcome.map(|()| index);
            }
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        self.break_it(&mut state);
                        return Err(BrokenBarrier);
                    }
                    let woken = self.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
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
        state.count = 0;
        state.broken = false;
        drop(state);
        self.broken.store(false, Ordering::SeqCst);
        self.changed.notify_all();
    }

    /// The number of threads that must come.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others now.
    pub fn n_waiting(&self) -> usize {
        self.lock().count
    }

    /// Whether the barrier is broken, so that no threads can meet here until it is reset.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }
}
