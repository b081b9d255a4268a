//! What else is shown where there is room for more rows.

use super::super::evidence::Evidence;
use super::super::foreign_code::runs_where_it_waits;
use super::events::{Event, is_solo};
use super::scope::{SHOWN, Scope};
use record::Operation;
use std::collections::BTreeSet;

/// With fewer rows than this, there is room for what the learner's code does nearby with the objects
/// that the failure is about.
const FEW: usize = 10;

/// With fewer rows than this, there is room for what else the calls do.
const SOME: usize = 14;

/// With fewer rows than this, there is room for what it does nearby with any object.
const VERY_FEW: usize = 7;

/// If there is room, show what else the calls that are shown do, even to what only one thread uses:
/// it may be the fault.
pub(super) fn complete_calls(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
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
pub(super) fn fill(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let end = steps.len();
    let center = evidence.decisive_step().unwrap_or(end);
    // What others did last before everything stood still may be what should have been something else.
    let last = if evidence.stands_still() { FEW } else { 0 };
    let scopes = [
        (Scope::of(evidence), FEW, false, center),
        (Scope::default(), last, false, end),
        (Scope::default(), VERY_FEW, false, center),
        (Scope::default(), VERY_FEW, true, center),
    ];
    for (scope, few, with_solo, center) in scopes {
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

/// If there is room, show the panics of code that the learner's code called, nearest to the failure: what
/// they did to the answer may be the fault, and need not be a step.
pub(super) fn panics_below(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let missing = SOME.saturating_sub(shown.iter().filter(|shown| **shown).count());
    let is_one = |at: &usize| {
        let step = &steps[events[*at].step];
        let is_below = step.below.as_ref().is_some_and(|below| evidence.sources.is_answer(below));
        !shown[*at] && step.operation == Operation::Panic && is_below
    };
    let more: Vec<usize> = (0..events.len()).rev().filter(is_one).take(missing).collect();
    more.into_iter().for_each(|at| shown[at] = true);
}

/// If there is room, show what the same thread has done before to the objects of the call that the
/// failed assertion is about: a wrong result may come from there.
pub(super) fn before_the_asserted(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let missing = SOME.saturating_sub(shown.iter().filter(|shown| **shown).count());
    let Some(call) = evidence.asserted().first().map(|&at| &evidence.trace.calls[at]) else {
        return;
    };
    let within = steps.get(call.steps.clone()).unwrap_or_default();
    let its = within.iter().filter(|step| step.thread == call.thread);
    let objects: BTreeSet<usize> = its.filter_map(|step| step.object).collect();
    let is_one = |at: &usize| {
        let step = &steps[events[*at].step];
        !shown[*at]
            && events[*at].step < call.steps.start
            && step.thread == call.thread
            && step.operation != Operation::Unlock
            && step.object.is_some_and(|object| objects.contains(&object))
            && evidence.sources.is_answer(&step.at)
    };
    let more: Vec<usize> = (0..events.len()).rev().filter(is_one).take(missing).collect();
    more.into_iter().for_each(|at| shown[at] = true);
}

/// If there are few events to show, add what ran before at the learner's statement that a thread waits in
/// for ever, in code that is not the learner's: that the statement ran more than once may be the fault.
pub(super) fn earlier_rounds(evidence: &Evidence<'_>, events: &[Event], shown: &mut [bool]) {
    let steps = &evidence.trace.steps;
    let missing = FEW.saturating_sub(shown.iter().filter(|shown| **shown).count());
    let is_part =
        |at: &usize| !shown[*at] && runs_where_it_waits(evidence, &steps[events[*at].step]);
    let more: Vec<usize> = (0..events.len()).rev().filter(is_part).take(missing).collect();
    more.into_iter().for_each(|at| shown[at] = true);
}

/// Show all events of a loop whose rounds are counted, if any of them is shown: without one of
/// them, the count would be wrong.
pub(super) fn complete_loops(events: &[Event], shown: &mut [bool]) {
    for (index, event) in events.iter().enumerate() {
        if let Some((length, _)) = event.again {
            let whole = index + 1 - length.min(index + 1)..=index;
            if shown[whole.clone()].contains(&true) {
                shown[whole].fill(true);
            }
        }
    }
}
