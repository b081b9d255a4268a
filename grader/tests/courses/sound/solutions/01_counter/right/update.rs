//! Make: an update that is tried again until it succeeds.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// A number of hits.
#[derive(Default)]
pub struct Counter(AtomicU32);

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        let _ = self.0.fetch_update(SeqCst, SeqCst, |hits| Some(hits + 1));
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
