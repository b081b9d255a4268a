//! One failed check with everything that is needed to tell of it.

use super::names::Names;
use super::sources::Sources;
use crate::graded::{Facts, GradedCheck};
use record::{Failure, How, Operation, Step, Trace};

/// One check, its failure and its schedule.
pub(super) struct Scene<'a> {
    pub(super) check: &'a GradedCheck,
    pub(super) sources: &'a Sources,
    /// The failing schedule; without a step where there is none.
    pub(super) trace: Trace,
    /// Steps of the schedule, as far as they were recorded or counted.
    pub(super) recorded: u64,
    pub(super) failure: Option<&'a Failure>,
    pub(super) names: Names,
}

impl<'a> Scene<'a> {
    pub(super) fn of(check: &'a GradedCheck, sources: &'a Sources) -> Self {
        let outcome = match &check.facts {
            Facts::Ended(outcome) => Some(outcome),
            _ => None,
        };
        let failure = outcome.and_then(|outcome| outcome.failure.as_ref());
        let mut trace = outcome.and_then(|outcome| outcome.trace.clone()).unwrap_or_default();
        let recorded = trace.steps.len() as u64 + trace.dropped;
        if let Some(failure) = failure {
            add_silent_waits(&mut trace, failure);
        }
        let names = Names::of(&trace, sources);
        Self { check, sources, trace, recorded, failure, names }
    }

    /// The threads that the failure is about: those in the ring, those that nobody notifies, the
    /// one that spins, the one whose panic ended it.
    pub(super) fn core(&self) -> Vec<usize> {
        match self.failure {
            Some(Failure::Deadlock { waits, cycle }) if !cycle.is_empty() => {
                cycle.iter().filter_map(|&at| waits.get(at)).map(|wait| wait.thread).collect()
            }
            Some(Failure::Deadlock { waits, .. } | Failure::LostWakeup { waits }) => {
                // Who waits for another thread to finish is only a bystander.
                let roots: Vec<usize> = waits
                    .iter()
                    .filter(|wait| wait.joins.is_none() && wait.operation != Operation::ScopeEnd)
                    .map(|wait| wait.thread)
                    .collect();
                if roots.is_empty() {
                    waits.iter().map(|wait| wait.thread).collect()
                } else {
                    roots
                }
            }
            Some(Failure::BusyWait { thread, .. }) => vec![*thread],
            Some(Failure::Livelock { threads, .. }) => threads.clone(),
            Some(Failure::Panicked { panic, .. }) => vec![panic.thread],
            Some(Failure::Refused { .. }) | None => Vec::new(),
        }
    }

    /// The threads that wait for ever at the end of the schedule, and are part of the fault.
    pub(super) fn stuck(&self) -> Vec<usize> {
        match self.failure {
            Some(Failure::Deadlock { .. } | Failure::LostWakeup { .. }) => self.core(),
            _ => Vec::new(),
        }
    }
}

/// A thread may announce an operation that could still be done, and be preempted before it does it;
/// by the time it would run, it has to wait. A schedule has no step for that moment, so its end gets
/// one: here the thread waits.
fn add_silent_waits(trace: &mut Trace, failure: &Failure) {
    let (Failure::Deadlock { waits, .. }
    | Failure::LostWakeup { waits }
    | Failure::BusyWait { waits, .. }) = failure
    else {
        return;
    };
    let Some(clock) = trace.steps.last().map(|step| step.clock) else {
        return;
    };
    for wait in waits {
        let last = trace.steps.iter().rev().find(|step| step.thread == wait.thread);
        if last.is_some_and(|step| step.how == How::Blocked || step.operation == Operation::Exit) {
            continue;
        }
        trace.steps.push(Step {
            thread: wait.thread,
            operation: wait.operation,
            object: wait.object,
            target: wait.joins,
            at: wait.at.clone(),
            how: How::Blocked,
            value: None,
            preempts: false,
            clock,
        });
    }
}
