//! Folds loops, so that one round of each is shown.

use super::events::Event;
use record::{Operation, Trace, Value};
use std::collections::HashMap;
use std::hash::Hash;

/// Length of the longest loop that is looked for, in events.
const LONGEST: usize = 24;
/// A loop is folded if it has at least this many rounds.
const ROUNDS: usize = 3;
/// Like [`ROUNDS`], for a step that counts, and so never finds the same number twice.
const MANY_COUNTS: usize = 5;
/// Like [`ROUNDS`], for a loop that starts threads.
const MANY_SPAWNS: usize = 5;
/// At least this many threads that do the same are shown as one thread and a number of others.
const CROWD: usize = 4;

/// Replace the second and later rounds of every loop by a count. An event that `stands` out is in no such
/// round.
pub(super) fn fold(trace: &Trace, events: &mut Vec<Event>, stands: impl Fn(&Event) -> bool) {
    fold_if(trace, events, |event| !stands(event));
}

/// The same for loops of events that `may` be folded.
fn fold_if(trace: &Trace, events: &mut Vec<Event>, may: impl Fn(&Event) -> bool) {
    let kinds = kinds(trace, events, may);
    let mut folded: Vec<Event> = Vec::with_capacity(events.len());
    let mut at = 0;
    while at < events.len() {
        let found = (1..=LONGEST).find_map(|length| {
            let rounds = rounds(&kinds[at..], length);
            if rounds < ROUNDS {
                return None;
            }
            // Started threads have names, and a few of them can be shown one by one.
            let spawns = events[at..at + length.min(events.len() - at)]
                .iter()
                .any(|event| trace.steps[event.step].operation == Operation::Spawn);
            let least = if spawns { MANY_SPAWNS } else { ROUNDS };
            (rounds >= least).then_some((length, rounds))
        });
        let Some((length, rounds)) = found else {
            folded.push(events[at].clone());
            at += 1;
            continue;
        };
        folded.extend_from_slice(&events[at..at + length]);
        if let Some(last) = folded.last_mut() {
            last.again = Some((length, rounds as u64 - 1));
        }
        at += length * rounds;
    }
    *events = folded;
}

/// If several threads do the same one after another, show the first and count the others. An event
/// that `stands` out is never counted as one of the others.
pub(super) fn fold_crowds(trace: &Trace, events: &mut Vec<Event>, stands: impl Fn(&Event) -> bool) {
    let alike = |a: &Event, b: &Event| {
        let key = |event: &Event| {
            let step = &trace.steps[event.step];
            (step.operation, &step.at, step.how, event.unlocks, event.begins_wait)
        };
        key(a) == key(b)
    };
    let mut folded: Vec<Event> = Vec::with_capacity(events.len());
    let mut at = 0;
    while at < events.len() {
        let mut threads = vec![trace.steps[events[at].step].thread];
        for event in &events[at + 1..] {
            let thread = trace.steps[event.step].thread;
            if event.again.is_some() || events[at].again.is_some() || stands(event) {
                break;
            }
            if !alike(event, &events[at]) || threads.contains(&thread) {
                break;
            }
            threads.push(thread);
        }
        let mut event = events[at].clone();
        if threads.len() >= CROWD {
            let counted: u64 = events[at + 1..at + threads.len()].iter().map(|it| it.others).sum();
            event.others += threads.len() as u64 - 1 + counted;
            folded.push(event);
            at += threads.len();
        } else {
            folded.push(event);
            at += 1;
        }
    }
    *events = folded;
}

/// If a crowd does the same several times in a row, show the first time and count the others.
pub(super) fn fold_rounds_of_crowds(trace: &Trace, events: &mut Vec<Event>) {
    let mut folded: Vec<Event> = Vec::with_capacity(events.len());
    for run in events.chunk_by(|a, b| {
        let key = |event: &Event| {
            let step = &trace.steps[event.step];
            (step.thread, step.operation, &step.at, step.how, event.unlocks, event.begins_wait)
        };
        let is_crowd = |event: &Event| event.others > 0 && event.again.is_none();
        is_crowd(a) && is_crowd(b) && key(a) == key(b)
    }) {
        let mut first = run[0].clone();
        if run.len() >= ROUNDS {
            first.again = Some((1, run.len() as u64 - 1));
            folded.push(first);
        } else {
            folded.extend_from_slice(run);
        }
    }
    *events = folded;
}

/// If the same step is repeated several times, with nothing shown in between, count all of them in
/// one row, and if several steps are, fold them. An event that `stands` out has a row of its own.
pub(super) fn join(trace: &Trace, events: &mut Vec<Event>, stands: impl Fn(&Event) -> bool) {
    let mut joined: Vec<Event> = Vec::with_capacity(events.len());
    let same = |a: &Event, b: &Event| !stands(a) && !stands(b) && alike(trace, a, b);
    for run in events.chunk_by(same) {
        // What is not yet folded, or is folded by itself.
        let times = |event: &Event| match event.again {
            None => Some(1),
            Some((1, more)) => Some(more + 1),
            Some(_) => None,
        };
        let counted: Option<u64> = run.iter().map(times).sum();
        let is_crowd = run.iter().any(|event| event.others > 0);
        let spawns = trace.steps[run[0].step].operation == Operation::Spawn;
        let least = if spawns { MANY_SPAWNS } else { ROUNDS };
        match counted.filter(|_| !is_crowd && run.len() > 1) {
            Some(rounds) if rounds >= least as u64 => {
                joined.push(Event { again: Some((1, rounds - 1)), ..run[0].clone() });
            }
            _ => joined.extend_from_slice(run),
        }
    }
    *events = joined;
    fold_counts(trace, events, &stands);
    fold_if(trace, events, |event| event.again.is_none() && event.others == 0 && !stands(event));
}

/// If a thread counts something several times in a row, show the first time and count the others.
fn fold_counts(trace: &Trace, events: &mut Vec<Event>, stands: impl Fn(&Event) -> bool) {
    let counts = |event: &Event| {
        let step = &trace.steps[event.step];
        let is_plain = event.again.is_none() && event.others == 0 && !stands(event);
        // By how much, if that is known.
        let change = match step.value {
            Some(Value::Changed { from, to }) => from.abs_diff(to),
            _ => 0,
        };
        is_plain && step.operation == Operation::FetchUpdate && change == 1
    };
    let key = |event: &Event| {
        let step = &trace.steps[event.step];
        let called = event.call.map(|call| &trace.calls[call].function);
        (step.thread, step.operation, step.object, &step.at, called)
    };
    let same = |a: &Event, b: &Event| counts(a) && counts(b) && key(a) == key(b);
    let mut folded: Vec<Event> = Vec::with_capacity(events.len());
    for run in events.chunk_by(same) {
        if run.len() < MANY_COUNTS {
            folded.extend_from_slice(run);
        } else {
            folded.push(Event { again: Some((1, run.len() as u64 - 1)), ..run[0].clone() });
        }
    }
    *events = folded;
}

/// Like [`fold`], but also drop what comes after the last loop: a round that was cut short says
/// nothing new.
pub(super) fn up_to_last(trace: &Trace, events: &mut Vec<Event>) {
    fold(trace, events, |_| false);
    if let Some(last) = events.iter().rposition(|event| event.again.is_some()) {
        events.truncate(last + 1);
    }
}

/// Keep only the last loop, if there is one.
pub(super) fn last(trace: &Trace, events: &mut Vec<Event>) {
    up_to_last(trace, events);
    if let Some((length, _)) = events.last().and_then(|event| event.again) {
        events.drain(..events.len() - length);
    }
}

/// How many times in a row the first `length` kinds occur, if more than once.
fn rounds(kinds: &[Option<usize>], length: usize) -> usize {
    // Most events are no beginning of a loop: that is seen at once.
    let begins_again = kinds.get(length).is_some_and(|kind| kind.is_some() && *kind == kinds[0]);
    let first = kinds.get(..length).filter(|first| begins_again && !first.contains(&None));
    let Some(first) = first else { return 0 };
    kinds.chunks(length).take_while(|round| *round == first).count()
}

/// A number for each event, the same for those that say the same. `None` for one that may not be folded.
fn kinds(trace: &Trace, events: &[Event], may: impl Fn(&Event) -> bool) -> Vec<Option<usize>> {
    let mut known = HashMap::new();
    let kind = |event: &Event| {
        let next = known.len();
        may(event).then(|| *known.entry(says(trace, event)).or_insert(next))
    };
    events.iter().map(kind).collect()
}

/// Whether two events say the same.
fn alike(trace: &Trace, a: &Event, b: &Event) -> bool {
    says(trace, a) == says(trace, b)
}

/// What an event says. Calls with other arguments or results are other calls.
fn says<'t>(trace: &'t Trace, event: &Event) -> impl Eq + Hash + use<'t> {
    let step = &trace.steps[event.step];
    let call = event.call.map(|call| &trace.calls[call]);
    (
        (step.thread, step.operation, step.object, &step.at, step.how, step.value, event.unlocks),
        call.map(|it| (&it.function, &it.arguments, &it.result)),
    )
}
