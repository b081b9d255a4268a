//! How relevant each event is to the failure, and which events are dropped when there are too many.

use super::super::evidence::{Evidence, takes};
use super::super::starved::Overtaken;
use super::events::Event;
use super::links::{self, LITTLE};
use super::loops;
use super::room;
use super::scope::{ESSENTIAL, SHOWN, Scope};
use record::{Failure, Operation, Step, StepStatus, Value};
use std::collections::{BTreeSet, HashMap};

/// How many events before the decisive step count as near it. What happened long before rarely
/// matters any more.
const NEAR: usize = 8;

/// How many events are kept from the beginning of a call that must be seen, and how many from its end.
const ENDS_OF_A_CALL: usize = 2;

/// How many of the threads that wait for ever at the same place must be seen.
const FEW: usize = 2;

/// At most this many preemptions are kept for their own sake.
const MOST_PREEMPTIONS: usize = 4;

/// Keep at most `most` events, the most relevant ones, and of equally relevant ones the latest.
pub(super) fn cut(evidence: &Evidence<'_>, events: &mut Vec<Event>, most: usize) {
    let relevance = rate(evidence, events);
    let mut shown: Vec<bool> = relevance.iter().map(|&it| it >= SHOWN).collect();
    room::complete_loops(events, &mut shown);
    room::fill(evidence, events, &mut shown);
    room::complete_calls(evidence, events, &mut shown);
    for at in (0..events.len()).rev() {
        let has_room = shown.iter().filter(|shown| **shown).count() < most;
        if shown[at]
            && has_room
            && let Some(link) = links::explains(evidence, events, at)
        {
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
        Some(overtaken) => around_a_wait(evidence, events, &overtaken, &mut relevance),
        None => long_before(evidence, events, &mut relevance),
    }
    aftermath(evidence, events, &mut relevance);
    around_preemptions(evidence, events, &mut relevance);
    around_the_decisive_step(evidence, events, &mut relevance);
    links::what_woke_waited(evidence, events, &mut relevance);
    links::why_nobody_was_notified(evidence, events, &mut relevance);
    links::what_was_called_meanwhile(evidence, events, &mut relevance);
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

/// Raise the relevance of where other threads go in while one waits, and lower that of what came after
/// the wait.
fn around_a_wait(
    evidence: &Evidence<'_>,
    events: &[Event],
    overtaken: &Overtaken,
    relevance: &mut [i32],
) {
    const GOES_IN: i32 = 35;
    const AFTERWARDS: i32 = 40;
    let trace = &evidence.trace;
    let is_drop = |call: usize| {
        let name = evidence.sources.function(&trace.calls[call].function);
        name.is_some_and(|name| name.ends_with("drop"))
    };
    for (event, rated) in events.iter().zip(relevance) {
        let step = &trace.steps[event.step];
        let gets = takes(step) || matches!(step.operation, Operation::CompareExchange);
        let goes_in = gets && event.call.is_some_and(|call| !is_drop(call));
        if event.step > overtaken.steps.end && step.operation != Operation::Panic {
            *rated -= AFTERWARDS;
        } else if event.step > overtaken.steps.start && step.thread != overtaken.thread && goes_in {
            *rated += GOES_IN;
        }
    }
}

/// Lower the relevance of what came long before the decisive step or, if there is none, long before
/// the panic that is the failure.
fn long_before(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    const LONG_BEFORE: i32 = 40;
    /// What a call did that is still going on, and what woke another thread.
    const STILL_MATTERS: i32 = 20;
    let end = match (evidence.decisive_step(), evidence.failure) {
        (Some(decisive), _) => events.partition_point(|event| event.step <= decisive),
        // Other failures are about objects, however long ago these were touched.
        (None, Some(Failure::Panicked { .. })) => events.len(),
        (None, _) => return,
    };
    let before = end.saturating_sub(NEAR);
    let now = evidence.decisive_step().unwrap_or(evidence.trace.steps.len());
    let goes_on = |step: usize| {
        let thread = evidence.trace.steps[step].thread;
        // A thread that the learner's code has started works for the call that has started it.
        let is_own = evidence.is_own_thread(thread);
        let calls = evidence.trace.calls.iter().filter(|call| call.thread == thread || is_own);
        let is_own_step = evidence.sources.is_answer(&evidence.trace.steps[step].at);
        let mut around = calls.filter(|call| call.steps.contains(&step));
        is_own_step && around.any(|call| call.steps.end > now)
    };
    for (event, rated) in events[..before].iter().zip(&mut relevance[..before]) {
        if *rated < 95 {
            let step = &evidence.trace.steps[event.step];
            let matters = goes_on(event.step) || passes_it_on(evidence, step);
            *rated -= if matters { STILL_MATTERS } else { LONG_BEFORE };
        }
    }
}

/// Lower the relevance of what comes after the decisive step, when the failure is already certain.
/// Two things are kept: each thread's first event on the same object, if the thread used it before
/// or the failure is about that thread, and the last events of the threads that the failure is
/// about, because that is where it shows.
fn aftermath(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    const LATE: i32 = 60;
    let steps = &evidence.trace.steps;
    let Some(decisive) = evidence.decisive_step() else {
        return;
    };
    let object = steps[decisive].object;
    let late = events.partition_point(|event| event.step <= decisive);
    let (core, about) = (evidence.core(), evidence.objects_of_the_failure());
    let mut kept: Vec<usize> = Vec::new();
    for thread in 0..evidence.trace.threads.len() {
        let of_thread = |at: &usize| steps[events[*at].step].thread == thread;
        let same_object = |at: &usize| {
            let step = &steps[events[*at].step];
            object.is_some() && step.object == object && step.operation != Operation::Unlock
        };
        // A thread that used the object before continues with what it knew.
        let knows = (0..late).filter(of_thread).any(|at| same_object(&at));
        if knows || core.contains(&thread) {
            let mut its = (late..events.len()).filter(of_thread).filter(same_object);
            let first = its.next();
            // If it has to wait for the object, what it does once it has it counts too.
            let waits = first.is_some_and(|at| steps[events[at].step].how == StepStatus::Blocked);
            kept.extend(first);
            kept.extend(its.next().filter(|_| waits));
        }
        if core.contains(&thread) {
            kept.extend((late..events.len()).rev().filter(of_thread).take(2));
        }
    }
    for at in late..events.len() {
        let step = &steps[events[at].step];
        let concerns = step.object.is_some_and(|object| about.contains(&object));
        if step.operation != Operation::Panic && !kept.contains(&at) && !concerns {
            relevance[at] -= if passes_it_on(evidence, step) { LATE / 2 } else { LATE };
        }
    }
}

/// Whether a step of the learner's code wakes a thread, or is where a thread wakes up: that is how a
/// fault gets from one thread to another.
fn passes_it_on(evidence: &Evidence<'_>, step: &Step) -> bool {
    let wakes = match step.operation {
        Operation::NotifyOne | Operation::NotifyAll => step.value != Some(Value::Woken(0)),
        Operation::Relock => step.how != StepStatus::Blocked,
        Operation::Unpark => true,
        _ => false,
    };
    wakes && evidence.sources.is_answer(&step.at)
}

/// Raise the relevance of what surrounds a preemption: the last event of the preempted thread, its
/// next one, and the one that preempted it. Of many preemptions, the last few led to the failure.
fn around_preemptions(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    if evidence.needs_no_luck() {
        return;
    }
    let steps = &evidence.trace.steps;
    let end = evidence.decisive_step().unwrap_or(steps.len());
    let preempting = (0..=end.min(steps.len().saturating_sub(1)))
        .rev()
        .filter_map(|step| Some((step, evidence.preempted(step)?)));
    for (step, victim) in preempting.take(MOST_PREEMPTIONS) {
        // The preempting step itself may have no event: a thread that starts, for example.
        let at = events.partition_point(|event| event.step < step);
        let of_victim = |event: &Event| steps[event.step].thread == victim;
        let before = events[..at].iter().rposition(of_victim);
        let after = events[at..].iter().position(of_victim).map(|after| at + after);
        let at = Some(at).filter(|&at| events.get(at).is_some_and(|event| !of_victim(event)));
        for at in [at, before, after].into_iter().flatten() {
            relevance[at] = relevance[at].max(75);
        }
    }
}

/// Raise the relevance of the decisive step and, for each other thread, of its last event before
/// that on the same object: what the step came too late for, or too early.
fn around_the_decisive_step(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    let steps = &evidence.trace.steps;
    let Some(decisive) = evidence.decisive_step() else {
        return;
    };
    let Some(at) = events.iter().position(|event| event.step == decisive) else {
        return;
    };
    relevance[at] = ESSENTIAL;
    let step = &steps[decisive];
    for thread in (0..evidence.trace.threads.len()).filter(|&thread| thread != step.thread) {
        let met = events[..at].iter().rposition(|event| {
            let other = &steps[event.step];
            other.thread == thread && other.object.is_some() && other.object == step.object
        });
        if let Some(met) = met {
            relevance[met] = relevance[met].max(85);
        }
    }
}
