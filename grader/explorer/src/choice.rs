//! What a schedule can do at one point.

use crate::operation::ThreadId;

/// Let one thread through the door, in one of the ways that are open to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) thread: ThreadId,
    pub(crate) flavour: Flavour,
    /// What it costs of the preemption bound.
    pub(crate) cost: u32,
    /// It may happen but nobody can rely on it: no program is alive for its sake.
    pub(crate) lucky: bool,
}

/// The way in which a thread is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Flavour {
    /// What it waits for is there.
    Run,
    /// Its deadline passes.
    TimeOut,
    /// For no reason.
    Spurious,
}

impl Choice {
    pub(crate) fn run(thread: ThreadId, cost: u32) -> Self {
        Self { thread, flavour: Flavour::Run, cost, lucky: false }
    }

    /// The deadline has passed already.
    pub(crate) fn due(thread: ThreadId, cost: u32) -> Self {
        Self { thread, flavour: Flavour::TimeOut, cost, lucky: false }
    }

    /// A deadline that passes early, or a wakeup for no reason.
    pub(crate) fn odd(thread: ThreadId, flavour: Flavour) -> Self {
        Self { thread, flavour, cost: 1, lucky: true }
    }

    /// Whether `other` is the same thread let through in the same way.
    pub(crate) fn is(&self, thread: ThreadId, flavour: Flavour) -> bool {
        self.thread == thread && self.flavour == flavour
    }
}
