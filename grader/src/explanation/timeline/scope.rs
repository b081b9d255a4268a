//! How relevant a step is by itself, by what it does and to what.

use super::super::evidence::{Evidence, takes};
use super::super::overflow::overflows;
use super::super::words::failure::{last_holder, telling_notification};
use super::events::is_solo;
use record::{Failure, Operation, Step, StepStatus, Value};

/// Events below this are never shown: they have nothing to do with the failure.
pub(super) const SHOWN: i32 = 22;

/// For what is only better than nothing.
pub(super) const LEAST: i32 = 15;

/// Events that must be seen to understand the failure.
pub(super) const ESSENTIAL: i32 = 100;

/// What a failure is about, as far as that is known. By default, anything may matter.
#[derive(Default)]
pub(super) struct Scope {
    /// The threads and objects of a standstill. Empty if everything may matter.
    threads: Vec<usize>,
    objects: Vec<usize>,
    panic: Option<usize>,
    /// The notification that did not help the threads that wait for ever, and where another thread last
    /// held their lock without notifying them.
    last: Vec<usize>,
}

impl Scope {
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        let objects = evidence.objects_of_the_failure();
        let mut threads = evidence.stuck();
        if let Some(Failure::Deadlock { waits, .. }) = evidence.failure {
            threads.extend(waits.iter().flat_map(|wait| &wait.held_by));
        }
        let panic = evidence.panic_before_standstill();
        threads.extend(panic.map(|at| evidence.trace.steps[at].thread));
        Self { threads, objects, panic, last: last_notifications(evidence) }
    }

    /// How relevant a step is by itself.
    pub(super) fn rate(&self, evidence: &Evidence<'_>, index: usize) -> i32 {
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
        if is_held_at_the_end(evidence, step) || self.last.contains(&index) {
            return 95;
        }
        // A deadline that passes while everybody waits is nothing odd.
        let is_early = step.how == StepStatus::TimedOut && step.preempts;
        if step.how == StepStatus::Spurious || is_early {
            return 90 + about;
        }
        if overflows(step) {
            return 97;
        }
        if is_solo(evidence, step) {
            return LEAST + about;
        }
        let kind = match step.operation {
            Operation::Call if evidence.ends_early(index) => 56,
            Operation::Call => return LEAST,
            // Nothing came of it.
            Operation::NotifyOne | Operation::NotifyAll if step.value == Some(Value::Woken(0)) => {
                if evidence.stands_still() || own {
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
            Operation::Unlock if step.poisons() && evidence.meets_poison() => 58,
            Operation::Unlock => 20,
            Operation::Join | Operation::ScopeEnd if step.how == StepStatus::Blocked => 52,
            Operation::Spawn if self.starts_a_stuck_thread(step) => 55,
            Operation::Spawn => 45,
            Operation::Join | Operation::ScopeEnd | Operation::Disconnect => 30,
            // Only the reading of the clock with which a call begins is an event.
            Operation::Now => 64,
            // Few programs have a reason to sleep.
            Operation::Sleep if own => 64,
            // The clock that people set is no measure of time.
            Operation::SystemNow if step.value == Some(Value::Flag(true)) => 70,
            Operation::SystemNow => LEAST,
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

/// The steps of the notification that did not help the threads that wait for ever, and of where another
/// thread last held their lock without notifying them.
fn last_notifications(evidence: &Evidence<'_>) -> Vec<usize> {
    let Some(Failure::LostWakeup { waits, .. }) = evidence.failure else {
        return Vec::new();
    };
    let condvars: Vec<usize> = waits.iter().filter_map(|wait| wait.object).collect();
    let last = [last_holder(evidence, &condvars), telling_notification(evidence, &condvars)];
    let steps = &evidence.trace.steps;
    let index = |it: &Step| steps.iter().position(|step| std::ptr::eq(step, it));
    last.into_iter().flatten().filter_map(index).collect()
}
