//! Fault: each thread counts in a place of its own, and the places are added up one after another.
//! Expect: totals_are_of_one_moment = wrong

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
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

const PLACES: usize = 4;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Where this thread counts.
    static PLACE: Cell<usize> = Cell::new(THREADS.fetch_add(1, SeqCst) % PLACES);
}

/// The counter of one page. Threads share it by reference and use it at the same time.
#[derive(Debug, Default)]
pub struct HitCounter {
    numbers: AtomicU32,
    places: [Mutex<Totals>; PLACES],
}

impl HitCounter {
    /// A counter that has seen nothing yet.
    pub fn new() -> HitCounter {
        HitCounter::default()
    }

    /// Counts one request and returns its number: the first is 1, and no two get the same number
    /// unless [`take`](HitCounter::take) came between them.
    pub fn record(&self, outcome: Outcome) -> u32 {
        let mut mine = lock(&self.places[PLACE.get()]);
        mine.hits += 1;
        mine.failures += u32::from(outcome == Outcome::Failed);
        self.numbers.fetch_add(1, SeqCst) + 1
    }

    /// Both counts as they were at one moment: a request is in both of them, or in neither.
    pub fn totals(&self) -> Totals {
        sum(self.places.iter().map(|place| *lock(place)))
    }

    /// Returns both counts and starts again from zero, all in one step: each request is in the
    /// totals that one `take` returns, or still in the counter. The next request has number 1.
    pub fn take(&self) -> Totals {
        let totals = sum(self.places.iter().map(|place| std::mem::take(&mut *lock(place))));
        self.numbers.store(0, SeqCst);
        totals
    }
}

#[track_caller]
fn lock(place: &Mutex<Totals>) -> MutexGuard<'_, Totals> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sum(places: impl Iterator<Item = Totals>) -> Totals {
    places.fold(Totals::default(), |sum, place| Totals {
        hits: sum.hits + place.hits,
        failures: sum.failures + place.failures,
    })
}
