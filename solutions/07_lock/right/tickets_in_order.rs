//! Make: numbered tickets under one mutex. All waiters are woken, but only the one with the lowest number goes in.

use std::collections::BTreeSet;
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
    /// The number of the next ticket, and the tickets of the waiting threads.
    next: u64,
    waiting: BTreeSet<u64>,
}

/// Stands for a [`Lock`] that is held, and releases it when dropped.
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

impl Lock {
    pub fn new() -> Self {
        Lock::default()
    }

    /// Acquires the lock, waiting for as long as it is held or other threads have waited longer.
    pub fn acquire(&self) {
        self.acquire_within(None);
    }

    /// Acquires the lock if it is free, and says whether it was. Threads that are already waiting
    /// have to wait a little longer.
    pub fn try_acquire(&self) -> bool {
        let mut state = self.state();
        let was_free = !state.held;
        state.held = true;
        was_free
    }

    /// Acquires the lock, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_within(Some(timeout))
    }

    fn acquire_within(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        let ticket = state.next;
        state.next += 1;
        state.waiting.insert(ticket);
        let got_in = loop {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            let no_time_left = left == Some(Duration::ZERO);
            // A thread with no time left need not queue for a lock that is free.
            if !state.held && (no_time_left || state.waiting.first() == Some(&ticket)) {
                state.held = true;
                break true;
            }
            if no_time_left {
                break false;
            }
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        };
        state.waiting.remove(&ticket);
        got_in
    }

    /// Frees the lock and lets one waiter in.
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
        self.changed.notify_all();
        Ok(())
    }

    /// Whether the lock was held a moment ago.
    pub fn locked(&self) -> bool {
        self.state().held
    }

    /// Acquires the lock and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Acquires the lock if it is free, and ties it to a guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
