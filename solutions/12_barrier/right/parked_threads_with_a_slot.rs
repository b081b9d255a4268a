//! Make: each waiter parks, and then reads in a slot of its own how its generation ended.

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The possible values of a slot.
const OPEN: u8 = 0;
const PASSED: u8 = 1;
const BROKEN: u8 = 2;

/// A barrier for a fixed number of threads.
pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    /// The waiting threads; `None` if the barrier is broken.
    waiting: Mutex<Option<Vec<Waiter>>>,
}

struct Waiter {
    thread: Thread,
    slot: Arc<AtomicU8>,
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

/// Fills in each waiter's slot, then wakes the waiter.
fn tell(waiters: Option<Vec<Waiter>>, end: u8) {
    for waiter in waiters.into_iter().flatten() {
        waiter.slot.store(end, SeqCst);
        waiter.thread.unpark();
    }
}

impl Barrier {
    pub fn new(parties: usize) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier { parties, action: None, waiting: Mutex::new(Some(Vec::new())) }
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
        let (index, slot) = self.come()?;
        while slot.load(SeqCst) == OPEN {
            thread::park();
        }
        if slot.load(SeqCst) == PASSED { Ok(index) } else { Err(BrokenBarrier) }
    }

    /// Waits until all parties have come, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken before that, or the time is up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        let start = Instant::now();
        let (index, slot) = self.come()?;
        while slot.load(SeqCst) == OPEN {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                let mut waiting = self.waiting();
                // Slots are filled in under the lock, so this check is final.
                if slot.load(SeqCst) == OPEN {
                    tell(waiting.take(), BROKEN);
                }
                break;
            }
            thread::park_timeout(left);
        }
        if slot.load(SeqCst) == PASSED { Ok(index) } else { Err(BrokenBarrier) }
    }

    /// Counts the caller in. The last party finds its slot already filled in.
    fn come(&self) -> Result<(usize, Arc<AtomicU8>), BrokenBarrier> {
        let mut waiting = self.waiting();
        let index = waiting.as_ref().ok_or(BrokenBarrier)?.len();
        if index + 1 < self.parties {
            let slot = Arc::new(AtomicU8::new(OPEN));
            let waiter = Waiter { thread: thread::current(), slot: Arc::clone(&slot) };
            waiting.as_mut().ok_or(BrokenBarrier)?.push(waiter);
            return Ok((index, slot));
        }
        let acted = panic::catch_unwind(AssertUnwindSafe(|| {
            if let Some(action) = &self.action {
                action();
            }
        }));
        if let Err(panic) = acted {
            tell(waiting.take(), BROKEN);
            drop(waiting);
            panic::resume_unwind(panic);
        }
        tell(waiting.replace(Vec::new()), PASSED);
        Ok((index, Arc::new(AtomicU8::new(PASSED))))
    }

    /// Breaks the barrier until it is reset.
    pub fn abort(&self) {
        tell(self.waiting().take(), BROKEN);
    }

    /// Sends the waiting threads away and makes the barrier as good as new.
    pub fn reset(&self) {
        tell(self.waiting().replace(Vec::new()), BROKEN);
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others.
    pub fn n_waiting(&self) -> usize {
        self.waiting().as_ref().map_or(0, Vec::len)
    }

    /// Whether the barrier is broken.
    pub fn is_broken(&self) -> bool {
        self.waiting().is_none()
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<Waiter>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
