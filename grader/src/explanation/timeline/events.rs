//! From the steps of a record to events: steps that belong together become one event, and steps
//! that cannot matter become none.

use super::super::evidence::{Evidence, takes};
use super::super::foreign_code::runs_where_it_waits;
use super::super::holders::Holders;
use super::super::scene;
use super::length::Length;
use record::{Failure, ObjectKind, Operation, Step, StepStatus};

/// One or a few steps that are shown as one.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// The step that represents it.
    pub(super) step: usize,
    /// The thread begins to wait although the step itself is done: a wait on a condition variable.
    pub(super) begins_wait: bool,
    /// The thread had been waiting for this.
    pub(super) resumes: bool,
    /// The lock is released before anything else is shown.
    pub(super) unlocks: bool,
    /// The thread that holds what this one waits for.
    pub(super) holder: Option<usize>,
    /// A loop that ends here: how many events a round has, and how many more rounds follow.
    pub(super) again: Option<(usize, u64)>,
    /// How many other threads do the same next.
    pub(super) others: u64,
    /// The innermost call that it belongs to, as an index into the trace's calls.
    pub(super) call: Option<usize>,
}

/// The events of a schedule.
pub(super) fn of(evidence: &Evidence<'_>, length: Length) -> Vec<Event> {
    let steps = &evidence.trace.steps;
    let mut holders = Holders::default();
    let mut events: Vec<Event> = Vec::new();
    // The index of a thread's last step.
    let last_of = |thread: usize| steps.iter().rposition(|step| step.thread == thread);
    let end = match length {
        Length::Short => cause(evidence),
        Length::Whole => steps.len(),
    };
    let begins = match length {
        Length::Short => scene::begins(evidence),
        Length::Whole => 0,
    };
    for (index, step) in steps.iter().enumerate() {
        let holder = if step.how == StepStatus::Blocked { holders.of(step) } else { None };
        holders.follow(evidence, step);
        if index < begins {
            continue;
        }
        let before = steps[..index].iter().rev().find(|other| other.thread == step.thread);
        let resumes = before.is_some_and(|before| {
            before.how == StepStatus::Blocked && step.how != StepStatus::Blocked
                || before.operation == Operation::Wait && step.operation == Operation::Relock
        });
        let event = Event {
            step: index,
            begins_wait: false,
            resumes,
            unlocks: false,
            holder,
            again: None,
            others: 0,
            call: evidence.calls_around(index).next_back(),
        };
        if length == Length::Short {
            if let Some(last) =
                events.iter_mut().rev().find(|e| steps[e.step].thread == step.thread)
                && step.operation == Operation::Relock
                && step.how == StepStatus::Blocked
                && steps[last.step].operation == Operation::Wait
            {
                last.begins_wait = true;
                continue;
            }
            // Woken, and waiting again without having done anything else: one row says both.
            if step.operation == Operation::Wait
                && let Some(last) = events.last_mut()
                && steps[last.step].thread == step.thread
                && steps[last.step].operation == Operation::Relock
                && steps[last.step].how == StepStatus::Done
                && (steps[last.step].object, &steps[last.step].at) == (step.object, &step.at)
                && evidence.decisive_step() != Some(last.step)
            {
                *last = Event { resumes: true, begins_wait: true, ..event };
                continue;
            }
            // The panic that the failure passes on comes before the one that ends the check.
            let surfaces = evidence.panic_of(step).is_some() && !evidence.failed_in_a_thread();
            let aftermath = index > end && !surfaces;
            let is_decisive = evidence.decisive_step() == Some(index);
            // The thread's next step shows that its sleep is over.
            let wakes = step.operation == Operation::Sleep
                && step.how == StepStatus::TimedOut
                && last_of(step.thread) != Some(index)
                && !is_decisive;
            let matters =
                is_decisive || !cannot_matter(evidence, index, last_of(step.thread) == Some(index));
            if aftermath || wakes || !matters {
                continue;
            }
            // It has arrived at the barrier, and waits there.
            if step.operation == Operation::BarrierWait
                && step.how == StepStatus::Blocked
                && let Some(last) = events.iter().rposition(|e| steps[e.step].thread == step.thread)
                && steps[events[last].step].operation == Operation::BarrierWait
                && steps[events[last].step].how == StepStatus::Done
                && steps[events[last].step].object == step.object
                && events[last].step + 1 == index
            {
                events.truncate(last);
            }
            // The wait needs no row of its own: nothing else is shown meanwhile.
            if resumes
                && step.how == StepStatus::Done
                && let Some(last) = events.last()
                && steps[last.step].how == StepStatus::Blocked
                && steps[last.step].thread == step.thread
                && steps[last.step].operation == step.operation
            {
                events.pop();
                events.push(Event { resumes: false, ..event });
                continue;
            }
            if step.operation == Operation::Unlock
                && let Some(last) = events.last_mut()
                && steps[last.step].thread == step.thread
                && steps[last.step].object == step.object
                && takes(&steps[last.step])
            {
                last.unlocks = true;
                continue;
            }
        }
        events.push(event);
    }
    events
}

/// The step after which nothing matters any more: the failure, or the panic that the failure only
/// passes on.
fn cause(evidence: &Evidence<'_>) -> usize {
    let steps = &evidence.trace.steps;
    if let Some(first) = evidence.passed_on() {
        let its = |step: &Step| {
            step.operation == Operation::Panic && step.thread == first.thread && step.at == first.at
        };
        return steps.iter().position(its).unwrap_or(steps.len());
    }
    // After the failure, the check's own thread only releases what it holds.
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return steps.len();
    };
    let fails = |step: &Step| {
        let is_panic = step.operation == Operation::Panic;
        is_panic && step.thread == 0 && (panic.thread, &panic.at) == (0, &step.at)
    };
    steps.iter().rposition(fails).unwrap_or(steps.len())
}

/// Whether a lock is poisoned when it is released after the step at `index` acquired it.
pub(super) fn poisons_in_the_end(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let its = |step: &&Step| {
        step.operation == Operation::Unlock
            && (step.thread, step.object) == (steps[index].thread, steps[index].object)
    };
    steps[index..].iter().find(its).is_some_and(Step::poisons)
}

/// Whether a step cannot be part of any fault. `is_last`: the thread does nothing after it.
fn cannot_matter(evidence: &Evidence<'_>, index: usize, is_last: bool) -> bool {
    let step = &evidence.trace.steps[index];
    let own = evidence.sources.is_answer(&step.at);
    let spinning =
        matches!(evidence.failure, Some(Failure::BusyWait { .. } | Failure::Livelock { .. }));
    match step.operation {
        Operation::Start | Operation::Exit | Operation::Statement => true,
        // From when on the time counts.
        Operation::Now => {
            !(own && evidence.is_about_time() && is_first_of_its_call(evidence, index))
        }
        // Where there are other steps to show, these say more, unless the assertion that fails next is
        // about this call.
        Operation::Call => {
            evidence.has_many_own_steps()
                && !evidence.is_last_before_failure(index)
                && !evidence.ends_early(index)
        }
        // A thread started by the answer is part of what the answer does.
        Operation::Spawn => !own,
        Operation::Join | Operation::ScopeEnd if step.how == StepStatus::Blocked && own => false,
        // It has waited, but its threads may still be at work.
        Operation::ScopeEnd if own && has_waited(evidence, index) => false,
        Operation::Join | Operation::ScopeEnd => {
            let stands = matches!(
                evidence.failure,
                Some(Failure::Deadlock { .. } | Failure::LostWakeup { .. })
            );
            // A check that joins its threads says nothing, unless the failure is about that wait.
            !(stands
                && is_last
                && step.how == StepStatus::Blocked
                && evidence.core().contains(&step.thread))
        }
        Operation::YieldNow | Operation::SpinLoop | Operation::IsFinished => !spinning && !own,
        _ => !own && is_solo(evidence, step) && !runs_where_it_waits(evidence, step),
    }
}

/// Whether a step is the first of its kind in the call that it belongs to.
fn is_first_of_its_call(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let Some(call) = evidence.calls_around(index).next_back() else { return false };
    let mut before = steps[evidence.trace.calls[call].steps.start..index].iter();
    !before
        .any(|step| step.thread == steps[index].thread && step.operation == steps[index].operation)
}

/// Whether the thread's previous step was the beginning of a wait.
fn has_waited(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let before = steps[..index].iter().rev().find(|step| step.thread == steps[index].thread);
    before.is_some_and(|step| step.how == StepStatus::Blocked)
}

/// Whether only one thread ever touches a step's object: a lock or a value that no other thread
/// uses. An object that threads wait on never counts as one.
pub(super) fn is_solo(evidence: &Evidence<'_>, step: &Step) -> bool {
    let Some(object) = step.object else {
        return false;
    };
    let kind = evidence.trace.objects.get(object).map(|object| object.kind);
    let private = matches!(
        kind,
        Some(
            ObjectKind::Mutex
                | ObjectKind::RwLock
                | ObjectKind::Atomic
                | ObjectKind::Once
                | ObjectKind::OnceLock
                | ObjectKind::LazyLock
        )
    );
    private
        && evidence.trace.threads.len() > 1
        && evidence.uses.has_one_user(object, step.thread)
        && !is_one_of_several(evidence, step, object)
}

/// Whether another thread does the same at the same place in the answer, but on a different object:
/// a lock that each thread has to itself protects nothing.
fn is_one_of_several(evidence: &Evidence<'_>, step: &Step, object: usize) -> bool {
    evidence.sources.is_answer(&step.at) && evidence.uses.is_done_to_another(step, object)
}
