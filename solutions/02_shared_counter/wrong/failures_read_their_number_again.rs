//! Fault: a served hit is right; a failed one reads its number afterwards, when others have counted too.
//! Expect: every_hit_has_its_own_number = wrong

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a request for the page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visitor got the page.
    Served,
    /// The visitor got an error.
    Failed,
}

/// The two counts, both of one and the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All requests, those that failed included.
    pub hits: u32,
    /// The requests that failed. Never more than `hits`.
    pub failures: u32,
}

/// The counter of one page. Threads share it by reference and use it at the same time.
#[derive(Debug, Default)]
pub struct HitCounter {
    totals: Mutex<Totals>,
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        match outcome {
            Outcome::Served => self.count_hit(),
            Outcome::Failed => {
                self.count_failure();
                self.totals().hits
            }
        }
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        *self.lock()
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        std::mem::take(&mut *self.lock())
    }
}

impl HitCounter {
    fn count_hit(&self) -> u32 {
        let mut totals = self.lock();
        totals.hits += 1;
        totals.hits
    }

    fn count_failure(&self) {
        let mut totals = self.lock();
        totals.hits += 1;
        totals.failures += 1;
    }

    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
