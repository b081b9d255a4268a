//! Points in a schedule, and the places where a schedule departs from the default.

use crate::choice::{Choice, ChoiceKind};
use crate::footprint::Footprint;
use crate::operation::ThreadId;

/// A schedule, described by where it departs from a base that needs no description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) base: Base,
    pub(crate) deviations: Vec<Deviation>,
}

/// What a schedule does where it does not deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// A thread runs until it cannot go on; then the next thread in turn runs.
    RunOn,
    /// Threads take turns. The number says which lockstep schedule it is.
    Lockstep(u32),
}

/// A point at which the schedule decides.
pub(crate) struct Point<'a> {
    /// The choices, the default first.
    pub(crate) choices: &'a [Choice],
    /// The thread that ran last.
    pub(crate) current: ThreadId,
    /// How many operations that thread has announced.
    pub(crate) announced: u32,
    /// How many threads exist so far.
    pub(crate) threads: usize,
    /// What the step that has just ended touched.
    pub(crate) footprint: &'a Footprint,
}

/// A decision against the default: after thread `after` had announced its `announced`-th operation,
/// `thread` was let through as `kind`.
///
/// The point is named by one thread's own progress rather than by a step count, so the name still
/// fits when other deviations are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    pub(crate) after: ThreadId,
    pub(crate) announced: u32,
    pub(crate) thread: ThreadId,
    pub(crate) kind: ChoiceKind,
    /// What it cost against the preemption bound when it was taken.
    pub(crate) cost: u32,
    /// It rests on luck: a spurious wakeup, an early deadline, a weak compare-exchange that fails, or
    /// a reader that stands in line behind a writer.
    pub(crate) odd: bool,
}

impl Deviation {
    pub(crate) fn new(point: &Point, choice: Choice) -> Self {
        Self {
            after: point.current,
            announced: point.announced,
            thread: choice.thread,
            kind: choice.kind,
            cost: choice.cost,
            odd: choice.lucky,
        }
    }

    /// Whether this deviation applies at `point`.
    pub(crate) fn is_at(&self, point: &Point) -> bool {
        self.after == point.current && self.announced == point.announced
    }
}
