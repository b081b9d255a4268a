//! Make: a mutex.

use std::sync::{Mutex, PoisonError};

/// A number of hits.
#[derive(Default)]
pub struct Counter(Mutex<u32>);

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
