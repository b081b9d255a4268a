//! Counts hits.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// A number of hits.
#[derive(Default)]
pub struct Counter(AtomicU32);

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        let hits = self.0.load(SeqCst);
        self.0.store(hits + 1, SeqCst);
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
