//! Fault: each count has its own lock, so that others see a hit without its failure.
//! Expect: the_two_counts_belong_together = wrong
//! Expect: take_loses_nothing = wrong

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
    hits: Mutex<u32>,
    failures: Mutex<u32>,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let number = {
            let mut hits = lock(&self.hits);
            *hits += 1;
            *hits
        };
        if outcome == Outcome::Failed {
            *lock(&self.failures) += 1;
        }
        number
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        Totals { hits: *lock(&self.hits), failures: *lock(&self.failures) }
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let mut hits = lock(&self.hits);
        let mut failures = lock(&self.failures);
        Totals { hits: std::mem::take(&mut *hits), failures: std::mem::take(&mut *failures) }
    }
}

#[track_caller]
fn lock(count: &Mutex<u32>) -> MutexGuard<'_, u32> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}
