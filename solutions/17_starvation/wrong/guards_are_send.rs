//! Fault: nothing keeps a guard on its thread.
//! Expect: guards_stay_on_their_thread = contract

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
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
    next_ticket: u64,
    now_serving: u64,
}

impl State {
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

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
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
        let mut state = self.state();
        match state.already_inside(me) {
            Some(AlreadyInside::Writing) => return Err(AlreadyInside::Writing),
            // Not in line: the writer at its head may be waiting for this very thread.
            Some(AlreadyInside::Reading) => {}
            None => state = self.wait_in_line(state, |state| state.writer.is_none()),
        }
        state.readers.push(me);
        Ok(ReadGuard { lock: self })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        let mut state = self.state();
        if let Some(refusal) = state.already_inside(me) {
            return Err(refusal);
        }
        let nobody_inside = |state: &State| state.writer.is_none() && state.readers.is_empty();
        state = self.wait_in_line(state, nobody_inside);
        state.writer = Some(me);
        Ok(WriteGuard { lock: self })
    }

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
        // The next in line may be a reader like this one, and need not wait until it leaves.
        self.changed.notify_all();
        state
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
        // Everybody, because only the first in line can go on, and one notification could go to
        // any of them.
        self.lock.changed.notify_all();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lock.state().writer = None;
        self.lock.changed.notify_all();
    }
}
