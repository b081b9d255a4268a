//! How relevant each event is to the failure, and which events are dropped when there are too many.

use super::super::evidence::{Evidence, takes};
use super::super::starved::Overtaken;
use super::super::words::failure::{last_holder, telling_notification};
use super::events::{Event, is_solo, poisons};
use super::links::{self, LITTLE};
use super::loops;
use record::{Failure, Operation, Step, StepStatus, Value};
use std::collections::BTreeSet;

/// Events below this are never shown: they have nothing to do with the failure.
const SHOWN: i32 = 22;

/// For what is only better than nothing.
const LEAST: i32 = 15;

/// How many events before the decisive step count as near it. What happened long before rarely
/// matters any more.
const NEAR: usize = 8;

/// At most this many preemptions are kept for their own sake.
const MOST_PREEMPTIONS: usize = 4;

/// Events that must be seen to understand the failure.
const ESSENTIAL: i32 = 100;

/// With fewer rows than this, there is room for what the learner's code does nearby with the objects
/// that the failure is about.
const FEW: usize = 10;

/// With fewer rows than this, there is room for what else the calls do.
const SOME: usize = 14;

/// With fewer rows than this, there is room for what it does nearby with any object.
const VERY_FEW: usize = 7;

/// Keep at most `most` events, the most relevant ones, and of equally relevant ones the latest.
pub(super) fn cut(evidence: &Evidence<'_>, events: &mut Vec<Event>, most: usize) {
    let relevance = rate(evidence, events);
    let mut shown: Vec<bool> = relevance.iter().map(|&it| it >= SHOWN).collect();
    complete_loops(events, &mut shown);
    fill(evidence, events, &mut shown);
    complete_calls(evidence, events, &mut shown);
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
    let (first, rest) = order.split_at(most.min(order.len()));
    let mut shown = the_first(first, events);
    loops::fold_crowds(&evidence.trace, &mut shown, stands);
    let about: Vec<usize> = evidence.core().into_iter().chain(evidence.stuck()).collect();
    let of_them = |at: &&usize| about.contains(&evidence.trace.steps[events[**at].step].thread);
    let more = rest.iter().filter(of_them).take(most.saturating_sub(shown.len()));
    let places: Vec<usize> = first.iter().chain(more).copied().collect();
    let mut more = the_first(&places, events);
    loops::fold_crowds(&evidence.trace, &mut more, stands);
    if more.len() <= most {
        shown = more;
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

/// If there is room, show what else the calls that are shown do, even to what only one thread uses:
/// it may be the fault.
fn complete_calls(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let center = evidence.decisive_step().unwrap_or(steps.len());
    let seen = (0..events.len()).filter(|&at| shown[at]);
    let calls: BTreeSet<usize> = seen.filter_map(|at| events[at].call).collect();
    let is_part = |event: &Event| {
        let step = &steps[event.step];
        let is_known = event.call.is_some_and(|call| calls.contains(&call));
        is_known && step.operation != Operation::Unlock && is_solo(evidence, step)
    };
    let missing = SOME.saturating_sub(shown.iter().filter(|shown| **shown).count());
    let mut more: Vec<usize> =
        (0..events.len()).filter(|&at| !shown[at] && is_part(&events[at])).collect();
    more.sort_by_key(|&at| events[at].step.abs_diff(center));
    more.into_iter().take(missing).for_each(|at| shown[at] = true);
}

/// If there are few events to show, add those of the learner's own code that are nearest to the
/// decisive step or, without one, to the end: they show what led to it and what followed. If there are
/// still very few, what only one thread uses is better than nothing.
fn fill(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let center = evidence.decisive_step().unwrap_or(steps.len());
    let scopes = [
        (Scope::of(evidence), FEW, false),
        (Scope::default(), VERY_FEW, false),
        (Scope::default(), VERY_FEW, true),
    ];
    for (scope, few, with_solo) in scopes {
        let missing = few.saturating_sub(shown.iter().filter(|shown| **shown).count());
        let is_near = |event: &Event| {
            let step = &steps[event.step];
            let is_telling = match with_solo {
                true => {
                    let is_call = step.operation == Operation::Call;
                    is_call || is_solo(evidence, step) && step.operation != Operation::Unlock
                }
                false => !is_solo(evidence, step) && scope.rate(evidence, event.step) >= SHOWN,
            };
            evidence.sources.is_answer(&step.at) && is_telling
        };
        let mut more: Vec<usize> =
            (0..events.len()).filter(|&at| !shown[at] && is_near(&events[at])).collect();
        more.sort_by_key(|&at| events[at].step.abs_diff(center));
        more.into_iter().take(missing).for_each(|at| shown[at] = true);
    }
}

/// Show all events of a loop whose rounds are counted, if any of them is shown: without one of
/// them, the count would be wrong.
fn complete_loops(events: &[Event], shown: &mut [bool]) {
    for (index, event) in events.iter().enumerate() {
        if let Some((length, _)) = event.again {
            let whole = index + 1 - length.min(index + 1)..=index;
            if shown[whole.clone()].contains(&true) {
                shown[whole].fill(true);
            }
        }
    }
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
    links::chains(evidence, events, &mut relevance);
    // Once for the events shown anyway, once for those that the first pass adds.
    links::writes_and_reads(evidence, events, &mut relevance);
    links::writes_and_reads(evidence, events, &mut relevance);
    // The last wait of each thread that the failure is about or that waits for ever.
    for thread in evidence.core().into_iter().chain(evidence.stuck()) {
        let last = events.iter().rposition(|event| {
            let step = &steps[event.step];
            step.thread == thread && (step.how == StepStatus::Blocked || event.begins_wait)
        });
        if let Some(last) = last {
            relevance[last] = ESSENTIAL;
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
    /// What a call did that is still going on.
    const STILL_GOING_ON: i32 = 30;
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
            *rated -= if goes_on(event.step) { STILL_GOING_ON } else { LONG_BEFORE };
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
    let preempting = (0..events.len())
        .rev()
        .filter(|&at| events[at].step <= end)
        .filter_map(|at| Some((at, evidence.preempted(events[at].step)?)));
    for (at, victim) in preempting.take(MOST_PREEMPTIONS) {
        let of_victim = |event: &Event| steps[event.step].thread == victim;
        let before = events[..at].iter().rposition(of_victim);
        let after = events[at..].iter().position(of_victim).map(|after| at + after);
        for at in [Some(at), before, after].into_iter().flatten() {
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

/// What a failure is about, as far as that is known. By default, anything may matter.
#[derive(Default)]
struct Scope {
    /// The threads and objects of a standstill. Empty if everything may matter.
    threads: Vec<usize>,
    objects: Vec<usize>,
    panic: Option<usize>,
}

impl Scope {
    fn of(evidence: &Evidence<'_>) -> Self {
        let objects = evidence.objects_of_the_failure();
        let mut threads = evidence.stuck();
        if let Some(Failure::Deadlock { waits, .. }) = evidence.failure {
            threads.extend(waits.iter().flat_map(|wait| &wait.held_by));
        }
        let panic = evidence.panic_before_standstill();
        threads.extend(panic.map(|at| evidence.trace.steps[at].thread));
        Self { threads, objects, panic }
    }

    /// How relevant a step is by itself.
    fn rate(&self, evidence: &Evidence<'_>, index: usize) -> i32 {
        let step = &evidence.trace.steps[index];
        if step.operation == Operation::Panic {
            let is_cause = self.panic.is_some_and(|at| {
                let panic = &evidence.trace.steps[at];
                std::ptr::eq(panic, step)
            });
            let is_failure = evidence.panic_of(step).is_some();
            let is_on_purpose = step.is_caught() && !evidence.sources.is_answer(&step.at);
            return match () {
                () if is_cause => ESSENTIAL,
                () if is_on_purpose && unwinds_through(evidence, index) => 55,
                () if is_on_purpose => SHOWN,
                () if is_failure => ESSENTIAL,
                () => 45,
            };
        }
        let own = evidence.sources.is_answer(&step.at);
        let place = match own {
            true => 5,
            false if evidence.is_note(step) => -26,
            false => -8,
        };
        let about = match (&self.objects[..], step.object) {
            ([], _) | (_, None) => 0,
            (objects, Some(object)) if objects.contains(&object) => 0,
            _ if self.threads.contains(&step.thread) => -22,
            _ => -45,
        };
        if is_held_at_the_end(evidence, step) || is_last_notification(evidence, step) {
            return 95;
        }
        if matches!(step.how, StepStatus::Spurious | StepStatus::TimedOut) {
            return 90 + about;
        }
        if is_solo(evidence, step) {
            return LEAST + about;
        }
        let kind = match step.operation {
            Operation::Call => return LEAST,
            // Nothing came of it.
            Operation::NotifyOne | Operation::NotifyAll if step.value == Some(Value::Woken(0)) => {
                if evidence.stands_still() {
                    45
                } else {
                    SHOWN + 3
                }
            }
            Operation::Store
            | Operation::Swap
            | Operation::CompareExchange
            | Operation::FetchUpdate
            | Operation::Send
            | Operation::Set
            | Operation::NotifyOne
            | Operation::NotifyAll
            | Operation::Wait
            | Operation::Relock
            | Operation::Park
            | Operation::Unpark => 60,
            Operation::Unlock if poisons(evidence, index) => 58,
            Operation::Unlock => 20,
            Operation::Join | Operation::ScopeEnd if step.how == StepStatus::Blocked => 52,
            Operation::Spawn if self.starts_a_stuck_thread(step) => 55,
            Operation::Spawn => 45,
            Operation::Join | Operation::ScopeEnd | Operation::Disconnect => 30,
            Operation::Sleep | Operation::YieldNow | Operation::SpinLoop => 40,
            _ => 50,
        };
        kind + place + about
    }

    fn starts_a_stuck_thread(&self, step: &Step) -> bool {
        step.target.is_some_and(|target| self.threads.contains(&target))
    }
}

/// Whether the learner's code runs while a thread unwinds from a panic.
fn unwinds_through(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let mut its = steps[index + 1..].iter().filter(|step| step.thread == steps[index].thread);
    its.find(|step| evidence.sources.is_answer(&step.at) && step.operation != Operation::Unlock)
        .and_then(|step| evidence.sources.function(&step.at))
        .is_some_and(|name| name.ends_with("drop"))
}

/// Whether a step acquired a lock that is still held at a standstill.
fn is_held_at_the_end(evidence: &Evidence<'_>, step: &Step) -> bool {
    let Some(Failure::Deadlock { waits, .. }) = evidence.failure else {
        return false;
    };
    takes(step)
        && waits.iter().filter(|wait| wait.thread == step.thread).any(|wait| {
            wait.holds.iter().any(|held| Some(held.object) == step.object && held.since == step.at)
        })
}

/// Whether a step is the notification that did not help the threads that wait for ever, or where
/// another thread last held their lock without notifying them.
fn is_last_notification(evidence: &Evidence<'_>, step: &Step) -> bool {
    let Some(Failure::LostWakeup { waits }) = evidence.failure else {
        return false;
    };
    let condvars: Vec<usize> = waits.iter().filter_map(|wait| wait.object).collect();
    let last = [last_holder(evidence, &condvars), telling_notification(evidence, &condvars)];
    last.into_iter().flatten().any(|last| std::ptr::eq(last, step))
}
