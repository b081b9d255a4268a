//! Fault: the owner is never cleared, so the thread that held the lock last walks in without acquiring it.
//! Whole: here the owner and the count are stored next to the lock, not inside it.
//! Expect: nests = wrong
//! Expect: last_release_frees = wrong
//! Expect: only_the_owner_releases = wrong

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub struct RLock {
    taken: Mutex<bool>,
    freed: Condvar,
    owner: Mutex<Option<ThreadId>>,
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
        if !self.is_owned() {
            let mut taken = self.taken.lock().unwrap();
            while *taken {
                taken = self.freed.wait(taken).unwrap();
            }
            *taken = true;
            drop(taken);
            self.set_owner(Some(thread::current().id()));
        }
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub fn try_acquire(&self) -> bool {
        if !self.is_owned() {
            let mut taken = self.taken.lock().unwrap();
            if *taken {
                return false;
            }
            *taken = true;
            drop(taken);
            self.set_owner(Some(thread::current().id()));
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        true
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        if !self.is_owned() {
            let start = Instant::now();
            let mut taken = self.taken.lock().unwrap();
            while *taken {
                let left = timeout.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return false;
                }
                taken = self.freed.wait_timeout(taken, left).unwrap().0;
            }
            *taken = true;
            drop(taken);
            self.set_owner(Some(thread::current().id()));
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        true
    }

    pub fn release(&self) -> Result<(), NotOwner> {
        if !self.is_owned() {
            return Err(NotOwner);
        }
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            *self.taken.lock().unwrap() = false;
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
        if self.is_owned() { self.count.load(Ordering::SeqCst) } else { 0 }
    }

    fn set_owner(&self, owner: Option<ThreadId>) {
        *self.owner.lock().unwrap() = owner;
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
