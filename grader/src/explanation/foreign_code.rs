//! Code that is not the learner's, run by one of the learner's statements.

use super::evidence::Evidence;
use record::{Call, Location, Step};

/// Whether a step is part of what a thread runs, over and over, at the learner's statement in which it
/// waits for ever at the end.
pub(super) fn runs_where_it_waits(evidence: &Evidence<'_>, step: &Step) -> bool {
    let steps = &evidence.trace.steps;
    let last = || steps.iter().rev().find(|other| other.thread == step.thread);
    step.called_from.is_some()
        && evidence.stuck().contains(&step.thread)
        && last().is_some_and(|last| last.called_from == step.called_from)
}

/// The learner's statement that runs code of somebody else's which calls the learner's function that the
/// step at `index` is within, and that call.
pub(super) fn calls_back<'a>(
    evidence: &'a Evidence<'_>,
    index: usize,
) -> Option<(&'a Location, &'a Call)> {
    let innermost = evidence.calls_around(index).next_back()?;
    let innermost = &evidence.trace.calls[innermost];
    let from = innermost.called_from.as_ref()?;
    let is_it = evidence.sources.runs_other_code(from, &innermost.function);
    is_it.then_some((from, innermost))
}
