//! How relevant each event is to the failure, and which events are dropped when there are too many.

use super::super::evidence::Evidence;
use super::super::overflow::overflows;
use super::super::starved::Overtaken;
use super::calls;
use super::distance;
use super::events::Event;
use super::links::{self, LITTLE};
use super::loops;
use super::named;
use super::room;
use super::scope::{ESSENTIAL, LEAST, SHOWN, Scope};
use record::{Failure, Operation, StepStatus};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many events are kept from the beginning of a call that must be seen, and how many from its end.
const ENDS_OF_A_CALL: usize = 2;

/// How many of the threads that wait for ever at the same place must be seen.
const FEW: usize = 2;

/// Keep at most `most` events, the most relevant ones, and of equally relevant ones the latest.
pub(super) fn cut(evidence: &Evidence<'_>, events: &mut Vec<Event>, most: usize) {
    let relevance = rate(evidence, events);
    let mut shown: Vec<bool> = relevance.iter().map(|&it| it >= SHOWN).collect();
    room::complete_loops(events, &mut shown);
    room::fill(evidence, events, &mut shown);
    room::earlier_rounds(evidence, events, &mut shown);
    room::complete_calls(evidence, events, &mut shown);
    room::before_the_asserted(evidence, events, &mut shown);
    room::panics_below(evidence, events, &mut shown);
    let mut rows = shown.iter().filter(|shown| **shown).count();
    for at in (0..events.len()).rev() {
        if shown[at]
            && rows < most
            && let Some(link) = links::explains(evidence, events, at)
        {
            rows += usize::from(!shown[link]);
            shown[link] = true;
        }
    }
    let mut shown = shown.into_iter();
    events.retain(|_| shown.next() == Some(true));
    let stands = |event: &Event| evidence.decisive_step() == Some(event.step);
    loops::fold_crowds(&evidence.trace, events, stands);
    loops::fold_rounds_of_crowds(&evidence.trace, events);
    let relevance = rate(evidence, events);
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse((relevance[at], at)));
    // Once the events in between have gone, more threads may do the same one after another. Then
    // there is room for more of the threads that the failure is about.
    let folded = |places: &[usize]| {
        let mut shown = the_first(places, events);
        loops::fold_crowds(&evidence.trace, &mut shown, stands);
        loops::join(&evidence.trace, &mut shown, stands);
        shown
    };
    let (first, rest) = order.split_at(most.min(order.len()));
    let mut places = first.to_vec();
    let mut shown = folded(&places);
    let about: Vec<usize> = evidence.core().into_iter().chain(evidence.stuck()).collect();
    let of_them = |at: &&usize| about.contains(&evidence.trace.steps[events[**at].step].thread);
    places.extend(rest.iter().filter(of_them).take(most.saturating_sub(shown.len())));
    match folded(&places) {
        more if more.len() <= most => shown = more,
        _ => places.truncate(first.len()),
    }
    // The rounds of a loop may have differed only in what has gone. There may be very many of them.
    let mut rest = rest.iter().copied().filter(|at| !places.contains(at)).collect::<Vec<_>>();
    let mut many = 1;
    while shown.len() < most && !rest.is_empty() {
        let next = many.min(rest.len());
        let more: Vec<usize> = places.iter().chain(&rest[..next]).copied().collect();
        match folded(&more) {
            all if all.len() <= most => {
                shown = all;
                places = more;
                rest.drain(..next);
                many *= 2;
            }
            _ if many == 1 => break,
            _ => many /= 2,
        }
    }
    *events = shown;
}

/// The events at these places, in their order.
fn the_first(places: &[usize], events: &[Event]) -> Vec<Event> {
    let mut order = places.to_vec();
    order.sort_unstable();
    let mut left: Vec<Event> = order.iter().map(|&at| events[at].clone()).collect();
    // A round has as many rows as are left of it.
    for (event, &at) in left.iter_mut().zip(&order) {
        if let Some((length, _)) = &mut event.again {
            let round = at + 1 - (*length).min(at + 1)..=at;
            *length = order.iter().filter(|at| round.contains(at)).count();
        }
    }
    left
}

fn rate(evidence: &Evidence<'_>, events: &[Event]) -> Vec<i32> {
    let steps = &evidence.trace.steps;
    let scope = Scope::of(evidence);
    let mut relevance: Vec<i32> =
        events.iter().map(|event| scope.rate(evidence, event.step)).collect();
    // In a livelock, one stretch is as good as another, but it must be contiguous. If all events
    // are equally relevant, the end is kept.
    if matches!(evidence.failure, Some(Failure::Livelock { .. })) {
        relevance.fill(LITTLE);
        return relevance;
    }
    match Overtaken::of(evidence) {
        Some(overtaken) => distance::around_a_wait(evidence, events, &overtaken, &mut relevance),
        None => distance::long_before(evidence, events, &mut relevance),
    }
    repeated_overflows(evidence, events, &mut relevance);
    of_inner_calls(evidence, events, &mut relevance);
    of_destructors(evidence, events, &mut relevance);
    of_messages_to_the_check(evidence, events, &mut relevance);
    distance::aftermath(evidence, events, &mut relevance);
    distance::around_preemptions(evidence, events, &mut relevance);
    distance::around_the_decisive_step(evidence, events, &mut relevance);
    links::what_woke_waited(evidence, events, &mut relevance);
    links::why_nobody_was_notified(evidence, events, &mut relevance);
    links::what_was_called_meanwhile(evidence, events, &mut relevance);
    links::held_while_time_passed(evidence, events, &mut relevance);
    links::chains(evidence, events, &mut relevance);
    // Once for the events shown anyway, once for those that the first pass adds.
    links::writes_and_reads(evidence, events, &mut relevance);
    links::writes_and_reads(evidence, events, &mut relevance);
    // Without the row that says how often a round is repeated, nobody sees the loop.
    if matches!(evidence.failure, Some(Failure::BusyWait { .. }))
        && let Some(last) = events.iter().rposition(|event| event.again.is_some())
    {
        relevance[last] = ESSENTIAL;
    }
    // What the answer does in the call that the assertion is about.
    for call in evidence.asserted() {
        let call = &evidence.trace.calls[call];
        let its = |event: &Event| {
            let step = &steps[event.step];
            step.thread == call.thread && call.steps.contains(&event.step)
        };
        let of_it: Vec<usize> = (0..events.len()).filter(|&at| its(&events[at])).collect();
        let ends = of_it.iter().take(ENDS_OF_A_CALL).chain(of_it.iter().rev().take(ENDS_OF_A_CALL));
        ends.for_each(|&at| relevance[at] = relevance[at].max(ESSENTIAL - 1));
    }
    // Where a lock was poisoned says why nobody can have it any more.
    if evidence.meets_poison() {
        let poisons = (0..events.len()).filter(|&at| steps[events[at].step].poisons());
        poisons.for_each(|at| relevance[at] = ESSENTIAL - 1);
    }
    // A panic that the learner's code let through, if nothing else is wrong with what it did.
    if matches!(evidence.failure, Some(Failure::Panicked { .. })) {
        let passes = |event: &Event| {
            let step = &steps[event.step];
            let is_below = step.below.as_ref().is_some_and(|at| evidence.sources.is_answer(at));
            step.operation == Operation::Panic && step.is_caught() && is_below
        };
        let last = events.iter().rposition(passes);
        last.into_iter().for_each(|at| relevance[at] = relevance[at].max(ESSENTIAL - 1));
    }
    for start in evidence.unexpected_threads() {
        let at = events.iter().position(|event| event.step == start);
        at.into_iter().for_each(|at| relevance[at] = ESSENTIAL);
    }
    // What the thread whose assertion fails has done last in the answer.
    let last = events.iter().rposition(|event| evidence.is_last_before_failure(event.step));
    if let Some(last) = last {
        relevance[last] = relevance[last].max(ESSENTIAL - 1);
    }
    // The last wait of each thread that the failure is about or that waits for ever.
    let mut waiting: BTreeSet<usize> = evidence.core().into_iter().collect();
    waiting.extend(evidence.stuck());
    let mut alike: HashMap<(u32, Operation), usize> = HashMap::new();
    for thread in waiting {
        let last = events.iter().rposition(|event| {
            let step = &steps[event.step];
            step.thread == thread && (step.how == StepStatus::Blocked || event.begins_wait)
        });
        if let Some(last) = last {
            let step = &steps[events[last].step];
            let before = alike.entry((step.at.line, step.operation)).or_default();
            *before += 1;
            // Of a crowd that waits at the same place, a few are enough.
            relevance[last] = if *before <= FEW { ESSENTIAL } else { relevance[last].min(SHOWN) };
        }
    }
    where_time_counts_from(evidence, events, &mut relevance);
    named::waits_of_named(evidence, events, &mut relevance);
    // A picture without any of the learner's own lines explains nothing to them.
    let is_own = |at: &usize| evidence.sources.is_answer(&steps[events[*at].step].at);
    let own: Vec<usize> = (0..events.len()).filter(is_own).collect();
    if own.iter().all(|&at| relevance[at] < LITTLE)
        && let Some(&last) = own.last()
    {
        relevance[last] = ESSENTIAL;
    }
    relevance
}

/// If the check finds that something took too long: raise the relevance of where the calls of the learner's
/// functions last read the clock, and of what slept before that in the same call.
fn where_time_counts_from(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    /// In so many functions.
    const FEW: usize = 2;
    let Some(panic) = evidence.first_panic().filter(|_| evidence.is_about_time()) else { return };
    let steps = &evidence.trace.steps;
    let reads = |at: &usize| {
        let step = &steps[events[*at].step];
        step.operation == Operation::Now && step.thread == panic.thread
    };
    let mut functions = BTreeSet::new();
    for at in (0..events.len()).rev().filter(reads) {
        let Some(call) = events[at].call.map(|call| &evidence.trace.calls[call]) else { continue };
        if functions.len() == FEW || !functions.insert(call.function.line) {
            continue;
        }
        let slept = |event: &Event| {
            let step = &steps[event.step];
            step.operation == Operation::Sleep && call.steps.contains(&event.step)
        };
        let before = events[..at].iter().rposition(slept);
        before.into_iter().chain([at]).for_each(|at| relevance[at] = ESSENTIAL - 2);
    }
}

/// Lower the relevance of numbers that do not fit where one did not fit before: a number made of bits
/// never does, and of a counter the first time says enough.
fn repeated_overflows(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    let mut met = BTreeSet::new();
    for (event, rated) in events.iter().zip(relevance) {
        let step = &evidence.trace.steps[event.step];
        if overflows(step) && !met.insert((step.at.line, step.at.column)) {
            *rated = LEAST;
        }
    }
}

/// If the check fails by itself: raise the relevance of the most relevant event of a call that one of the
/// learner's own public functions makes, and of a notification above all. What such a call is for differs
/// from what the check has called.
fn of_inner_calls(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    const TELLS: i32 = 10;
    if !matches!(evidence.failure, Some(Failure::Panicked { .. })) {
        return;
    }
    let mut best: BTreeMap<usize, usize> = BTreeMap::new();
    let notifies = |at: usize| {
        let operation = evidence.trace.steps[events[at].step].operation;
        matches!(operation, Operation::NotifyOne | Operation::NotifyAll)
    };
    for (at, event) in events.iter().enumerate() {
        let inner = event.call.filter(|_| calls::is_within_another(evidence, event.step));
        let Some(call) = inner.filter(|_| relevance[at] >= SHOWN) else { continue };
        let known = best.entry(call).or_insert(at);
        if (notifies(at), relevance[at]) > (notifies(*known), relevance[*known]) {
            *known = at;
        }
    }
    best.into_values().for_each(|at| relevance[at] += TELLS);
}

/// If the check fails by itself: lower the relevance of the messages that it received before the last one.
/// They are how it follows what went right.
fn of_messages_to_the_check(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    if !matches!(evidence.failure, Some(Failure::Panicked { .. })) {
        return;
    }
    let receives = |event: &Event| {
        let step = &evidence.trace.steps[event.step];
        let has_it = step.operation == Operation::Recv && step.how == StepStatus::Done;
        has_it && !evidence.sources.is_answer(&step.at)
    };
    let messages = (0..events.len()).rev().filter(|&at| receives(&events[at])).skip(1);
    messages.for_each(|at| relevance[at] = relevance[at].min(LEAST));
}

/// Lower the relevance of what destructors do, if the check fails by itself and nobody is woken: most of
/// them only give back what a guard stood for.
fn of_destructors(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    const ROUTINE: i32 = 12;
    if !matches!(evidence.failure, Some(Failure::Panicked { .. })) {
        return;
    }
    for (event, rated) in events.iter().zip(relevance) {
        let call = event.call.map(|call| &evidence.trace.calls[call]);
        let name = call.and_then(|call| evidence.sources.function(&call.function));
        let is_drop = name.is_some_and(|name| name.ends_with("drop"));
        if is_drop
            && !distance::passes_it_on(evidence, &evidence.trace.steps[event.step])
            && *rated < 95
        {
            *rated -= ROUTINE;
        }
    }
}
