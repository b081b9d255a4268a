//! Fault: the lock counts how often it is held, but not by whom, so every thread passes for the owner.
//! Whole: the whole lock is just a count.
//! Expect: last_release_frees = wrong
//! Expect: count_is_the_owners = wrong
//! Expect: only_the_owner_releases = wrong
//! Expect: excludes_others = wrong
//! Expect: timeout_is_total = wrong

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct RLock {
    count: AtomicUsize,
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
        // Re-entrant: never block, one more level.
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub fn try_acquire(&self) -> bool {
        self.acquire();
        true
    }

    pub fn acquire_timeout(&self, _timeout: Duration) -> bool {
        self.try_acquire()
    }

    pub fn release(&self) -> Result<(), NotOwner> {
        let taken = |count: usize| count.checked_sub(1);
        match self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, taken) {
            Ok(_) => Ok(()),
            Err(_) => Err(NotOwner),
        }
    }

    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, not_send: PhantomData }
    }

    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.recursion_count() > 0
    }

    pub fn recursion_count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
