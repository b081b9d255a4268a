//! Counts the hits of a page, and how many of them failed. Both counts are behind one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a request for the page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visitor got the page.
    Served,
    /// The visitor got an error.
    Failed,
}

/// The two counts, both as they were at one and the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All requests, including those that failed.
    pub hits: u32,
    /// The requests that failed. Never more than `hits`.
    pub failures: u32,
}

/// The counter of one page. Threads share it by reference and use it at the same time.
#[derive(Debug, Default)]
pub struct HitCounter {
    totals: Mutex<Totals>,
}

impl HitCounter {
    /// A counter that has counted nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let mut totals = self.lock();
        totals.hits += 1;
        if outcome == Outcome::Failed {
            totals.failures += 1;
        }
        totals.hits
    }

    /// Both counts as they were at one and the same moment: a failed request is in both, or in
    /// neither.
    pub fn totals(&self) -> Totals {
        *self.lock()
    }

    /// Returns both counts and starts again from zero, all in one step: each request is either in
    /// the totals that one `take` returns or still in the counter. The next request is number 1.
    pub fn take(&self) -> Totals {
        std::mem::take(&mut *self.lock())
    }

    // Nothing in here panics between two changes, so poisoning would tell us nothing.
    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
