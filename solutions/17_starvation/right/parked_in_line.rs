//! Make: waiting threads park in a line. A thread that leaves lets the next ones in before they have woken up.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread, ThreadId};

/// A lock that any number of readers may hold together, or one writer alone.
#[derive(Debug, Default)]
pub struct ReadWriteLock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    inside: Inside,
    line: VecDeque<Waiting>,
}

/// Who is inside, whether or not they have noticed yet.
#[derive(Debug, Default)]
enum Inside {
    #[default]
    Nobody,
    /// One entry for each guard; at least one.
    Readers(Vec<ThreadId>),
    Writer(ThreadId),
}

#[derive(Debug)]
struct Waiting {
    thread: Thread,
    writes: bool,
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

impl Inside {
    fn knows(&self, thread: ThreadId) -> Option<AlreadyInside> {
        match self {
            Inside::Readers(readers) if readers.contains(&thread) => Some(AlreadyInside::Reading),
            Inside::Writer(writer) if *writer == thread => Some(AlreadyInside::Writing),
            _ => None,
        }
    }

    /// Lets a thread in, if the threads inside allow it.
    fn admit(&mut self, thread: ThreadId, writes: bool) -> bool {
        match self {
            Inside::Nobody if writes => *self = Inside::Writer(thread),
            Inside::Nobody => *self = Inside::Readers(vec![thread]),
            Inside::Readers(readers) if !writes => readers.push(thread),
            _ => return false,
        }
        true
    }
}

impl State {
    /// Lets in as many threads from the head of the line as may go in together.
    fn admit_from_line(&mut self) {
        while let Some(first) = self.line.front() {
            if !self.inside.admit(first.thread.id(), first.writes) {
                break;
            }
            first.thread.unpark();
            self.line.pop_front();
        }
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
        let mut state = self.state();
        match state.inside.knows(thread::current().id()) {
            Some(AlreadyInside::Reading) => {
                state.inside.admit(thread::current().id(), false);
            }
            Some(refusal) => return Err(refusal),
            None => self.go_in(state, false),
        }
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Goes in to write.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside`], at once, if the calling thread is inside.
    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let state = self.state();
        if let Some(refusal) = state.inside.knows(thread::current().id()) {
            return Err(refusal);
        }
        self.go_in(state, true);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    fn go_in<'a>(&'a self, mut state: MutexGuard<'a, State>, writes: bool) {
        let me = thread::current();
        if state.line.is_empty() && state.inside.admit(me.id(), writes) {
            return;
        }
        state.line.push_back(Waiting { thread: me.clone(), writes });
        // A thread may be unparked for no reason, or for some other one. What counts is who is
        // inside.
        while state.inside.knows(me.id()).is_none() {
            drop(state);
            thread::park();
            state = self.state();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = self.lock.state();
        if let Inside::Readers(readers) = &mut state.inside {
            if let Some(place) = readers.iter().position(|&reader| reader == me) {
                readers.swap_remove(place);
            }
            if readers.is_empty() {
                state.inside = Inside::Nobody;
                state.admit_from_line();
            }
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.lock.state();
        state.inside = Inside::Nobody;
        state.admit_from_line();
    }
}
