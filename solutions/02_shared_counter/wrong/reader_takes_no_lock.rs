//! Fault: writers keep each other out, but a monitor reads without the lock, in the middle of a change.
//! Expect: the_two_counts_belong_together = wrong

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
    /// Held by whoever changes the counts.
    writer: Mutex<()>,
    hits: AtomicU32,
    failures: AtomicU32,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let _guard = self.lock();
        let before = self.hits.fetch_add(1, SeqCst);
        if outcome == Outcome::Failed {
            self.failures.fetch_add(1, SeqCst);
        }
        before + 1
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        Totals { hits: self.hits.load(SeqCst), failures: self.failures.load(SeqCst) }
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let _guard = self.lock();
        Totals { hits: self.hits.swap(0, SeqCst), failures: self.failures.swap(0, SeqCst) }
    }

    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
