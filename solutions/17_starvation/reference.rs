//! A lock for many readers or one writer, at which neither side waits for ever.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// A lock that any number of readers may hold together, or one writer alone.
///
/// It guards no data of its own. A thread that is inside holds a guard, and leaves when the guard is
/// dropped.
///
/// A thread that has to wait sleeps, and is let in by rules that starve nobody:
///
/// - Writers go in in the order in which they came.
/// - A writer does not go in before a reader that came first.
/// - A reader does not go in before a writer that came first. One exception is allowed: at the moment
///   when a writer leaves, the readers that are waiting may go in together before the next writer.
///
/// And nobody waits without need. A reader that finds no writer inside or waiting goes in at once,
/// and so does a writer that finds nobody at all. Waiting readers with no writer between them go in
/// together.
#[derive(Debug, Default)]
pub struct ReadWriteLock {
    /// Held for a few instructions at a time, never while somebody is inside.
    state: Mutex<State>,
    /// Notified when a thread goes in or leaves.
    changed: Condvar,
}

/// Who is inside, and whose turn it is to go in.
#[derive(Debug, Default)]
struct State {
    /// One entry for each read guard.
    readers: Vec<ThreadId>,
    writer: Option<ThreadId>,
    /// The ticket for the next thread to come.
    next_ticket: u64,
    /// The ticket of the next thread to go in. All lower ones have gone in.
    now_serving: u64,
}

impl State {
    /// If `me` is one of the threads inside, the reason why it cannot wait for them to leave.
    fn already_inside(&self, me: ThreadId) -> Option<AlreadyInside> {
        if self.writer == Some(me) {
            Some(AlreadyInside::Writing)
        } else if self.readers.contains(&me) {
            Some(AlreadyInside::Reading)
        } else {
            None
        }
    }
}

/// A reader's stay in a [`ReadWriteLock`], which ends when this is dropped.
///
/// It belongs to the thread that went in, and must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    /// A raw pointer is not `Send`, so neither is the guard. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
}

/// A writer's stay in a [`ReadWriteLock`], which ends when this is dropped.
///
/// It belongs to the thread that went in, and must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    /// A raw pointer is not `Send`, so neither is the guard. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
}

/// Why a thread is refused: it is inside already, and would wait for itself. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyInside {
    /// It holds a [`ReadGuard`] of this lock.
    Reading,
    /// It holds a [`WriteGuard`] of this lock.
    Writing,
}

impl fmt::Display for AlreadyInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AlreadyInside::Reading => "this thread is reading under the same lock",
            AlreadyInside::Writing => "this thread is writing under the same lock",
        })
    }
}

impl Error for AlreadyInside {}

impl ReadWriteLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        ReadWriteLock::default()
    }

    /// Goes in to read.
    ///
    /// A thread that is already inside as a reader goes in again at once, no matter who is waiting;
    /// it stays inside until all its guards are dropped.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Writing`], at once, if the calling thread is inside as a writer.
    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state();
        match state.already_inside(me) {
            Some(AlreadyInside::Writing) => return Err(AlreadyInside::Writing),
            // This thread does not join the line: the writer at its head may be waiting for this
            // very thread.
            Some(AlreadyInside::Reading) => {}
            None => state = self.wait_in_line(state, |state| state.writer.is_none()),
        }
        state.readers.push(me);
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Goes in to write.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Reading`] or [`AlreadyInside::Writing`], at once, if the calling thread is
    /// inside. A reader cannot become a writer without leaving: if two tried, each would wait for
    /// the other to leave.
    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state();
        if let Some(refusal) = state.already_inside(me) {
            return Err(refusal);
        }
        let nobody_inside = |state: &State| state.writer.is_none() && state.readers.is_empty();
        state = self.wait_in_line(state, nobody_inside);
        state.writer = Some(me);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Draws a ticket, and waits until its turn has come and no thread inside is in the way. The
    /// caller must go in before it unlocks the state.
    fn wait_in_line<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        way_is_free: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        while state.now_serving != ticket || !way_is_free(&state) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.now_serving += 1;
        // The next in line may be another reader, which need not wait until this one leaves.
        self.changed.notify_all();
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReadGuard<'_> {
    /// Leaves, even when the thread is panicking.
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = self.lock.state();
        if let Some(place) = state.readers.iter().position(|&reader| reader == me) {
            state.readers.swap_remove(place);
        }
        // Notify all of them: only the first in line can go on, and a single notification could go
        // to any of them.
        self.lock.changed.notify_all();
    }
}

impl Drop for WriteGuard<'_> {
    /// Leaves, even when the thread is panicking.
    fn drop(&mut self) {
        self.lock.state().writer = None;
        self.lock.changed.notify_all();
    }
}
