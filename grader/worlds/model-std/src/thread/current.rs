use crate::time::{Duration, Timer};
use explorer::{Announcement, Until, scheduler, threads};
use record::Operation;
use std::panic::Location;
use std::sync::Arc;

/// [`std::thread::ThreadId`]
#[derive(Eq, PartialEq, Clone, Copy, Hash, Debug)]
pub struct ThreadId(u64);

/// [`std::thread::Thread`]
#[derive(Clone)]
pub struct Thread {
    id: explorer::ThreadId,
    name: Option<Arc<str>>,
}

impl Thread {
    pub(super) fn new(id: explorer::ThreadId) -> Self {
        let name = if id == 0 { Some("main".into()) } else { threads::name(id).map(Arc::from) };
        Self { id, name }
    }

    pub(super) fn index(&self) -> explorer::ThreadId {
        self.id
    }

    /// [`std::thread::Thread::unpark`]
    #[track_caller]
    pub fn unpark(&self) {
        scheduler::announce(Announcement::new(Operation::Unpark, Location::caller()).of(self.id));
        threads::unpark(self.id);
    }

    /// [`std::thread::Thread::id`]
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId(self.id as u64 + 1)
    }

    /// [`std::thread::Thread::name`]
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl std::fmt::Debug for Thread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = f.debug_struct("Thread");
        text.field("id", &self.id()).field("name", &self.name()).finish_non_exhaustive()
    }
}

/// [`std::thread::current`]
#[must_use]
pub fn current() -> Thread {
    Thread::new(scheduler::me())
}

/// [`std::thread::park`]: it may return spuriously.
#[track_caller]
pub fn park() {
    scheduler::announce(
        Announcement::new(Operation::Park, Location::caller()).until(Until::Unparked),
    );
}

/// [`std::thread::park_timeout`]: it may return spuriously.
#[track_caller]
pub fn park_timeout(duration: Duration) {
    let timer = Timer::new(duration);
    let park = Announcement::new(Operation::Park, Location::caller()).until(Until::Unparked);
    let passage = scheduler::announce(park.deadline(timer.deadline));
    timer.is_over(passage);
}
