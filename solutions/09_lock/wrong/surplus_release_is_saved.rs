//! Fault: a release that is not due is reported, but counted all the same: the next time two get in.
//! Expect: only_a_held_lock_is_released = wrong

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Lock {
    free: Mutex<u32>,
    freed: Condvar,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is not held by anybody")
    }
}

impl Error for NotHeld {}

impl Default for Lock {
    fn default() -> Self {
        Lock { free: Mutex::new(1), freed: Condvar::new() }
    }
}

impl Lock {
    pub fn new() -> Self {
        Lock::default()
    }

    pub fn acquire(&self) {
        let mut free = self.freed.wait_while(self.free.lock().unwrap(), |free| *free == 0).unwrap();
        *free -= 1;
    }

    pub fn try_acquire(&self) -> bool {
        self.acquire_timeout(Duration::ZERO)
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut free = self.free.lock().unwrap();
        while *free == 0 {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            free = self.freed.wait_timeout(free, left).unwrap().0;
        }
        *free -= 1;
        true
    }

    pub fn release(&self) -> Result<(), NotHeld> {
        let mut free = self.free.lock().unwrap();
        *free += 1;
        self.freed.notify_one();
        if *free > 1 { Err(NotHeld) } else { Ok(()) }
    }

    pub fn locked(&self) -> bool {
        *self.free.lock().unwrap() == 0
    }

    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
