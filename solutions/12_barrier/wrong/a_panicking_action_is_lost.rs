//! Fault: The action is taken out of the state while it runs, and is not put back if it panics.
//! Expect: a_panicking_action_breaks_it = wrong

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

pub struct Barrier {
    parties: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    action: Option<Box<dyn Fn() + Send + Sync>>,
    count: usize,
    broken: bool,
    // one entry for each lap that has ended: whether it passed
    history: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl State {
    fn end_lap(&mut self, passed: bool) {
        self.count = 0;
        self.history.push(passed);
    }
}

impl Barrier {
    pub fn new(parties: usize) -> Self {
        Barrier::make(parties, None)
    }

    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Barrier::make(parties, Some(Box::new(action)))
    }

    fn make(parties: usize, action: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        assert!(parties > 0, "nobody can meet at this barrier");
        let state = State { action, ..State::default() };
        Barrier { parties, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_until(None)
    }

    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_until(Some(timeout))
    }

    fn wait_until(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let start = Instant::now();
        let mut state = self.state.lock().unwrap();
        if state.broken {
            return Err(BrokenBarrier);
        }
        let lap = state.history.len();
        let index = state.count;
        state.count += 1;
        if state.count == self.parties {
            let action = state.action.take();
            let act = || action.inspect(|action| action());
            let result = panic::catch_unwind(AssertUnwindSafe(act));
            let result = result.map(|action| state.action = action);
            state.broken = result.is_err();
            state.end_lap(result.is_ok());
            self.changed.notify_all();
            drop(state);
            if let Err(panic) = result {
                panic::resume_unwind(panic);
            }
            return Ok(index);
        }
        while state.history.len() == lap {
            match timeout {
                None => state = self.changed.wait(state).unwrap(),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        state.broken = true;
                        state.end_lap(false);
                        self.changed.notify_all();
                    } else {
                        state = self.changed.wait_timeout(state, left).unwrap().0;
                    }
                }
            }
        }
        if state.history[lap] { Ok(index) } else { Err(BrokenBarrier) }
    }

    pub fn abort(&self) {
        let mut state = self.state.lock().unwrap();
        state.broken = true;
        state.end_lap(false);
        self.changed.notify_all();
    }

    pub fn reset(&self) {
        let mut state = self.state.lock().unwrap();
        state.broken = false;
        state.end_lap(false);
        self.changed.notify_all();
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    pub fn n_waiting(&self) -> usize {
        self.state.lock().unwrap().count
    }

    pub fn is_broken(&self) -> bool {
        self.state.lock().unwrap().broken
    }
}
