//! One failed check with everything that is known about it.

use super::names::Names;
use super::sources::Sources;
use crate::graded::{Facts, GradedCheck};
use record::{
    Decisive, Failure, Location, ObjectKind, Operation, Panic, Step, StepStatus, Trace, Value,
};

/// How a check says that it waited in vain on real threads.
pub(super) const FOR_EVER: &str = ", for ever";

/// One check, its failure and its schedule.
pub(super) struct Evidence<'a> {
    pub(super) check: &'a GradedCheck,
    pub(super) sources: &'a Sources,
    /// The failing schedule. It has no steps if there is none.
    pub(super) trace: Trace,
    /// How many steps the schedule has, whether they were recorded or only counted.
    pub(super) recorded: u64,
    pub(super) failure: Option<&'a Failure>,
    pub(super) decisive: Option<Decisive>,
    pub(super) names: Names,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(check: &'a GradedCheck, sources: &'a Sources) -> Self {
        let outcome = match &check.facts {
            Facts::Ended(outcome) => Some(outcome),
            _ => None,
        };
        let failure = outcome.and_then(|outcome| outcome.failure.as_ref());
        let decisive = outcome.and_then(|outcome| outcome.decisive);
        let mut trace = outcome.and_then(|outcome| outcome.trace.clone()).unwrap_or_default();
        if let Some(failure) = failure {
            add_silent_waits(&mut trace, failure);
        }
        // Waits that were added at the end are shown with numbers, so they count too.
        let recorded = trace.steps.len() as u64 + trace.dropped;
        let names = Names::of(&trace, sources);
        Self { check, sources, trace, recorded, failure, decisive, names }
    }

    /// The threads that the failure is about: those in the cycle, those that no thread notifies,
    /// the one that spins, or the one whose panic ended the run.
    pub(super) fn core(&self) -> Vec<usize> {
        match self.failure {
            Some(Failure::Deadlock { waits, cycle }) if !cycle.is_empty() => {
                cycle.iter().filter_map(|&at| waits.get(at)).map(|wait| wait.thread).collect()
            }
            Some(Failure::Deadlock { waits, .. } | Failure::LostWakeup { waits }) => {
                // A thread that waits for another one to finish is only a bystander.
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
            _ => Vec::new(),
        }
    }

    /// The threads that wait for ever at the end of the schedule: those that the failure is about,
    /// and those that wait in the answer's own code.
    pub(super) fn stuck(&self) -> Vec<usize> {
        let (Some(Failure::Deadlock { waits, .. }) | Some(Failure::LostWakeup { waits })) =
            self.failure
        else {
            return Vec::new();
        };
        let mut stuck = self.core();
        let held_up = waits.iter().filter(|wait| self.sources.is_answer(&wait.at));
        stuck.extend(held_up.map(|wait| wait.thread));
        stuck.sort_unstable();
        stuck.dedup();
        stuck
    }

    /// The panic that the failure only passes on, as returned by `join` or `scope`. If the
    /// learner's code passes on a panic that the check raised on purpose, that is a fault in
    /// itself, and this is `None`.
    pub(super) fn passed_on(&self) -> Option<&'a Panic> {
        let Some(Failure::Panicked { panic, earlier }) = self.failure else {
            return None;
        };
        let cause = self.cause_among(earlier).filter(|_| is_second_hand(&panic.message))?;
        let is_own = |panic: &Panic| self.sources.is_answer(&panic.at);
        (is_own(cause) || !is_own(panic)).then_some(cause)
    }

    /// Of several earlier panics, the one that led to a later one: that of the thread that was
    /// joined last before it, or else the last one in the learner's own code, because a check may
    /// panic on purpose, or else the last one.
    pub(super) fn cause_among(&self, earlier: &'a [Panic]) -> Option<&'a Panic> {
        if let Some(joined) = self.joined_last()
            && let Some(its) = earlier.iter().rev().find(|panic| panic.thread == joined)
        {
            return Some(its);
        }
        let own = earlier.iter().rev().find(|panic| self.sources.is_answer(&panic.at));
        own.or(earlier.last())
    }

    /// The thread that was joined just before the panic that only passes on what `join` returned.
    fn joined_last(&self) -> Option<usize> {
        let Some(Failure::Panicked { panic, .. }) = self.failure else { return None };
        if !is_second_hand(&panic.message) {
            return None;
        }
        let steps = &self.trace.steps;
        let is_it = |step: &Step| {
            step.operation == Operation::Panic && step.thread == panic.thread && step.at == panic.at
        };
        let end = steps.iter().rposition(is_it)?;
        let mut before = steps[..end].iter().rev().filter(|step| step.thread == panic.thread);
        before.find(|step| step.operation == Operation::Join)?.target
    }

    /// The panic that the check raised and the learner's code passed on.
    pub(super) fn spread(&self) -> Option<&'a Panic> {
        let Some(Failure::Panicked { panic, earlier }) = self.failure else {
            return None;
        };
        let cause = self.cause_among(earlier).filter(|_| is_second_hand(&panic.message))?;
        self.passed_on().is_none().then_some(cause)
    }

    /// The panic that a step records, if it is part of the failure.
    pub(super) fn panic_of(&self, step: &Step) -> Option<&'a Panic> {
        let Some(Failure::Panicked { panic, earlier }) = self.failure else {
            return None;
        };
        let mut panics = earlier.iter().chain([panic]);
        panics.find(|panic| panic.thread == step.thread && panic.at == step.at)
    }

    /// The learner's statement that ran the code in which `panic` arose, if that was not theirs.
    pub(super) fn below(&self, panic: &Panic) -> Option<&Location> {
        let steps = &self.trace.steps;
        let is_it = |step: &Step| {
            step.operation == Operation::Panic && step.thread == panic.thread && step.at == panic.at
        };
        steps[steps.iter().rposition(is_it)?].below.as_ref()
    }

    /// The step of the last panic before a standstill, if it may have contributed to it: a
    /// panicking thread may leave something behind.
    pub(super) fn panic_before_standstill(&self) -> Option<usize> {
        match self.failure {
            Some(Failure::Deadlock { .. } | Failure::LostWakeup { .. }) => {}
            _ => return None,
        }
        let steps = &self.trace.steps;
        let unwinds = |at: usize| self.ends_a_worker(at) || self.unwinds_from_the_answer(at);
        if let Some(deadly) = (0..steps.len()).rev().find(|&at| unwinds(at)) {
            return Some(deadly);
        }
        let last = steps.iter().rposition(|step| step.operation == Operation::Panic)?;
        // A panic of a thread that had not touched the objects of the failure explains nothing.
        let objects = self.objects_of_the_failure();
        let touches = |step: &Step| {
            step.thread == steps[last].thread
                && step.object.is_some_and(|object| objects.contains(&object))
        };
        // Nor does one that the check has caught and after which it could use them as before.
        let unwinds =
            |step: &Step| self.sources.function(&step.at).is_some_and(|it| it.ends_with("drop"));
        let uses = |step: &Step| step.thread == 0 && touches(step) && takes(step) && !unwinds(step);
        let left_nothing = steps[last].thread == 0 && steps[last..].iter().any(uses);
        (!left_nothing && steps[..last].iter().any(touches)).then_some(last)
    }

    /// Whether the step at `index` is a panic that ends a thread of the answer's. Whoever waits for its
    /// work waits in vain.
    fn ends_a_worker(&self, index: usize) -> bool {
        let panic = &self.trace.steps[index];
        panic.operation == Operation::Panic
            && !panic.is_caught()
            && self.is_own_thread(panic.thread)
    }

    /// Whether the learner's code has started a thread.
    pub(super) fn is_own_thread(&self, thread: usize) -> bool {
        let spawned_at = self.trace.threads.get(thread).and_then(|it| it.spawned_at.as_ref());
        spawned_at.is_some_and(|at| self.sources.is_answer(at))
    }

    /// Whether the step at `index` is a panic of the learner's own code that was not caught. If it has
    /// not ended the check, then something waits on the way out.
    fn unwinds_from_the_answer(&self, index: usize) -> bool {
        let panic = &self.trace.steps[index];
        panic.operation == Operation::Panic
            && !panic.is_caught()
            && self.sources.is_answer(&panic.at)
    }

    /// The thread that the step at `index` preempts, if it does: one that was about to do something
    /// else. A thread that waits for its deadline is not preempted when another one runs.
    pub(super) fn preempted(&self, index: usize) -> Option<usize> {
        let before = index.checked_sub(1).map(|before| &self.trace.steps[before])?;
        let waits = before.how == StepStatus::Blocked || before.operation == Operation::Wait;
        (self.trace.steps[index].preempts && !waits).then_some(before.thread)
    }

    /// Whether the failure is that a lock was found poisoned.
    pub(super) fn meets_poison(&self) -> bool {
        matches!(self.failure, Some(Failure::Panicked { panic, .. }) if panic.message.contains("Poison"))
    }

    /// Whether the check fails because no thread can continue.
    pub(super) fn stands_still(&self) -> bool {
        matches!(self.failure, Some(Failure::Deadlock { .. } | Failure::LostWakeup { .. }))
    }

    /// Whether something went on for ever on real threads, or until it was stopped.
    pub(super) fn waits_for_ever(&self) -> bool {
        match self.failure {
            Some(Failure::Panicked { panic, .. }) => panic.message.contains(FOR_EVER),
            _ => true,
        }
    }

    /// Whether the check only writes something down for itself, in a counter or a list that the
    /// learner's code never touches.
    pub(super) fn is_note(&self, step: &Step) -> bool {
        let Some(object) = step.object else { return false };
        let kind = self.trace.objects.get(object).map(|object| object.kind);
        let is_own = |step: &Step| self.sources.is_answer(&step.at);
        matches!(kind, Some(ObjectKind::Atomic | ObjectKind::Mutex))
            && !self.trace.steps.iter().any(|step| step.object == Some(object) && is_own(step))
    }

    /// Whether no schedule that was tried passes, so that the failure needs no bad luck.
    pub(super) fn needs_no_luck(&self) -> bool {
        self.decisive == Some(Decisive::Start)
    }

    /// The step after which the check could no longer pass.
    pub(super) fn decisive_step(&self) -> Option<usize> {
        match self.decisive {
            Some(Decisive::Step(step)) if step < self.trace.steps.len() => Some(step),
            _ => None,
        }
    }

    /// The objects that the threads of a standstill wait for and hold, and the locks that belong to
    /// the condition variables among them.
    pub(super) fn objects_of_the_failure(&self) -> Vec<usize> {
        let (Some(Failure::Deadlock { waits, .. }) | Some(Failure::LostWakeup { waits })) =
            self.failure
        else {
            return Vec::new();
        };
        let core = self.core();
        let mut objects = Vec::new();
        for wait in waits.iter().filter(|wait| core.contains(&wait.thread)) {
            objects.extend(wait.object);
            objects.extend(wait.holds.iter().map(|held| held.object));
            if matches!(wait.operation, Operation::Wait | Operation::Relock) {
                objects.extend(self.lock_of_wait(wait.thread));
            }
        }
        objects.sort_unstable();
        objects.dedup();
        objects
    }

    /// The lock that `thread` acquired last before its last wait on a condition variable.
    pub(super) fn lock_of_wait(&self, thread: usize) -> Option<usize> {
        let mut own = self.trace.steps.iter().rev().filter(|step| step.thread == thread);
        own.by_ref().find(|step| step.operation == Operation::Wait)?;
        own.find(|step| takes(step))?.object
    }

    /// Whether the schedule has enough steps of the learner's code to be told by these, and not by the
    /// calls that had none.
    pub(super) fn has_many_own_steps(&self) -> bool {
        const MANY: usize = 7;
        let tells = |step: &&Step| {
            let nothing = [Operation::Call, Operation::Now, Operation::Unlock, Operation::Spawn];
            self.sources.is_answer(&step.at) && !nothing.contains(&step.operation)
        };
        self.trace.steps.iter().filter(tells).take(MANY).count() == MANY
    }

    /// Which thread was woken by which notification, as far as the schedule shows it: pairs of the
    /// index of the step that notifies, and the thread.
    pub(super) fn woken(&self) -> Vec<(usize, usize)> {
        let steps = &self.trace.steps;
        let mut woken = Vec::new();
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        // Notifications, with how many threads each can still wake and which threads those may be.
        let mut sent: Vec<(usize, usize, u32, Vec<usize>)> = Vec::new();
        let leave = |sent: &mut Vec<(usize, usize, u32, Vec<usize>)>, object, thread| {
            let here = sent.iter_mut().filter(|(_, at, ..)| *at == object);
            here.for_each(|(.., who)| who.retain(|other| *other != thread));
        };
        for (index, step) in steps.iter().enumerate() {
            let Some(object) = step.object else { continue };
            match (step.operation, step.how) {
                (Operation::Wait, StepStatus::Done) => waiting.push((step.thread, object)),
                (Operation::NotifyOne | Operation::NotifyAll, _) => {
                    if let Some(Value::Woken(count @ 1..)) = step.value {
                        let here = waiting.iter().filter(|(_, at)| *at == object);
                        sent.push((index, object, count, here.map(|(who, _)| *who).collect()));
                    }
                }
                (Operation::Relock, StepStatus::Done) => {
                    waiting.retain(|waiter| *waiter != (step.thread, object));
                    let taken = sent.iter_mut().find(|(_, at, left, who)| {
                        *at == object && *left > 0 && who.contains(&step.thread)
                    });
                    if let Some((notify, _, left, _)) = taken {
                        *left -= 1;
                        woken.push((*notify, step.thread));
                    }
                    leave(&mut sent, object, step.thread);
                }
                (Operation::Relock, StepStatus::TimedOut | StepStatus::Spurious) => {
                    waiting.retain(|waiter| *waiter != (step.thread, object));
                    leave(&mut sent, object, step.thread);
                }
                _ => {}
            }
        }
        // Those that were woken, but did not get any further.
        for (notify, _, left, who) in sent {
            if who.len() <= left as usize {
                woken.extend(who.into_iter().map(|thread| (notify, thread)));
            }
        }
        woken
    }
}

/// Whether a panic only passes on what `join` or `scope` returned.
fn is_second_hand(message: &str) -> bool {
    message.contains("Any { .. }") || message.contains("a scoped thread panicked")
}

/// Whether a step acquires a lock.
pub(super) fn takes(step: &Step) -> bool {
    match step.operation {
        Operation::Lock | Operation::Read | Operation::Write => step.how == StepStatus::Done,
        Operation::TryLock | Operation::TryRead | Operation::TryWrite => {
            step.value != Some(Value::Flag(false))
        }
        _ => false,
    }
}

/// Appends a blocked step for each thread that waits without one. A thread may announce an
/// operation that could still be done, and be preempted before it does it; by the time it would
/// run, it has to wait. The schedule has no step for that moment.
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
        if last.is_some_and(|step| {
            step.how == StepStatus::Blocked || step.operation == Operation::Exit
        }) {
            continue;
        }
        trace.steps.push(Step {
            thread: wait.thread,
            operation: wait.operation,
            object: wait.object,
            target: wait.joins,
            at: wait.at.clone(),
            how: StepStatus::Blocked,
            value: None,
            preempts: false,
            clock,
            called_from: None,
            below: None,
        });
    }
}
