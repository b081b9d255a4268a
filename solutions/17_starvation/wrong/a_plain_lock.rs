//! Fault: there is one fair lock for readers and writers alike; a thread that reads again is only counted, so it does not block itself.
//! Whole: there is nothing here but one lock for both readers and writers.
//! Expect: readers_share = not-parallel
//! Expect: two_readers_ask_to_write = deadlock

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
    owner: Option<(ThreadId, AlreadyInside)>,
    guards: usize,
    next_ticket: u64,
    now_serving: u64,
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
        {
            let mut state = self.state.lock().unwrap();
            if state.owner == Some((me, AlreadyInside::Writing)) {
                return Err(AlreadyInside::Writing);
            }
            if state.owner == Some((me, AlreadyInside::Reading)) {
                state.guards += 1;
                return Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData });
            }
        }
        self.acquire(me, AlreadyInside::Reading);
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        if let Some((owner, inside_as)) = self.state.lock().unwrap().owner
            && owner == me
        {
            return Err(inside_as);
        }
        self.acquire(me, AlreadyInside::Writing);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    fn acquire(&self, me: ThreadId, inside_as: AlreadyInside) {
        let mut state = self.state.lock().unwrap();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        while state.owner.is_some() || state.now_serving != ticket {
            state = self.changed.wait(state).unwrap();
        }
        state.now_serving += 1;
        state.owner = Some((me, inside_as));
        state.guards = 1;
    }

    fn release(&self) {
        let mut state = self.state.lock().unwrap();
        state.guards -= 1;
        if state.guards == 0 {
            state.owner = None;
            self.changed.notify_all();
        }
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}
