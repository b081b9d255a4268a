//! Make: one atomic word, updated by a compare-and-exchange that is retried until no other thread gets in first.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visitor got the page.
    Served,
    /// The visitor got an error.
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub hits: u32,
    pub failures: u32,
}

#[derive(Debug, Default)]
pub struct HitCounter {
    /// Hits in the upper half, failures in the lower half.
    word: AtomicU64,
}

impl HitCounter {
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

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

    pub fn totals(&self) -> Totals {
        unpack(self.word.load(SeqCst))
    }

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
