//! Makes a failing schedule smaller before a person has to read it: fewer deviations from the
//! default schedule, above all fewer events that a program cannot rely on (spurious wakeups, early
//! deadlines), then fewer preemptions, then fewer steps.
//!
//! Deviations are removed greedily, in chunks that halve, as in A. Zeller and R. Hildebrandt,
//! "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002.

use crate::runs::{self, Found, Phase};
use crate::schedule::Schedule;
use crate::session::Most;
use crate::strategy::bounded::Bounded;
use crate::strategy::prefix::Prefix;
use crate::strategy::replay::Replay;
use record::{Failure, TimeMode};
use std::cell::RefCell;
use std::rc::Rc;

/// Executions that shrinking may run, unless the search itself may run only a few: then each takes long.
/// Counted, not timed, so that the result is the same on every machine.
const MOST_RUNS: u64 = 400;
/// How many times as many executions as the search it may run at most.
const TIMES: u64 = 10;
/// Steps that they may take together.
const MOST_STEPS: u64 = 3_000_000;

/// Executions that the search for the same failure without odd events may run.
const MOST_EVEN: u64 = 2_000;
/// Preemptions allowed in each of them.
const EVEN_PREEMPTIONS: u32 = 2;

/// Makes the schedule of `found` smaller. The search for it was allowed `effort` schedules.
pub(crate) fn shrink(found: Found, effort: u64, time: TimeMode, body: fn()) -> Found {
    let runs = MOST_RUNS.min(TIMES.saturating_mul(effort));
    let small = remove(found, runs, time, body);
    if odd(&small) == 0 {
        return small;
    }
    match without_odd_events(&small, MOST_EVEN.min(effort), time, body) {
        Some(even) => remove(even, runs, time, body),
        None => small,
    }
}

/// The same failure in a schedule without odd events, if one is found soon enough.
fn without_odd_events(found: &Found, runs: u64, time: TimeMode, body: fn()) -> Option<Found> {
    let search = Rc::new(RefCell::new(Bounded::new(EVEN_PREEMPTIONS, runs, runs)));
    let mut left = Most { runs, steps: MOST_STEPS };
    while left.runs > 0 && left.steps > 0 {
        // An empty prefix leaves just the search, without lucky choices.
        let strategy = Prefix::new(Rc::new([]), search.clone());
        let phase = runs::run(Box::new(strategy), left, time, None, body);
        let other = phase.found?;
        if same(&other.failure, &found.failure) {
            return Some(other);
        }
        left.runs = left.runs.saturating_sub(phase.runs);
        left.steps = left.steps.saturating_sub(phase.steps);
    }
    None
}

/// Removes deviations for as long as the failure persists.
fn remove(found: Found, runs: u64, time: TimeMode, body: fn()) -> Found {
    let mut best = found;
    let mut left = Most { runs, steps: MOST_STEPS };
    let mut chunk = best.schedule.deviations.len();
    while chunk > 0 && left.runs > 0 && left.steps > 0 {
        let mut removed = false;
        // Start from the end: the last deviations are the most likely not to matter.
        let mut end = best.schedule.deviations.len();
        while end > 0 && left.runs > 0 && left.steps > 0 {
            let start = end.saturating_sub(chunk);
            let mut fewer = best.schedule.clone();
            fewer.deviations.drain(start..end.min(fewer.deviations.len()));
            let phase = attempt(fewer, time, body);
            left.runs -= 1;
            left.steps = left.steps.saturating_sub(phase.steps);
            if let Some(again) = phase.found
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

fn attempt(schedule: Schedule, time: TimeMode, body: fn()) -> Phase {
    runs::run(Box::new(Replay::new(schedule)), Most::runs(1), time, None, body)
}

/// Sort key: a schedule with a lower key is easier to read.
fn weight(found: &Found) -> (usize, u32, usize, u32) {
    let deviations = &found.schedule.deviations;
    let cost = deviations.iter().filter(|it| !it.odd).map(|deviation| deviation.cost).sum();
    (odd(found), cost, deviations.len(), found.steps)
}

/// How many of its deviations are events that a program cannot rely on.
fn odd(found: &Found) -> usize {
    found.schedule.deviations.iter().filter(|deviation| deviation.odd).count()
}

/// Whether two failures are the same fault: the same kind and, for a panic, the same place.
pub(crate) fn same(a: &Failure, b: &Failure) -> bool {
    match (a, b) {
        (Failure::Panicked { panic: a, .. }, Failure::Panicked { panic: b, .. }) => {
            a.thread == b.thread && a.at == b.at
        }
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}
