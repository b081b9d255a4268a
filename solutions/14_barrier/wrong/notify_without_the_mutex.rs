//! Fault: the last to come ends the generation beside the mutex, maybe between a look and a sleep.
//! Expect: lockstep = lost-wakeup
//! Expect: indices_each_once = lost-wakeup
//! Expect: a_late_timeout_breaks_all_or_nothing = lost-wakeup

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    count: AtomicUsize,
    generation: AtomicU64,
    broken: AtomicBool,
    sleepers: Mutex<()>,
    changed: Condvar,
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
            count: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            sleepers: Mutex::new(()),
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
        let generation = self.generation.load(SeqCst);
        if self.broken.load(SeqCst) {
            return Err(BrokenBarrier);
        }
        let index = self.count.fetch_add(1, SeqCst);
        if index + 1 == self.parties {
            let result = panic::catch_unwind(AssertUnwindSafe(|| self.act()));
            if let Err(panic) = result {
                self.abort();
                panic::resume_unwind(panic);
            }
            self.count.store(0, SeqCst);
            self.generation.fetch_add(1, SeqCst);
            self.changed.notify_all();
            return Ok(index);
        }
        let mut sleeper = self.sleepers.lock().unwrap();
        while self.generation.load(SeqCst) == generation && !self.broken.load(SeqCst) {
            match timeout {
                None => sleeper = self.changed.wait(sleeper).unwrap(),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        self.abort();
                    } else {
                        sleeper = self.changed.wait_timeout(sleeper, left).unwrap().0;
                    }
                }
            }
        }
        if self.broken.load(SeqCst) { Err(BrokenBarrier) } else { Ok(index) }
    }

    fn act(&self) {
        if let Some(action) = &self.action {
            action();
        }
    }

    pub fn abort(&self) {
        self.broken.store(true, SeqCst);
        self.count.store(0, SeqCst);
        self.changed.notify_all();
    }

    pub fn reset(&self) {
        self.count.store(0, SeqCst);
        self.broken.store(false, SeqCst);
        self.generation.fetch_add(1, SeqCst);
        self.changed.notify_all();
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    pub fn n_waiting(&self) -> usize {
        self.count.load(SeqCst)
    }

    pub fn is_broken(&self) -> bool {
        self.broken.load(SeqCst)
    }
}
