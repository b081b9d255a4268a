//! Fault: each hit counts double.
//! Expect: counts = wrong
//! Expect: no_hit_is_lost = wrong

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// A number of hits.
#[derive(Default)]
pub struct Counter(AtomicU32);

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        self.0.fetch_add(2, SeqCst);
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
