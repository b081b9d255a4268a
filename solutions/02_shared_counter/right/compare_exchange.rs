//! Make: one atomic word, updated by a compare-and-exchange that is retried until no other thread gets in first.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

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
    /// Hits in the upper half, failures in the lower half.
    word: AtomicU64,
}

impl HitCounter {
    /// A counter that has counted nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let mut word = self.word.load(SeqCst);
        loop {
            let mut totals = unpack(word);
            totals.hits += 1;
            totals.failures += u32::from(outcome == Outcome::Failed);
            match self.word.compare_exchange_weak(word, pack(totals), SeqCst, SeqCst) {
                Ok(_) => return totals.hits,
                Err(changed) => word = changed,
            }
        }
    }

    /// Both counts as they were at one and the same moment: a failed request is in both, or in
    /// neither.
    pub fn totals(&self) -> Totals {
        unpack(self.word.load(SeqCst))
    }

    /// Returns both counts and starts again from zero, all in one step: each request is either in
    /// the totals that one `take` returns or still in the counter. The next request is number 1.
    pub fn take(&self) -> Totals {
        let mut word = self.word.load(SeqCst);
        while let Err(changed) = self.word.compare_exchange_weak(word, 0, SeqCst, SeqCst) {
            word = changed;
        }
        unpack(word)
    }
}

fn pack(totals: Totals) -> u64 {
    (u64::from(totals.hits) << 32) | u64::from(totals.failures)
}

fn unpack(word: u64) -> Totals {
    Totals { hits: (word >> 32) as u32, failures: word as u32 }
}
