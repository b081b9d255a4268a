//! Fault: the hits are loaded and then stored, and another thread comes between.
//! Expect: no_hit_is_lost = wrong
//! Expect: every_hit_has_its_own_number = wrong
//! Expect: take_loses_nothing = wrong

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
    /// The hits in the upper half, the failures in the lower one, so that they fit together.
    word: AtomicU64,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let mut totals = unpack(self.word.load(SeqCst));
        totals.hits += 1;
        totals.failures += u32::from(outcome == Outcome::Failed);
        self.word.store(pack(totals), SeqCst);
        totals.hits
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        unpack(self.word.load(SeqCst))
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        unpack(self.word.swap(0, SeqCst))
    }
}

fn pack(totals: Totals) -> u64 {
    (u64::from(totals.hits) << 32) | u64::from(totals.failures)
}

fn unpack(word: u64) -> Totals {
    Totals { hits: (word >> 32) as u32, failures: word as u32 }
}
