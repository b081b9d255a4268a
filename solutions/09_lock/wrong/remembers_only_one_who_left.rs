//! Fault: tickets of those who gave up are passed over, but only one of them is remembered.
//! Expect: a_limit_holds_in_company = lost-wakeup
//! Expect: giving_up_leaves_no_trace = pass

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A lock without an owner.
#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    /// The number of the next ticket, the one that may go in, and the one whose owner has left.
    next: u64,
    serving: u64,
    left: Option<u64>,
}

/// Stands for a [`Lock`] that is held, and gives it back when dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
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
    /// A lock that nobody holds.
    pub fn new() -> Self {
        Lock::default()
    }

    /// Takes the lock. Waits for as long as it is held, or others have waited longer.
    pub fn acquire(&self) {
        self.acquire_within(None);
    }

    /// Takes the lock if it is free, and says whether it was. Those who wait must wait a little more.
    pub fn try_acquire(&self) -> bool {
        let mut state = self.state();
        if state.held || state.serving < state.next {
            return false;
        }
        state.next += 1;
        state.held = true;
        true
    }

    /// Takes the lock, waiting for at most `timeout` in all, and says whether it did.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_within(Some(timeout))
    }

    fn acquire_within(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        let ticket = state.next;
        state.next += 1;
        loop {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            if !state.held && state.serving == ticket {
                state.held = true;
                return true;
            }
            if left == Some(Duration::ZERO) {
                state.left = Some(ticket);
                return false;
            }
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Gives the lock back and lets one of those in who wait.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        let mut state = self.state();
        if !state.held {
            return Err(NotHeld);
        }
        state.held = false;
        state.call_the_next();
        self.changed.notify_all();
        Ok(())
    }

    /// Whether somebody held the lock a moment ago.
    pub fn locked(&self) -> bool {
        let state = self.state();
        state.held || state.serving < state.next
    }

    /// Takes the lock and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Takes the lock if it is free, and ties it to a guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn call_the_next(&mut self) {
        self.serving += 1;
        if self.left == Some(self.serving) {
            self.left = None;
            self.serving += 1;
        }
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
