//! Make a failing schedule smaller before anyone has to read it: fewer deviations from the default
//! schedule, above all fewer preemptions, then fewer steps.
//!
//! Removing deviations greedily, in chunks that halve, as in A. Zeller and R. Hildebrandt,
//! "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002.

use crate::schedule::Schedule;
use crate::search::{self, Found};
use crate::strategy::replay::Replay;
use record::{Failure, TimeMode};

/// Executions that shrinking may run. Counted, so that the picture is the same on every machine.
const MOST_RUNS: u32 = 400;

pub(crate) fn shrink(found: Found, time: TimeMode, body: fn()) -> Found {
    let mut best = found;
    let mut runs = 0;
    let mut chunk = best.schedule.deviations.len();
    while chunk > 0 && runs < MOST_RUNS {
        let mut removed = false;
        // From the end: what comes last is most often what does not matter.
        let mut end = best.schedule.deviations.len();
        while end > 0 && runs < MOST_RUNS {
            let start = end.saturating_sub(chunk);
            let mut fewer = best.schedule.clone();
            fewer.deviations.drain(start..end.min(fewer.deviations.len()));
            runs += 1;
            if let Some(again) = attempt(fewer, time, body)
                && same(&again.failure, &best.failure)
                && weight(&again) < weight(&best)
            {
                best = again;
                removed = true;
                end = start.min(best.schedule.deviations.len());
            } else {
                end = start;
            }
        }
        if !removed || chunk > 1 {
            chunk /= 2;
        }
    }
    best
}

fn attempt(schedule: Schedule, time: TimeMode, body: fn()) -> Option<Found> {
    search::run(Box::new(Replay::new(schedule)), 1, time, false, body).found
}

/// Less is easier to read.
fn weight(found: &Found) -> (u32, usize, u32) {
    let cost = found.schedule.deviations.iter().map(|deviation| deviation.cost).sum();
    (cost, found.schedule.deviations.len(), found.steps)
}

/// Whether it is the same fault: the same kind of failure, and for a panic the same place.
fn same(a: &Failure, b: &Failure) -> bool {
    match (a, b) {
        (Failure::Panicked { panic: a, .. }, Failure::Panicked { panic: b, .. }) => {
            a.thread == b.thread && a.at == b.at
        }
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}
