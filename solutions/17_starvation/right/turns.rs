//! Make: the two sides take turns. When a writer leaves, the waiting readers go in as one batch.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// A lock that any number of readers may hold together, or one writer alone.
#[derive(Debug, Default)]
pub struct ReadWriteLock {
    state: Mutex<State>,
    /// Notified when a batch of readers may go in.
    readers_turn: Condvar,
    /// Notified when the next writer may go in.
    writers_turn: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The threads that are reading, one entry for each guard.
    readers: Vec<ThreadId>,
    writer: Option<ThreadId>,
    /// The number of the batch that the waiting readers will be let in with.
    batch: u64,
    waiting_readers: usize,
    /// Readers of the last batch that have been let in but are not awake yet.
    on_their_way: usize,
    /// The number for the next writer to come, and the number of the next one to go in.
    next_writer: u64,
    first_writer: u64,
}

/// A reader's stay in a [`ReadWriteLock`], which ends when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

/// A writer's stay in a [`ReadWriteLock`], which ends when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

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

impl State {
    fn writers_wait(&self) -> bool {
        self.next_writer != self.first_writer
    }
}

impl ReadWriteLock {
    pub fn new() -> Self {
        ReadWriteLock::default()
    }

    /// Goes in to read.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Writing`], at once, if the calling thread is inside as a writer.
    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state();
        if state.writer == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        if !state.readers.contains(&me) && (state.writer.is_some() || state.writers_wait()) {
            let my_batch = state.batch;
            state.waiting_readers += 1;
            while state.batch == my_batch {
                state = self.readers_turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.on_their_way -= 1;
        }
        state.readers.push(me);
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Goes in to write.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside`], at once, if the calling thread is inside.
    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state();
        if state.writer == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        if state.readers.contains(&me) {
            return Err(AlreadyInside::Reading);
        }
        let number = state.next_writer;
        state.next_writer += 1;
        while state.first_writer != number
            || state.writer.is_some()
            || !state.readers.is_empty()
            || state.on_their_way > 0
        {
            state = self.writers_turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.first_writer += 1;
        state.writer = Some(me);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = self.lock.state();
        if let Some(place) = state.readers.iter().position(|&reader| reader == me) {
            state.readers.swap_remove(place);
        }
        if state.readers.is_empty() && state.on_their_way == 0 {
            self.lock.writers_turn.notify_all();
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.lock.state();
        state.writer = None;
        if state.waiting_readers > 0 {
            state.batch += 1;
            state.on_their_way = state.waiting_readers;
            state.waiting_readers = 0;
            self.lock.readers_turn.notify_all();
        } else {
            self.lock.writers_turn.notify_all();
        }
    }
}
