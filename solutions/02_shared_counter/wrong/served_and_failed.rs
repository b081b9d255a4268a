//! Fault: served and failed requests are counted apart and added up from two moments.
//! Expect: totals_are_of_one_moment = wrong
//! Expect: numbers_start_again_after_take = wrong

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

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
    served: AtomicU32,
    failed: AtomicU32,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        match outcome {
            Outcome::Served => self.served.fetch_add(1, SeqCst),
            Outcome::Failed => self.failed.fetch_add(1, SeqCst),
        };
        self.numbers.fetch_add(1, SeqCst) + 1
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        let served = self.served.load(SeqCst);
        let failures = self.failed.load(SeqCst);
        Totals { hits: served + failures, failures }
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let served = self.served.swap(0, SeqCst);
        let failures = self.failed.swap(0, SeqCst);
        self.numbers.store(0, SeqCst);
        Totals { hits: served + failures, failures }
    }
}
