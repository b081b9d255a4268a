//! Which threads use an object in a schedule, worked out once: schedules may have thousands of steps,
//! and much is asked of each of them.

use super::sources::Sources;
use record::{Location, Operation, Step, Trace};
use std::collections::{HashMap, HashSet};

/// The uses of a schedule's objects.
#[derive(Default)]
pub(super) struct Uses {
    /// By object.
    users: HashMap<usize, Users>,
    /// By place and operation: which thread did it to which object.
    done: HashMap<(Location, Operation), HashSet<(usize, usize)>>,
}

/// Who uses an object.
#[derive(Clone, Copy)]
struct Users {
    /// The thread that uses it first.
    first: usize,
    /// Whether another one does as well.
    has_others: bool,
    /// Whether the answer's code uses it.
    is_used_by_answer: bool,
}

impl Uses {
    pub(super) fn of(trace: &Trace, sources: &Sources) -> Self {
        let mut uses = Self::default();
        for step in &trace.steps {
            let Some(object) = step.object else { continue };
            let new = Users { first: step.thread, has_others: false, is_used_by_answer: false };
            let users = uses.users.entry(object).or_insert(new);
            users.has_others |= users.first != step.thread;
            users.is_used_by_answer |= sources.is_answer(&step.at);
            let done = uses.done.entry((step.at.clone(), step.operation)).or_default();
            done.insert((step.thread, object));
        }
        uses
    }

    /// Whether no thread but `thread` uses the object.
    pub(super) fn has_one_user(&self, object: usize, thread: usize) -> bool {
        self.users.get(&object).is_none_or(|users| !users.has_others && users.first == thread)
    }

    /// Whether the answer's own code uses the object.
    pub(super) fn is_used_by_answer(&self, object: usize) -> bool {
        self.users.get(&object).is_some_and(|users| users.is_used_by_answer)
    }

    /// Whether another thread does the same as `step` at the same place to an object that is not
    /// `object`.
    pub(super) fn is_done_to_another(&self, step: &Step, object: usize) -> bool {
        let done = self.done.get(&(step.at.clone(), step.operation));
        let other = |&(thread, other): &(usize, usize)| thread != step.thread && other != object;
        done.is_some_and(|done| done.iter().any(other))
    }
}
