//! A thread of the program under test.

use crate::operation::{Announcement, WaitResult};
use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::rc::Rc;

/// Where a thread is in the answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// The statement of the answer's that it is at.
    pub statement: Option<&'static Location<'static>>,
    /// The statement that called the function of which that is part.
    pub caller: Option<&'static Location<'static>>,
    /// The last statement within a loop that has just ended, or ended a round.
    pub inside: Option<&'static Location<'static>>,
    /// The last statement of the function of the answer's that ended last, if that was within this
    /// statement.
    pub last: Option<&'static Location<'static>>,
    /// The same of the function that ended last within that one's last statement.
    pub inner: Option<&'static Location<'static>>,
}

/// The state of one thread in one execution.
pub(crate) struct Thread {
    pub(crate) name: Option<String>,
    pub(crate) spawned_at: Option<&'static Location<'static>>,
    /// The operation it does next.
    pub(crate) pending: Announcement,
    /// How its last wait ended.
    pub(crate) result: WaitResult,
    /// How many operations it has announced. Together with the thread's index, this names a point
    /// in a schedule, and the name still fits if other threads run more or fewer steps before that
    /// point.
    pub(crate) announced: u32,
    /// Its closure and everything the closure captured are gone. Thread-local values may be left.
    pub(crate) returned: bool,
    pub(crate) finished: bool,
    /// `thread::unpark` was called, and no `park` has consumed it yet.
    pub(crate) unparked: bool,
    /// It stands in line behind a writer, and does not share an object before that one has had it.
    pub(crate) queues: bool,
    /// How often it has gone to sleep: how many of its waits, other than for a lock, could not end at
    /// once.
    pub(crate) sleeps: u32,
    /// The panics that are unwinding on this thread, each with its step, if steps are recorded and a
    /// panic hook was called for it. The real counter belongs to the OS thread, which
    /// all threads of the program share.
    pub(crate) panics: Vec<Option<usize>>,
    /// Thread-local values, in order of creation.
    pub(crate) locals: Vec<Local>,
    /// Where it is in the answer, as far as the answer says so.
    pub(crate) position: Position,
}

/// A thread-local value.
pub(crate) struct Local {
    /// The address of its key.
    pub(crate) key: usize,
    /// `None` once it is destroyed. Values still there when the execution is cut off are never
    /// dropped.
    pub(crate) value: Option<ManuallyDrop<Rc<dyn Any>>>,
    /// Whether it has a destructor. A value without one is never destroyed.
    pub(crate) drops: bool,
}

impl Thread {
    pub(crate) fn new(
        name: Option<String>,
        spawned_at: Option<&'static Location<'static>>,
        start: Announcement,
    ) -> Self {
        Self {
            name,
            spawned_at,
            pending: start,
            result: WaitResult::Ready,
            announced: 0,
            returned: false,
            finished: false,
            unparked: false,
            queues: false,
            sleeps: 0,
            panics: Vec::new(),
            locals: Vec::new(),
            position: Position::default(),
        }
    }
}
