//! Make: the hits are in a `static` and in a thread-local, which start afresh in each run in every world.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

static HITS: Mutex<u32> = Mutex::new(0);

thread_local! {
    static SEEN: Cell<u32> = const { Cell::new(0) };
}

/// A number of hits. There is one in each program.
#[derive(Default)]
pub struct Counter;

impl Counter {
    /// Count one more.
    pub fn hit(&self) {
        SEEN.set(SEEN.get() + 1);
        let mut hits = HITS.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(SEEN.get() <= *hits + 1, "this thread has seen hits of an earlier run");
        *hits += 1;
    }

    /// Hits so far.
    pub fn hits(&self) -> u32 {
        *HITS.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
