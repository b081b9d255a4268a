//! Fault: the number is drawn before the lock is taken, and a `take` in between starts the numbers again.
//! Expect: numbers_start_again_after_take = wrong

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a request for the page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visitor got the page.
    Served,
    /// The visitor got an error.
    Failed,
}

/// The two counts, both of one and the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All requests, those that failed included.
    pub hits: u32,
    /// The requests that failed. Never more than `hits`.
    pub failures: u32,
}

/// The counter of one page. Threads share it by reference and use it at the same time.
#[derive(Debug, Default)]
pub struct HitCounter {
    numbers: AtomicU32,
    totals: Mutex<Totals>,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let number = self.numbers.fetch_add(1, SeqCst) + 1;
        let mut totals = self.lock();
        totals.hits += 1;
        totals.failures += u32::from(outcome == Outcome::Failed);
        number
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        *self.lock()
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let mut totals = self.lock();
        self.numbers.store(0, SeqCst);
        std::mem::take(&mut *totals)
    }
}

impl HitCounter {
    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
