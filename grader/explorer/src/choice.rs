//! What a schedule can do at one point.

use crate::operation::ThreadId;
use record::{Pick, Way};

/// Lets one thread continue, in one of the ways open to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) thread: ThreadId,
    pub(crate) kind: ChoiceKind,
    /// What it costs against the preemption bound.
    pub(crate) cost: u32,
    /// It may happen, but no program can rely on it: a thread with only such choices does not count
    /// as able to run.
    pub(crate) lucky: bool,
}

/// Why a thread may continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ChoiceKind {
    /// The condition it waits for holds.
    Run,
    /// Its deadline passes.
    TimeOut,
    /// For no reason.
    Spurious,
    /// It does not continue: it stands in line behind a thread that waits to write.
    Queue,
}

impl ChoiceKind {
    /// As a record has it.
    pub(crate) fn way(self) -> Way {
        match self {
            Self::Run => Way::Run,
            Self::TimeOut => Way::TimeOut,
            Self::Spurious => Way::Spurious,
            Self::Queue => Way::Queue,
        }
    }
}

impl Choice {
    pub(crate) fn run(thread: ThreadId, cost: u32) -> Self {
        Self { thread, kind: ChoiceKind::Run, cost, lucky: false }
    }

    /// A timeout whose deadline has been reached.
    pub(crate) fn due(thread: ThreadId, cost: u32) -> Self {
        Self { thread, kind: ChoiceKind::TimeOut, cost, lucky: false }
    }

    /// A deadline that passes early, a spurious wakeup or failure, or a reader that stands in line.
    pub(crate) fn odd(thread: ThreadId, kind: ChoiceKind) -> Self {
        Self { thread, kind, cost: 1, lucky: true }
    }

    /// As a record has it.
    pub(crate) fn pick(&self) -> Pick {
        Pick { thread: self.thread, way: self.kind.way() }
    }

    /// Whether this is the choice that lets `thread` through for the reason `kind`.
    pub(crate) fn is(&self, thread: ThreadId, kind: ChoiceKind) -> bool {
        self.thread == thread && self.kind == kind
    }
}
