//! Fault: who is last is asked after counting, in a second step, and two may find that it is they.
//! Expect: the_action_runs_once_inside = wrong

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    arrived: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    broken: bool,
    // one entry for each lap that is over: did it pass?
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

impl Barrier {
    pub fn new(parties: usize) -> Self {
        Barrier::make(parties, None)
    }

    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Barrier::make(parties, Some(Box::new(action)))
    }

    fn make(parties: usize, action: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        assert!(parties > 0, "nobody can meet at this barrier");
        Barrier {
            parties,
            action,
            arrived: AtomicUsize::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_until(None)
    }

    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_until(Some(timeout))
    }

    fn wait_until(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let start = Instant::now();
        let lap = {
            let state = self.state.lock().unwrap();
            if state.broken {
                return Err(BrokenBarrier);
            }
            state.history.len()
        };
        let index = self.arrived.fetch_add(1, Ordering::SeqCst) % self.parties;
        if self.arrived.load(Ordering::SeqCst).is_multiple_of(self.parties) {
            let result = panic::catch_unwind(AssertUnwindSafe(|| self.act()));
            self.end_lap(lap, result.is_ok(), result.is_err());
            if let Err(panic) = result {
                panic::resume_unwind(panic);
            }
            return Ok(index);
        }
        let mut state = self.state.lock().unwrap();
        while state.history.len() == lap {
            match timeout {
                None => state = self.changed.wait(state).unwrap(),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        drop(state);
                        self.end_lap(lap, false, true);
                        state = self.state.lock().unwrap();
                    } else {
                        state = self.changed.wait_timeout(state, left).unwrap().0;
                    }
                }
            }
        }
        if state.history[lap] { Ok(index) } else { Err(BrokenBarrier) }
    }

    fn act(&self) {
        if let Some(action) = &self.action {
            action();
        }
    }

    fn end_lap(&self, lap: usize, passed: bool, broken: bool) {
        let mut state = self.state.lock().unwrap();
        if state.history.len() == lap {
            self.arrived.store(0, Ordering::SeqCst);
            state.history.push(passed);
            state.broken = broken;
            self.changed.notify_all();
        }
    }

    pub fn abort(&self) {
        let lap = self.state.lock().unwrap().history.len();
        self.end_lap(lap, false, true);
        self.state.lock().unwrap().broken = true;
    }

    pub fn reset(&self) {
        let lap = self.state.lock().unwrap().history.len();
        self.end_lap(lap, false, false);
        self.state.lock().unwrap().broken = false;
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    pub fn n_waiting(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    pub fn is_broken(&self) -> bool {
        self.state.lock().unwrap().broken
    }
}
