//! Fault: the count is kept in a Cell, so the lock itself cannot be shared between threads.
//! Expect: excludes_others = does-not-compile
//! Expect: only_the_lock_crosses_threads = contract

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub struct RLock {
    owner: Mutex<Option<ThreadId>>,
    freed: Condvar,
    /// Only the owner touches it.
    count: Cell<usize>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    not_send: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread does not own the lock")
    }
}

impl Error for NotOwner {}

impl RLock {
    pub fn new() -> Self {
        RLock::default()
    }

    pub fn acquire(&self) {
        let me = thread::current().id();
        let mut owner = self.owner.lock().unwrap();
        while owner.is_some() && *owner != Some(me) {
            owner = self.freed.wait(owner).unwrap();
        }
        *owner = Some(me);
        self.count.set(self.count.get() + 1);
    }

    pub fn try_acquire(&self) -> bool {
        let me = thread::current().id();
        let mut owner = self.owner.lock().unwrap();
        if owner.is_some() && *owner != Some(me) {
            return false;
        }
        *owner = Some(me);
        self.count.set(self.count.get() + 1);
        true
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let me = thread::current().id();
        let start = Instant::now();
        let mut owner = self.owner.lock().unwrap();
        while owner.is_some() && *owner != Some(me) {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            owner = self.freed.wait_timeout(owner, left).unwrap().0;
        }
        *owner = Some(me);
        self.count.set(self.count.get() + 1);
        true
    }

    pub fn release(&self) -> Result<(), NotOwner> {
        let mut owner = self.owner.lock().unwrap();
        if *owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            *owner = None;
            self.freed.notify_one();
        }
        Ok(())
    }

    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, not_send: PhantomData }
    }

    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        *self.owner.lock().unwrap() == Some(thread::current().id())
    }

    pub fn recursion_count(&self) -> usize {
        if self.is_owned() { self.count.get() } else { 0 }
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
