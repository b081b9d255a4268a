//! What a primitive announces at the door.

use record::Operation;
use std::panic::Location;

/// Index of a thread in the current execution. The check's own thread is 0.
pub type ThreadId = usize;

/// Index of a synchronisation object in the current execution, in the order of first use.
pub type ObjectId = usize;

/// Index of a gate in the current execution. A gate is open or closed, and belongs to whatever
/// primitive made it: a channel has one that is open while there is a message, a barrier one for
/// each generation.
pub type GateId = usize;

/// The operation that a thread is about to do: announced first, done when the schedule says so.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// What.
    pub operation: Operation,
    /// On which object.
    pub object: Option<ObjectId>,
    /// Which other thread it concerns.
    pub target: Option<ThreadId>,
    /// The source line that asked for it.
    pub at: &'static Location<'static>,
    /// When it can be done.
    pub until: Until,
    /// The virtual time in nanoseconds at which the thread gives up waiting.
    pub deadline: Option<u64>,
    /// It may fail for no reason although it could be done (`compare_exchange_weak`).
    pub may_fail: bool,
}

impl Announcement {
    /// An operation on no object that can be done at once.
    pub fn new(operation: Operation, at: &'static Location<'static>) -> Self {
        Self {
            operation,
            object: None,
            target: None,
            at,
            until: Until::Now,
            deadline: None,
            may_fail: false,
        }
    }

    /// The same on `object`.
    pub fn on(self, object: ObjectId) -> Self {
        Self { object: Some(object), ..self }
    }

    /// The same, concerning thread `target`.
    pub fn of(self, target: ThreadId) -> Self {
        Self { target: Some(target), ..self }
    }

    /// The same, but it has to wait for `until`.
    pub fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// The same, giving up at virtual time `deadline` (nanoseconds).
    pub fn deadline(self, deadline: Option<u64>) -> Self {
        Self { deadline, ..self }
    }

    /// The same, but it may fail for no reason.
    pub fn may_fail(self) -> Self {
        Self { may_fail: true, ..self }
    }

    /// Whether the thread offers its turn to others.
    pub(crate) fn yields(&self) -> bool {
        matches!(self.operation, Operation::YieldNow | Operation::SpinLoop)
    }
}

/// When an operation can be done. The explorer looks at this to know which threads are enabled, so
/// no primitive wakes another thread by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At once.
    Now,
    /// Nobody holds the object in any way. Being let through acquires it exclusively.
    Free(ObjectId),
    /// Nobody holds the object exclusively. Being let through acquires a share of it.
    Shared(ObjectId),
    /// The gate is open (a channel has a message, a barrier's generation is complete).
    Open(GateId),
    /// The thread has finished.
    Finished(ThreadId),
    /// The thread's closure has returned. Thread-local values may still have to be dropped.
    Returned(ThreadId),
    /// The condition variable has notified this thread and its mutex is free. Being let through
    /// acquires the mutex. May also be let through for no reason.
    Notified {
        /// The condition variable.
        condvar: ObjectId,
        /// The mutex to take back.
        mutex: ObjectId,
    },
    /// Somebody has unparked this thread. May also be let through for no reason.
    Unparked,
    /// Never: only a deadline ends it (`sleep`).
    Never,
}

/// How a thread came through the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Passage {
    /// What it waited for is there.
    Through,
    /// Its deadline passed first.
    TimedOut,
    /// For no reason: a spurious wakeup, or a weak exchange that fails.
    Spurious,
    /// The execution is over, and only destructors run. Nothing is scheduled any more and nothing
    /// will be waited for.
    Over,
}
