//! Make: a read-write lock, so that monitors do not wait for each other.

use std::sync::{PoisonError, RwLock};

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
    totals: RwLock<Totals>,
}

impl HitCounter {
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    pub fn record(&self, outcome: Outcome) -> u32 {
        let mut totals = self.totals.write().unwrap_or_else(PoisonError::into_inner);
        totals.hits += 1;
        if outcome == Outcome::Failed {
            totals.failures += 1;
        }
        totals.hits
    }

    pub fn totals(&self) -> Totals {
        *self.totals.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn take(&self) -> Totals {
        let mut totals = self.totals.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *totals, Totals { hits: 0, failures: 0 })
    }
}
