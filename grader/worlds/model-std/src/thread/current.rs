use crate::time::{Duration, Timer};
use explorer::{Announcement, Until, scheduler, threads};
use record::Operation;
use std::num::NonZero;
use std::panic::Location;
use std::sync::Arc;

/// [`std::thread::ThreadId`]
#[derive(Eq, PartialEq, Clone, Copy, Hash, Debug)]
pub struct ThreadId(NonZero<u64>);

/// [`std::thread::Thread`]: one pointer, as in std.
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

struct Inner {
    id: explorer::ThreadId,
    name: Option<String>,
}

impl Thread {
    pub(super) fn new(id: explorer::ThreadId) -> Self {
        let name = if id == 0 { Some("main".to_owned()) } else { threads::name(id) };
        Self { inner: Arc::new(Inner { id, name }) }
    }

    pub(super) fn index(&self) -> explorer::ThreadId {
        self.inner.id
    }

    /// [`std::thread::Thread::unpark`]
    #[track_caller]
    pub fn unpark(&self) {
        let thread = self.index();
        scheduler::announce(Announcement::new(Operation::Unpark, Location::caller()).of(thread));
        threads::unpark(thread);
    }

    /// [`std::thread::Thread::id`]
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId(NonZero::<u64>::MIN.saturating_add(self.index() as u64))
    }

    /// [`std::thread::Thread::name`]
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
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

/// [`std::thread::park_timeout_ms`]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::park_timeout`")]
#[track_caller]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(ms.into()));
}

/// [`std::thread::park_timeout`]: it may return spuriously.
#[track_caller]
pub fn park_timeout(duration: Duration) {
    let timer = Timer::new(duration);
    let park = Announcement::new(Operation::Park, Location::caller()).until(Until::Unparked);
    let passage = scheduler::announce(park.deadline(timer.deadline));
    timer.is_over(passage);
}
