//! Fault: a guard releases the lock only if no later guard was made, even if the lock is held.
//! Expect: a_guard_releases_on_any_thread = wrong

use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    held: bool,
    // Of the newest guard.
    serial: u64,
}

#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
    freed: Condvar,
}

/// Stands for a [`Lock`] that is held, and releases it when dropped, on whatever thread that is.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
    serial: u64,
}

/// The error of releasing a lock that nobody holds. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is not held by anybody")
    }
}

impl Error for NotHeld {}

impl Lock {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn acquire(&self) {
        let mut state = self.state();
        while state.held {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.held = true;
    }

    pub fn try_acquire(&self) -> bool {
        !mem::replace(&mut self.state().held, true)
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        while state.held {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            (state, _) = self
                .freed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.held = true;
        true
    }

    pub fn release(&self) -> Result<(), NotHeld> {
        if !mem::take(&mut self.state().held) {
            return Err(NotHeld);
        }
        self.freed.notify_one();
        Ok(())
    }

    pub fn locked(&self) -> bool {
        self.state().held
    }

    fn guard(&self) -> LockGuard<'_> {
        let mut state = self.state();
        state.serial += 1;
        LockGuard {
            lock: self,
            serial: state.serial,
        }
    }

    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        self.guard()
    }

    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| self.guard())
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.lock.state();
        // An outdated guard must not take the lock away from under a newer one.
        if state.serial == self.serial && mem::take(&mut state.held) {
            self.lock.freed.notify_one();
        }
    }
}
