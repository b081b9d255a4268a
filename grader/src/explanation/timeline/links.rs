//! Which events explain other ones, so that a reader who sees one of them needs the other: the wait
//! before a wakeup, the holder of a lock that another thread waits for, the write before a read.

use super::super::evidence::{Evidence, takes, waits_for_lock};
use super::super::words::failure::last_holder;
use super::events::Event;
use super::scope::{ESSENTIAL, SHOWN};
use record::{Call, Failure, Operation, Step, StepStatus, Trace, Value};

/// Events below this say little: unlocks, and what no other thread can see.
pub(super) const LITTLE: i32 = 35;

/// If a notification that woke a thread is shown, so are the beginning of that thread's wait and
/// what it does next. If what it does next is shown, so is the notification.
pub(super) fn what_woke_waited(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    let steps = &evidence.trace.steps;
    for (notify, thread) in evidence.woken() {
        let Some(at) = events.iter().position(|event| event.step == notify) else { continue };
        let its = |event: &Event| steps[event.step].thread == thread;
        let waits = |event: &Event| {
            its(event) && matches!(steps[event.step].operation, Operation::Wait | Operation::Park)
        };
        let wait = events[..at].iter().rposition(waits);
        let next = events[at + 1..].iter().position(its).map(|next| at + 1 + next);
        if let Some(next) = next.filter(|&next| relevance[next] >= SHOWN) {
            // That a thread wakes up says nothing unless one sees why.
            relevance[at] = relevance[at].max((relevance[next] + 1).min(ESSENTIAL));
        }
        // Whoever sees a thread wait and then act asks what woke it.
        let acts = (at + 1..events.len()).filter(|&later| its(&events[later]));
        let acts = acts.map(|later| relevance[later]).max();
        if let (Some(wait), Some(acts)) = (wait, acts) {
            relevance[at] = relevance[at].max(relevance[wait].min(acts));
        }
        if relevance[at] < LITTLE {
            continue;
        }
        for other in [wait, next].into_iter().flatten() {
            relevance[other] = relevance[other].max(relevance[at] - 1);
        }
    }
}

/// If a call had the lock of threads that wait for ever, and did not notify them: raise the relevance of
/// what it looked at after that. One of these told it that nobody waits.
pub(super) fn why_nobody_was_notified(
    evidence: &Evidence<'_>,
    events: &[Event],
    relevance: &mut [i32],
) {
    /// At most this many looks are shown.
    const FEW: usize = 3;
    let Some(Failure::LostWakeup { waits, .. }) = evidence.failure else { return };
    let condvars: Vec<usize> = waits.iter().filter_map(|wait| wait.object).collect();
    let Some(holder) = last_holder(evidence, &condvars) else { return };
    let Trace { steps, calls, .. } = &evidence.trace;
    let Some(took) = steps.iter().position(|step| std::ptr::eq(step, holder)) else { return };
    let its = |call: &&Call| call.thread == holder.thread && call.steps.contains(&took);
    let end = calls.iter().find(its).map_or(took, |call| call.steps.end);
    let looks = (0..events.len()).filter(|&at| {
        let step = &steps[events[at].step];
        (took..end).contains(&events[at].step)
            && step.thread == holder.thread
            && matches!(step.value, Some(Value::Unsigned(_) | Value::Signed(_) | Value::Flag(_)))
            && evidence.sources.is_answer(&step.at)
    });
    looks.take(FEW).for_each(|at| relevance[at] = relevance[at].max(ESSENTIAL - 1));
}

/// If threads wait for ever, but not for a lock: raise the relevance of the last call of the learner's code
/// that ended while they waited. It may be the one that should have woken them.
pub(super) fn what_was_called_meanwhile(
    evidence: &Evidence<'_>,
    events: &[Event],
    relevance: &mut [i32],
) {
    /// How many events are kept from the beginning of the call, and how many from its end.
    const ENDS: usize = 2;
    match evidence.failure {
        Some(Failure::Deadlock { cycle, .. }) if cycle.is_empty() => {}
        Some(Failure::LostWakeup { .. }) => {}
        _ => return,
    }
    let Trace { steps, calls, .. } = &evidence.trace;
    let core = evidence.core();
    let last_of = |thread: &usize| steps.iter().rposition(|step| step.thread == *thread);
    let Some(wait) = core.iter().filter_map(last_of).max() else { return };
    let is_it = |call: &&Call| !core.contains(&call.thread) && call.steps.end > wait;
    let Some(call) = calls.iter().filter(is_it).max_by_key(|call| call.steps.end) else { return };
    let its = |&at: &usize| {
        let step = &steps[events[at].step];
        step.thread == call.thread
            && call.steps.contains(&events[at].step)
            && evidence.sources.is_answer(&step.at)
    };
    let of_it: Vec<usize> = (0..events.len()).filter(its).collect();
    let ends = of_it.iter().take(ENDS).chain(of_it.iter().rev().take(ENDS));
    ends.for_each(|&at| relevance[at] = relevance[at].max(ESSENTIAL - 2));
}

/// If the check finds that something took too long: raise the relevance of where a thread waits for a lock
/// while time passes, and of what its holder does meanwhile.
pub(super) fn held_while_time_passed(
    evidence: &Evidence<'_>,
    events: &[Event],
    relevance: &mut [i32],
) {
    if !evidence.is_about_time() {
        return;
    }
    let steps = &evidence.trace.steps;
    for at in 0..events.len() {
        let (event, step) = (&events[at], &steps[events[at].step]);
        let Some(holder) = event.holder.filter(|_| waits_for_lock(step)) else { continue };
        let gets = |later: &&Step| later.thread == step.thread && later.how == StepStatus::Done;
        let until = steps[event.step..].iter().find(gets).map_or(step.clock, |later| later.clock);
        if until == step.clock || !evidence.sources.is_answer(&step.at) {
            continue;
        }
        relevance[at] = relevance[at].max(ESSENTIAL - 1);
        let waits = |event: &Event| {
            let other = &steps[event.step];
            other.thread == holder && other.how == StepStatus::Blocked && other.clock < until
        };
        if let Some(cause) = events.iter().rposition(waits) {
            relevance[cause] = relevance[cause].max(ESSENTIAL - 1);
        }
    }
}

/// Raise the relevance of what explains an event that is shown.
pub(super) fn chains(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    let shown: Vec<usize> = (0..events.len()).filter(|&at| relevance[at] >= LITTLE).collect();
    for at in shown.into_iter().rev() {
        if let Some(link) = explains(evidence, events, at) {
            relevance[link] = relevance[link].max(relevance[at] - 1);
        }
    }
}

/// The event that explains the one at `at`. If a thread waits for a lock, that is where the holder
/// acquired it; if it gets the lock, where it began to wait for it; if it releases the lock, where it
/// acquired it; and if the learner's code receives a message, where another thread sent the last one.
pub(super) fn explains(evidence: &Evidence<'_>, events: &[Event], at: usize) -> Option<usize> {
    let steps = &evidence.trace.steps;
    let (event, step) = (&events[at], &steps[events[at].step]);
    let before = |thread: usize, is_it: &dyn Fn(&Event, &Step) -> bool| {
        events[..at].iter().rposition(|event| {
            let other = &steps[event.step];
            other.thread == thread && other.object == step.object && is_it(event, other)
        })
    };
    let takes_it = |event: &Event, step: &Step| takes(step) && !event.unlocks;
    let blocked = |_: &Event, step: &Step| step.how == StepStatus::Blocked;
    match (step.operation, event.holder) {
        (_, Some(holder)) if step.how == StepStatus::Blocked => before(holder, &takes_it),
        (Operation::Unlock, _) => before(step.thread, &takes_it),
        _ if event.resumes && takes(step) => before(step.thread, &blocked),
        (Operation::Recv, _)
            if step.how != StepStatus::Blocked && evidence.sources.is_answer(&step.at) =>
        {
            events[..at].iter().rposition(|event| {
                let other = &steps[event.step];
                let is_it = other.operation == Operation::Send && other.object == step.object;
                is_it && other.thread != step.thread
            })
        }
        _ => None,
    }
}

/// If an event that is shown reads what another thread wrote, the write is highly relevant. If such
/// an event writes a value, so is what another thread does with it next.
pub(super) fn writes_and_reads(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    const READ: i32 = 70;
    let steps = &evidence.trace.steps;
    let reads = |step: &Step| {
        matches!(step.operation, Operation::Load | Operation::Swap | Operation::CompareExchange)
    };
    let writes = |step: &Step| {
        matches!(step.operation, Operation::Store | Operation::Swap | Operation::CompareExchange)
    };
    let mut wanted = Vec::new();
    for at in (0..events.len()).filter(|&at| relevance[at] >= LITTLE) {
        let step = &steps[events[at].step];
        // What the check writes down for itself needs no explanation.
        if evidence.is_note(step) {
            continue;
        }
        let same = |event: &Event| step.object.is_some() && steps[event.step].object == step.object;
        if reads(step) {
            let is_write =
                |event: &Event| same(event) && steps[event.step].operation != Operation::Load;
            wanted.extend(events[..at].iter().rposition(is_write).map(|write| (at, write)));
        }
        // What happens to the value that it wrote.
        if writes(step) {
            let next = events[at + 1..].iter().position(same);
            wanted.extend(next.map(|next| (at, at + 1 + next)));
        }
    }
    let thread = |at: usize| steps[events[at].step].thread;
    for (_, other) in wanted.into_iter().filter(|&(at, other)| thread(at) != thread(other)) {
        relevance[other] = relevance[other].max(READ);
    }
}
