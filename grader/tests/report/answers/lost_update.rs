//! Counts the hits of a page.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter that many threads share.
#[derive(Debug, Default)]
pub struct HitCounter {
    hits: AtomicU64,
}

impl HitCounter {
    /// Records one hit.
    pub fn record(&self) {
        let seen = self.hits.load(Ordering::SeqCst);
        self.hits.store(seen + 1, Ordering::SeqCst);
    }

    /// Hits so far.
    pub fn total(&self) -> u64 {
        self.hits.load(Ordering::SeqCst)
    }
}
