//! Fault: this only wraps std's `Barrier`, and nothing can interrupt a thread that waits in there.
//! Whole: the whole answer is a wrapper around std's `Barrier`.
//! Expect: abort_breaks_all = deadlock
//! Expect: reset_breaks_the_waiting = wrong
//! Expect: a_timeout_breaks_it_for_all = wrong

use std::error::Error;
use std::fmt;
use std::sync::Barrier as Inner;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    inner: Inner,
    waiting: AtomicUsize,
    broken: AtomicBool,
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
            inner: Inner::new(parties),
            waiting: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
        }
    }

    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        if self.broken.load(SeqCst) {
            return Err(BrokenBarrier);
        }
        let index = self.waiting.fetch_add(1, SeqCst);
        // once to meet, and once more when the action has been run
        if self.inner.wait().is_leader() {
            self.waiting.store(0, SeqCst);
            if let Some(action) = &self.action {
                action();
            }
        }
        self.inner.wait();
        if self.broken.load(SeqCst) { Err(BrokenBarrier) } else { Ok(index) }
    }

    pub fn wait_timeout(&self, _timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait()
    }

    pub fn abort(&self) {
        self.broken.store(true, SeqCst);
    }

    pub fn reset(&self) {
        self.broken.store(false, SeqCst);
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    pub fn n_waiting(&self) -> usize {
        self.waiting.load(SeqCst)
    }

    pub fn is_broken(&self) -> bool {
        self.broken.load(SeqCst)
    }
}
