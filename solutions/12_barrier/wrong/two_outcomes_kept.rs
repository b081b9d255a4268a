//! Fault: only the outcomes of the last two generations are kept, but three may have ended by the time a thread checks.
//! Whole: here generations are numbered, and the outcomes of the last two are kept.
//! Expect: reset_breaks_the_waiting = wrong

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A barrier for a fixed number of threads, its *parties*.
///
/// Each party that calls [`wait`](Barrier::wait) sleeps until all have called it; then all go on
/// together. The threads that meet at one time are a *generation*. The barrier serves one
/// generation after another, and a thread that comes early for the next is never counted in the
/// last.
///
/// A generation ends in the same way for all its members: all of them pass, or all are told that
/// the barrier is broken. Once the last party has come, only the generation's own action can break
/// it.
pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    arrived: usize,
    generation: usize,
    broken: bool,
    /// How the last two generations have ended.
    passed: [bool; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl Barrier {
    pub fn new(parties: usize) -> Self {
        Barrier::build(parties, None)
    }

    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Barrier::build(parties, Some(Box::new(action)))
    }

    fn build(parties: usize, action: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier { parties, action, state: Mutex::default(), ended: Condvar::new() }
    }

    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_within(None)
    }

    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_within(Some(timeout))
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let start = Instant::now();
        let mut state = self.state();
        if state.broken {
            return Err(BrokenBarrier);
        }
        let index = state.arrived;
        state.arrived += 1;
        let mine = state.generation;
        if state.arrived == self.parties {
            let action = || self.action.as_ref().map(|action| action());
            if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(action)) {
                self.break_down(&mut state);
                drop(state);
                panic::resume_unwind(panic);
            }
            self.next(&mut state, true);

            self.ended.notify_all();
            return Ok(index);
        }
        loop {
            if state.generation != mine {
                return if state.passed[mine % 2] { Ok(index) } else { Err(BrokenBarrier) };
            }

            let woken = match timeout {
                None => self.ended.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        self.break_down(&mut state);
                        return Err(BrokenBarrier);
                    }
                    let woken = self.ended.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state = woken;
        }
    }

    fn next(&self, state: &mut State, passed: bool) {
        state.passed[state.generation % 2] = passed;
        state.generation += 1;
        state.arrived = 0;
        self.ended.notify_all();
    }

    fn break_down(&self, state: &mut State) {
        self.next(state, false);
        state.broken = true;
    }

    pub fn abort(&self) {
        self.break_down(&mut self.state());
    }

    pub fn reset(&self) {
        let mut state = self.state();
        self.next(&mut state, false);
        state.broken = false;
    }

    pub fn n_waiting(&self) -> usize {
        self.state().arrived
    }

    pub fn is_broken(&self) -> bool {
        self.state().broken
    }
}
