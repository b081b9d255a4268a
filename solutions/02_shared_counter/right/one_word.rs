//! Make: both counts share one atomic word, so a single `fetch_add` changes them together.

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
        let failed = u64::from(outcome == Outcome::Failed);
        let before = self.word.fetch_add((1 << 32) + failed, SeqCst);
        unpack(before).hits + 1
    }

    pub fn totals(&self) -> Totals {
        unpack(self.word.load(SeqCst))
    }

    pub fn take(&self) -> Totals {
        unpack(self.word.swap(0, SeqCst))
    }
}

fn unpack(word: u64) -> Totals {
    Totals { hits: (word >> 32) as u32, failures: word as u32 }
}
