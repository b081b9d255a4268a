//! Fault: it only wraps std's lock, which does not promise who goes first.
//! Whole: there is nothing here but std's lock.
//! Expect: writers_do_not_starve = starvation
//! Expect: who_comes_again_is_last = starvation

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::{self, ThreadId};

#[derive(Debug, Default)]
pub struct ReadWriteLock {
    lock: RwLock<()>,
    readers: Mutex<HashMap<ThreadId, usize>>,
    writer: Mutex<Option<ThreadId>>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    guard: Option<RwLockReadGuard<'a, ()>>,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    guard: Option<RwLockWriteGuard<'a, ()>>,
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
        if *lock(&self.writer) == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        let again = lock(&self.readers).get(&me).is_some_and(|&count| count > 0);
        // In already? Then there is no need to go through the door once more.
        let guard = if again {
            None
        } else {
            Some(self.lock.read().unwrap_or_else(PoisonError::into_inner))
        };
        *lock(&self.readers).entry(me).or_default() += 1;
        Ok(ReadGuard { lock: self, guard, stays_on_its_thread: PhantomData })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        let me = thread::current().id();
        if *lock(&self.writer) == Some(me) {
            return Err(AlreadyInside::Writing);
        }
        if lock(&self.readers).contains_key(&me) {
            return Err(AlreadyInside::Reading);
        }
        let guard = Some(self.lock.write().unwrap_or_else(PoisonError::into_inner));
        *lock(&self.writer) = Some(me);
        Ok(WriteGuard { lock: self, guard })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let mut readers = lock(&self.lock.readers);
        let count = readers.entry(thread::current().id()).or_default();
        *count -= 1;
        if *count == 0 {
            readers.remove(&thread::current().id());
        }
        drop(readers);
        self.guard.take();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        *lock(&self.lock.writer) = None;
        self.guard.take();
    }
}
