//! What a primitive announces to the scheduler.

use record::Operation;
use std::panic::Location;

/// Index of a thread in the current execution. The check's own thread is 0.
pub type ThreadId = usize;

/// Index of a synchronisation object in the current execution, in order of first use.
pub type ObjectId = usize;

/// Index of a gate in the current execution. A gate is open or closed and belongs to the primitive
/// that made it: a channel has one that is open while it holds a message; a barrier has one for
/// each generation.
pub type GateId = usize;

/// An operation that a thread is about to do. It is announced first, and done when the schedule
/// says so.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// The operation.
    pub operation: Operation,
    /// The object it works on, if any.
    pub object: Option<ObjectId>,
    /// The other thread it concerns, if any.
    pub target: Option<ThreadId>,
    /// The source line that asked for it.
    pub at: &'static Location<'static>,
    /// The condition under which it can be done.
    pub until: Until,
    /// The virtual time, in nanoseconds, at which the thread gives up waiting.
    pub deadline: Option<u64>,
    /// It may fail spuriously even though it could be done (`compare_exchange_weak`).
    pub may_fail: bool,
}

impl Announcement {
    /// An operation on no object, which can be done at once.
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

    /// The same operation, on `object`.
    pub fn on(self, object: ObjectId) -> Self {
        Self { object: Some(object), ..self }
    }

    /// The same operation, concerning thread `target`.
    pub fn of(self, target: ThreadId) -> Self {
        Self { target: Some(target), ..self }
    }

    /// The same operation, but it has to wait for `until`.
    pub fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// The same operation, giving up at virtual time `deadline` (nanoseconds).
    pub fn deadline(self, deadline: Option<u64>) -> Self {
        Self { deadline, ..self }
    }

    /// The same operation, but it may fail spuriously.
    pub fn may_fail(self) -> Self {
        Self { may_fail: true, ..self }
    }

    /// Whether the operation offers the thread's turn to others.
    pub(crate) fn yields(&self) -> bool {
        matches!(self.operation, Operation::YieldNow | Operation::SpinLoop)
    }
}

/// The condition under which an operation can be done. The explorer reads it to know which threads
/// are enabled, so no primitive has to wake another thread itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At once.
    Now,
    /// No thread holds the object in any way. Being let through acquires it exclusively.
    Free(ObjectId),
    /// No thread holds the object exclusively. Being let through acquires a share of it.
    Shared(ObjectId),
    /// The gate is open (a channel has a message, a barrier's generation is complete).
    Open(GateId),
    /// The thread has finished.
    Finished(ThreadId),
    /// The thread's closure has returned. Its thread-local values may still have to be dropped.
    Returned(ThreadId),
    /// The condition variable has notified this thread, and the mutex is free. Being let through
    /// acquires the mutex. The thread may also be let through spuriously.
    Notified {
        /// The condition variable.
        condvar: ObjectId,
        /// The mutex to reacquire.
        mutex: ObjectId,
    },
    /// This thread has been unparked. It may also be let through spuriously.
    Unparked,
    /// Never: only a deadline ends the wait (`sleep`).
    Never,
}

impl Until {
    /// Whether a thread for which this does not hold is asleep until another thread does something
    /// for it, or time passes. Waiting for a lock is not meant: no caller can tell how long that
    /// takes, and every call may have to.
    pub(crate) fn is_sleep(self) -> bool {
        !matches!(self, Until::Now | Until::Free(_) | Until::Shared(_))
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitResult {
    /// The condition it waited for holds.
    Ready,
    /// Its deadline passed first.
    TimedOut,
    /// For no reason: a spurious wakeup, or a weak compare-exchange that fails spuriously.
    Spurious,
    /// The execution is over and only destructors run. Nothing is scheduled and nothing waits any
    /// more.
    Over,
}
