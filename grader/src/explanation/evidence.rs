//! One failed check with everything that is known about it.

use super::names::Names;
use super::sources::Sources;
use super::uses::Uses;
use crate::graded::{Facts, GradedCheck};
use crate::verdict::Verdict;
use record::{Decisive, Failure, ObjectKind, Operation, Step, StepStatus, Trace, Value, Wait};
use std::collections::BTreeMap;

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
    pub(super) uses: Uses,
    /// For each step, the calls that it belongs to.
    around: Vec<Vec<usize>>,
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
        let (names, uses) = (Names::of(&trace, sources), Uses::of(&trace, sources));
        let around = calls_around(&trace);
        Self { check, sources, trace, recorded, failure, decisive, names, uses, around }
    }

    /// The threads that the failure is about: those in the cycle, those that no thread notifies,
    /// the one that spins, or the one whose panic ended the run.
    pub(super) fn core(&self) -> Vec<usize> {
        match self.failure {
            Some(Failure::Deadlock { waits, cycle }) if !cycle.is_empty() => {
                cycle.iter().filter_map(|&at| waits.get(at)).map(|wait| wait.thread).collect()
            }
            Some(Failure::Deadlock { waits, .. } | Failure::LostWakeup { waits, .. }) => {
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
        let (Some(Failure::Deadlock { waits, .. }) | Some(Failure::LostWakeup { waits, .. })) =
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

    /// The wait of a thread that waits for ever for other threads to end.
    pub(super) fn joins(&self, thread: usize) -> Option<&'a Wait> {
        let (Some(Failure::Deadlock { waits, .. }) | Some(Failure::LostWakeup { waits, .. })) =
            self.failure
        else {
            return None;
        };
        waits.iter().find(|wait| {
            wait.thread == thread && matches!(wait.operation, Operation::Join | Operation::ScopeEnd)
        })
    }

    /// Whether the learner's code has started a thread.
    pub(super) fn is_own_thread(&self, thread: usize) -> bool {
        let spawned_at = self.trace.threads.get(thread).and_then(|it| it.spawned_at.as_ref());
        spawned_at.is_some_and(|at| self.sources.is_answer(at))
    }

    /// The thread that the step at `index` preempts, if it does: one that was about to do something
    /// else. A thread that waits for its deadline is not preempted when another one runs.
    pub(super) fn preempted(&self, index: usize) -> Option<usize> {
        let before = index.checked_sub(1).map(|before| &self.trace.steps[before])?;
        let waits = before.how == StepStatus::Blocked || before.operation == Operation::Wait;
        (self.trace.steps[index].preempts && !waits).then_some(before.thread)
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
        matches!(kind, Some(ObjectKind::Atomic | ObjectKind::Mutex))
            && !self.uses.is_used_by_answer(object)
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
        let (Some(Failure::Deadlock { waits, .. }) | Some(Failure::LostWakeup { waits, .. })) =
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

    /// The calls that the step at `index` belongs to, the outermost first, as indices into the trace's
    /// calls.
    pub(super) fn calls_around(&self, index: usize) -> impl DoubleEndedIterator<Item = usize> {
        self.around[index].iter().copied()
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

    /// Whether the check fails because something took too long or was over too soon.
    pub(super) fn is_about_time(&self) -> bool {
        matches!(self.failure, Some(Failure::Panicked { panic, .. })
            if self.check.verdict == Verdict::NotParallel
                || self.sources.examines_time(&panic.at)
                || panic.message.contains("time in µs"))
    }

    /// Which thread was woken by which notification, as far as the schedule shows it: pairs of the
    /// index of the step that notifies or unparks, and the thread.
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
            if let (Operation::Unpark, Some(target)) = (step.operation, step.target) {
                let last = steps[..index].iter().rev().find(|step| step.thread == target);
                let parked = |last: &Step| {
                    last.operation == Operation::Park && last.how == StepStatus::Blocked
                };
                if last.is_some_and(parked) {
                    woken.push((index, target));
                }
            }
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

/// Whether a thread has to wait for a lock from this step on.
pub(super) fn waits_for_lock(step: &Step) -> bool {
    let is_lock = matches!(step.operation, Operation::Lock | Operation::Read | Operation::Write);
    is_lock && step.how == StepStatus::Blocked
}

/// For each step, the calls that it belongs to, the outermost first.
fn calls_around(trace: &Trace) -> Vec<Vec<usize>> {
    let mut of_thread: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, step) in trace.steps.iter().enumerate() {
        of_thread.entry(step.thread).or_default().push(index);
    }
    let mut around = vec![Vec::new(); trace.steps.len()];
    for (call, it) in trace.calls.iter().enumerate() {
        let steps = of_thread.get(&it.thread).map_or(&[][..], Vec::as_slice);
        let from = steps.partition_point(|&step| step < it.steps.start);
        let its = steps[from..].iter().take_while(|&&step| step < it.steps.end);
        its.for_each(|&step| around[step].push(call));
    }
    around
}

/// Appends a blocked step for each thread that waits without one. A thread may announce an
/// operation that could still be done, and be preempted before it does it; by the time it would
/// run, it has to wait. The schedule has no step for that moment.
fn add_silent_waits(trace: &mut Trace, failure: &Failure) {
    let (Failure::Deadlock { waits, .. }
    | Failure::LostWakeup { waits, .. }
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
            gone_at: None,
        });
    }
}
