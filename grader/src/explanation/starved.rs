//! Who waited while others went in, in a check that fails because a thread was overtaken.

use super::evidence::Evidence;
use crate::verdict::Verdict;
use record::{Operation, StepStatus};
use std::ops::Range;

/// A wait during which other threads went in.
#[derive(Debug)]
pub(super) struct Overtaken {
    /// The thread that waited.
    pub(super) thread: usize,
    /// The steps from the beginning of its wait to the end.
    pub(super) steps: Range<usize>,
}

impl Overtaken {
    /// The longest wait in the learner's code, by the clock. `None` if the check fails for another
    /// reason.
    pub(super) fn of(evidence: &Evidence<'_>) -> Option<Self> {
        if evidence.check.verdict != Verdict::Starvation {
            return None;
        }
        let steps = &evidence.trace.steps;
        let lasts = |range: &Range<usize>| steps[range.end].clock - steps[range.start].clock;
        let threads = 0..evidence.trace.threads.len();
        let waits = threads.flat_map(|thread| {
            let steps = waits(evidence, thread).into_iter();
            steps.map(move |steps| Self { thread, steps })
        });
        waits.max_by_key(|wait| lasts(&wait.steps))
    }
}

/// The waits of a thread in the learner's code. A thread that wakes up and waits again without doing
/// anything else has waited all the time.
fn waits(evidence: &Evidence<'_>, thread: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut since: Option<usize> = None;
    let steps = evidence.trace.steps.iter().enumerate();
    for (at, step) in steps.filter(|(_, step)| step.thread == thread) {
        let begins = step.how == StepStatus::Blocked || step.operation == Operation::Wait;
        let is_between = matches!(step.operation, Operation::Relock | Operation::Now);
        if begins && evidence.sources.is_answer(&step.at) {
            since.get_or_insert(at);
        } else if !is_between && let Some(since) = since.take() {
            found.push(since..at);
        }
    }
    found
}
