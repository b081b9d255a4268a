//! Threads that the failed assertion names, and that still wait: what woke others in their place.

use super::evidence::Evidence;
use record::{Operation, StepStatus};

/// A thread that waits although others were woken since.
pub(super) struct PassedOver {
    /// The thread.
    pub(super) thread: usize,
    /// The step with which it began to wait, in the learner's code.
    pub(super) wait: usize,
    /// The later notifications of what it waits for that woke other threads: each step with one of those
    /// threads.
    pub(super) notifications: Vec<(usize, usize)>,
}

impl PassedOver {
    /// All those of a failed check, in the order of their numbers.
    pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Self> {
        let named = evidence.named_threads().into_iter();
        named.filter_map(|thread| Self::of(evidence, thread)).collect()
    }

    fn of(evidence: &Evidence<'_>, thread: usize) -> Option<Self> {
        let steps = &evidence.trace.steps;
        let last = steps.iter().rposition(|step| step.thread == thread)?;
        let step = &steps[last];
        // Whoever is parked is woken by name, so nobody is woken in its place.
        let object = step.object?;
        if step.how != StepStatus::Blocked || !evidence.sources.is_answer(&step.at) {
            return None;
        }
        // A wait on a condition variable is two steps: the wait, and that it cannot have its lock back.
        let begins = |at: &usize| {
            let before = &steps[*at];
            before.thread == thread && before.operation == Operation::Wait && before.at == step.at
        };
        let wait = match step.operation {
            Operation::Relock => (0..last).rev().find(begins)?,
            _ => last,
        };
        let woken = evidence.woken().into_iter();
        let is_it = |&(at, other): &(usize, usize)| {
            at > wait && other != thread && steps[at].object == Some(object)
        };
        Some(Self { thread, wait, notifications: woken.filter(is_it).collect() })
    }
}
