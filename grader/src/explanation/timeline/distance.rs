//! How near an event is to what decided the outcome: the decisive step, a preemption, a wait that was too
//! long. What came long before it, or after it, rarely explains anything.

use super::super::evidence::{Evidence, takes};
use super::super::starved::Overtaken;
use super::events::Event;
use super::scope::ESSENTIAL;
use record::{Call, Failure, Operation, Step, StepStatus, Value};

/// How many events before the decisive step count as near it.
const NEAR: usize = 8;

/// At most this many preemptions are kept for their own sake.
const MOST_PREEMPTIONS: usize = 4;

/// Raise the relevance of where other threads go in while one waits, and lower that of what came after
/// the wait.
pub(super) fn around_a_wait(
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
pub(super) fn long_before(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
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
    // The last event is the failure, from which calls that are under way unwind.
    let failure = events.last().map_or(evidence.trace.steps.len(), |event| event.step);
    let now = evidence.decisive_step().unwrap_or(failure);
    let under_way: Vec<&Call> =
        evidence.trace.calls.iter().filter(|call| call.steps.end > now).collect();
    let goes_on = |step: usize| {
        let its = &evidence.trace.steps[step];
        // A thread that the learner's code has started works for the call that has started it.
        let is_of = |call: &Call| call.thread == its.thread || evidence.is_own_thread(its.thread);
        let is_own_step = evidence.sources.is_answer(its.below.as_ref().unwrap_or(&its.at));
        is_own_step && under_way.iter().any(|call| call.steps.contains(&step) && is_of(call))
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
pub(super) fn aftermath(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
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
pub(super) fn passes_it_on(evidence: &Evidence<'_>, step: &Step) -> bool {
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
pub(super) fn around_preemptions(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
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
pub(super) fn around_the_decisive_step(
    evidence: &Evidence<'_>,
    events: &[Event],
    relevance: &mut [i32],
) {
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
