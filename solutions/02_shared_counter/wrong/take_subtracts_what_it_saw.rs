//! Fault: `take` looks, then subtracts what it saw: no hit is lost, but two who take at once both get it.
//! Expect: numbers_start_again_after_take = wrong

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

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
    /// The hits in the upper half, the failures in the lower.
    both: AtomicU64,
}

const ONE_HIT: u64 = 1 << 32;

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let one = ONE_HIT + u64::from(outcome == Outcome::Failed);
        both(self.both.fetch_add(one, SeqCst)).hits + 1
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        both(self.both.load(SeqCst))
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let seen = self.both.load(SeqCst);
        self.both.fetch_sub(seen, SeqCst);
        both(seen)
    }
}

fn both(word: u64) -> Totals {
    Totals { hits: (word / ONE_HIT) as u32, failures: (word % ONE_HIT) as u32 }
}
