//! Fault: all pass a turnstile, as in the textbook, but a Mutex does not let them through in order.
//! Expect: who_comes_again_is_last = starvation

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};

#[derive(Debug, Default)]
pub struct ReadWriteLock {
    turnstile: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    readers: Vec<ThreadId>,
    writer: Option<ThreadId>,
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
        match self.already_inside(me) {
            Some(AlreadyInside::Writing) => return Err(AlreadyInside::Writing),
            Some(AlreadyInside::Reading) => self.state.lock().unwrap().readers.push(me),
            None => {
                let _turn = self.turnstile.lock().unwrap();
                let mut state = self.state.lock().unwrap();
                while state.writer.is_some() {
                    state = self.changed.wait(state).unwrap();
                }
                state.readers.push(me);
            }
        }
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        if let Some(refusal) = self.already_inside(me) {
            return Err(refusal);
        }
        // Whoever comes now waits behind this writer.
        let _turn = self.turnstile.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        while state.writer.is_some() || !state.readers.is_empty() {
            state = self.changed.wait(state).unwrap();
        }
        state.writer = Some(me);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    fn already_inside(&self, me: ThreadId) -> Option<AlreadyInside> {
        let state = self.state.lock().unwrap();
        if state.writer == Some(me) {
            Some(AlreadyInside::Writing)
        } else if state.readers.contains(&me) {
            Some(AlreadyInside::Reading)
        } else {
            None
        }
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = self.lock.state.lock().unwrap();
        if let Some(place) = state.readers.iter().position(|&reader| reader == me) {
            state.readers.swap_remove(place);
        }
        self.lock.changed.notify_all();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lock.state.lock().unwrap().writer = None;
        self.lock.changed.notify_all();
    }
}
