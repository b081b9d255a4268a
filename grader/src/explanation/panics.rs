//! What is known of the panics in a failing schedule.

use super::evidence::{Evidence, takes};
use record::{Failure, Location, Operation, Panic, Step, StepStatus};

impl<'a> Evidence<'a> {
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
        if self.panicked_since_join() {
            return None;
        }
        if let Some(joined) = self.joined_last()
            && let Some(its) = earlier.iter().rev().find(|panic| panic.thread == joined)
        {
            return Some(its);
        }
        let own = earlier.iter().rev().find(|panic| self.sources.is_answer(&panic.at));
        own.or(earlier.last())
    }

    /// Whether the check's own thread panicked after its last join, and caught that, before it panicked
    /// because of what it had caught. Then no other thread's panic is the cause.
    fn panicked_since_join(&self) -> bool {
        let Some(Failure::Panicked { panic, .. }) = self.failure else { return false };
        let Some(end) = self.step_of(panic) else { return false };
        let mut its =
            self.trace.steps[..end].iter().rev().filter(|step| step.thread == panic.thread);
        let ends = [Operation::Join, Operation::Panic];
        let last = its.find(|step| ends.contains(&step.operation));
        last.is_some_and(|step| step.operation == Operation::Panic && step.below.is_some())
    }

    /// The thread that was joined just before the panic that only passes on what `join` returned.
    fn joined_last(&self) -> Option<usize> {
        let Some(Failure::Panicked { panic, .. }) = self.failure else { return None };
        if !is_second_hand(&panic.message) {
            return None;
        }
        let end = self.step_of(panic)?;
        let mut before =
            self.trace.steps[..end].iter().rev().filter(|step| step.thread == panic.thread);
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

    /// The last step that records a panic of this thread at this place.
    fn step_of(&self, panic: &Panic) -> Option<usize> {
        self.trace.steps.iter().rposition(|step| {
            step.operation == Operation::Panic && step.thread == panic.thread && step.at == panic.at
        })
    }

    /// Whether a panic is that of an assertion in the check.
    pub(super) fn is_failed_assertion(&self, panic: &Panic) -> bool {
        self.sources.is_assertion(&panic.at) && !self.sources.is_answer(&panic.at)
    }

    /// Whether an assertion of the check's failed in a thread, and the check itself passed that on. The
    /// place where it did is of no interest.
    pub(super) fn failed_in_a_thread(&self) -> bool {
        let Some(Failure::Panicked { panic, .. }) = self.failure else { return false };
        self.passed_on().is_some_and(|first| self.is_failed_assertion(first))
            && !self.sources.is_answer(&panic.at)
    }

    /// The learner's statement that ran the code in which `panic` arose, if that was not theirs. `None` for
    /// an assertion: it says itself what is wrong.
    pub(super) fn below<'p>(&'p self, panic: &'p Panic) -> Option<&'p Location> {
        if self.sources.is_assertion(&panic.at) {
            return None;
        }
        let traced = self.step_of(panic).and_then(|at| self.trace.steps[at].below.as_ref());
        // On a real thread, a mark does not tell whether the answer's function has returned since. Code of
        // the check's may well run after it, but a library's panics where it is called.
        let marked = panic.below.as_ref().filter(|_| self.sources.find(&panic.at).is_none());
        traced.or(marked)
    }

    /// Whether the step at `index` acquires a lock that is poisoned, if the failure is about that. An
    /// answer that can clear the poison is not asked.
    pub(super) fn finds_poison(&self, index: usize) -> bool {
        let step = &self.trace.steps[index];
        let acquires = takes(step) && step.how != StepStatus::Blocked && step.object.is_some();
        let before = &self.trace.steps[..index];
        acquires
            && self.meets_poison()
            && before.iter().any(|other| other.object == step.object && other.poisons())
            && !self.sources.answer().text.contains("clear_poison")
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

    /// Whether the step at `index` is a panic of the learner's own code that was not caught. If it has
    /// not ended the check, then something waits on the way out.
    fn unwinds_from_the_answer(&self, index: usize) -> bool {
        let panic = &self.trace.steps[index];
        panic.operation == Operation::Panic
            && !panic.is_caught()
            && self.sources.is_answer(&panic.at)
    }

    /// Whether the failure is that a lock was found poisoned.
    pub(super) fn meets_poison(&self) -> bool {
        self.first_panic().is_some_and(|panic| panic.message.contains("Poison"))
    }
}

/// Whether a panic only passes on what `join` or `scope` returned.
fn is_second_hand(message: &str) -> bool {
    message.contains("Any { .. }") || message.contains("a scoped thread panicked")
}
