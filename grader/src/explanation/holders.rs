//! Who holds which lock.

use super::evidence::{Evidence, takes};
use record::{ObjectKind, Operation, Step, StepStatus};

/// Which thread holds which lock, tracked from step to step.
#[derive(Default)]
pub(super) struct Holders {
    /// Thread and lock.
    held: Vec<(usize, usize)>,
    /// Thread and the lock that it released to wait on a condition variable.
    given_up: Vec<(usize, usize)>,
}

impl Holders {
    /// Who holds what `step` works on.
    pub(super) fn of(&self, step: &Step) -> Option<usize> {
        self.held.iter().find(|(_, object)| Some(*object) == step.object).map(|(thread, _)| *thread)
    }

    /// Notes what `step` acquires and releases.
    pub(super) fn follow(&mut self, evidence: &Evidence<'_>, step: &Step) {
        let thread = step.thread;
        match (step.operation, step.object) {
            (_, Some(object)) if takes(step) => self.held.push((thread, object)),
            (Operation::Unlock, Some(object)) => self.release((thread, object)),
            (Operation::Wait, _) => {
                let is_mutex = |object: usize| {
                    let info = evidence.trace.objects.get(object);
                    info.is_some_and(|object| object.kind == ObjectKind::Mutex)
                };
                let last = self
                    .held
                    .iter()
                    .rev()
                    .find(|held| held.0 == thread && is_mutex(held.1))
                    .copied();
                if let Some(last) = last {
                    self.release(last);
                    self.given_up.push(last);
                }
            }
            (Operation::Relock, _) if step.how != StepStatus::Blocked => {
                if let Some(at) = self.given_up.iter().position(|held| held.0 == thread) {
                    self.held.push(self.given_up.swap_remove(at));
                }
            }
            _ => {}
        }
    }

    fn release(&mut self, held: (usize, usize)) {
        if let Some(at) = self.held.iter().rposition(|other| *other == held) {
            self.held.remove(at);
        }
    }
}

impl Evidence<'_> {
    /// The thread that holds the lock which the step at `index` tries to acquire. `None` if nobody does, or
    /// if steps are missing from the schedule.
    pub(super) fn holder(&self, index: usize) -> Option<usize> {
        let mut holders = Holders::default();
        let known = self.trace.dropped == 0;
        self.trace.steps[..index].iter().filter(|_| known).for_each(|it| holders.follow(self, it));
        holders.of(&self.trace.steps[index])
    }
}
