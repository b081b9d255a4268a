//! Fault: after a writer has left, it stays the readers' turn for as long as there are any readers, including newcomers.
//! Whole: the two sides take turns here; there are no tickets.
//! Expect: writers_do_not_starve = starvation

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};

#[derive(Debug, Default)]
pub struct ReadWriteLock {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    readers: Vec<ThreadId>,
    writer: Option<ThreadId>,
    waiting_readers: usize,
    waiting_writers: usize,
    readers_turn: bool,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyInside {
    Reading,
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
    pub fn new() -> Self {
        ReadWriteLock::default()
    }

    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        if state.writer == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        if !state.readers.contains(&me) {
            state.waiting_readers += 1;
            while state.writer.is_some() || (state.waiting_writers > 0 && !state.readers_turn) {
                state = self.changed.wait(state).unwrap();
            }
            state.waiting_readers -= 1;
        }
        state.readers.push(me);
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        if state.writer == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        if state.readers.contains(&me) {
            return Err(AlreadyInside::Reading);
        }
        state.waiting_writers += 1;
        while state.writer.is_some()
            || !state.readers.is_empty()
            || (state.waiting_readers > 0 && state.readers_turn)
        {
            state = self.changed.wait(state).unwrap();
        }
        state.waiting_writers -= 1;
        state.writer = Some(me);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = self.lock.state.lock().unwrap();
        if let Some(place) = state.readers.iter().position(|&reader| reader == me) {
            state.readers.swap_remove(place);
        }
        if state.readers.is_empty() && state.waiting_readers == 0 {
            state.readers_turn = false;
        }
        self.lock.changed.notify_all();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.lock.state.lock().unwrap();
        state.writer = None;
        state.readers_turn = state.waiting_readers > 0;
        self.lock.changed.notify_all();
    }
}
