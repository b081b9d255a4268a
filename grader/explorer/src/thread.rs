//! A thread of the program under test.

use crate::operation::{Announcement, Passage};
use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::rc::Rc;

/// The state of one thread in one execution.
pub(crate) struct Thread {
    pub(crate) name: Option<String>,
    pub(crate) spawned_at: Option<&'static Location<'static>>,
    /// What it does next.
    pub(crate) pending: Announcement,
    /// How it was let through the door last.
    pub(crate) passage: Passage,
    /// How many operations it has announced. With the thread's index this names a point in a
    /// schedule, and goes on naming it when other threads run more or less before it.
    pub(crate) announced: u32,
    /// Its closure and what that captured are gone. Thread-local values may be left.
    pub(crate) returned: bool,
    pub(crate) finished: bool,
    /// `thread::unpark` was called and `park` has not used it up.
    pub(crate) unparked: bool,
    /// Panics that are unwinding on this thread. The real counter belongs to the OS thread, which
    /// all threads of the program share.
    pub(crate) panics: u32,
    /// Thread-local values, in the order of their creation.
    pub(crate) locals: Vec<Local>,
}

/// A thread-local value.
pub(crate) struct Local {
    /// The address of its key.
    pub(crate) key: usize,
    /// `None` once it is destroyed. What the end of an execution cuts off runs no destructors.
    pub(crate) value: Option<ManuallyDrop<Rc<dyn Any>>>,
    /// Whether it has a destructor. What has none is never destroyed.
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
            passage: Passage::Through,
            announced: 0,
            returned: false,
            finished: false,
            unparked: false,
            panics: 0,
            locals: Vec::new(),
        }
    }
}
