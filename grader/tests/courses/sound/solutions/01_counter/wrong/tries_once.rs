//! Fault: a hit that finds another one under way is dropped.
//! Whole: a made-up course has whole answers, too.
//! Expect: counts = pass
//! Expect: no_hit_is_lost = wrong

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// A number of hits.
#[derive(Default)]
pub struct Counter(AtomicU32);

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        let hits = self.0.load(SeqCst);
        let _ = self.0.compare_exchange(hits, hits + 1, SeqCst, SeqCst);
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
