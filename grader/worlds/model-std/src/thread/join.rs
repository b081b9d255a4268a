use super::current::Thread;
use explorer::{Announcement, ThreadId, Until, WaitResult, scheduler, threads, unwinding};
use record::Operation;
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::{Arc, Mutex};

/// Where a thread leaves its result for the thread that joins it.
pub(super) type Packet<T> = Arc<Mutex<Option<Result<T>>>>;

/// [`std::thread::Result`]
pub type Result<T> = std::result::Result<T, Box<dyn Any + Send + 'static>>;

/// [`std::thread::JoinHandle`]
pub struct JoinHandle<T> {
    pub(super) thread: Thread,
    pub(super) packet: Packet<T>,
    /// Not unwind-safe, as in std.
    pub(super) like: PhantomData<std::thread::JoinHandle<T>>,
}

impl<T> JoinHandle<T> {
    /// [`std::thread::JoinHandle::thread`]
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// [`std::thread::JoinHandle::join`]
    ///
    /// # Errors
    /// The payload of the thread's panic.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        join(&self.thread, &self.packet, Location::caller())
    }

    /// [`std::thread::JoinHandle::is_finished`]
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        is_finished(&self.thread, Location::caller())
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        threads::let_go(self.thread.index());
    }
}

impl<T> std::fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

/// The body of a thread: runs `f` and leaves the result in `packet`.
pub(super) fn body<T>(f: impl FnOnce() -> T, packet: &Packet<T>) {
    let result = std::panic::catch_unwind(AssertUnwindSafe(f));
    if result.is_err() {
        unwinding::pass_on();
    }
    let mut packet = packet.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *packet = Some(result);
}

pub(super) fn join<T>(
    thread: &Thread,
    packet: &Packet<T>,
    at: &'static Location<'static>,
) -> Result<T> {
    let thread = thread.index();
    let join = Announcement::new(Operation::Join, at).of(thread).until(Until::Finished(thread));
    if scheduler::announce(join) == WaitResult::Over {
        scheduler::abandon();
    }
    let mut packet = packet.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    packet.take().expect("a thread that has finished has left its result")
}

pub(super) fn is_finished(thread: &Thread, at: &'static Location<'static>) -> bool {
    let thread: ThreadId = thread.index();
    scheduler::announce(Announcement::new(Operation::IsFinished, at).of(thread));
    threads::has_returned(thread)
}
