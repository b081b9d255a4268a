//! Fault: tickets have 16 bits, and who gives up strikes off the first waiter with the same ticket, even if that is another.
//! Expect: many_who_gave_up_are_gone = lost-wakeup

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A lock without an owner.
#[derive(Debug, Default)]
pub struct Lock {
    held: AtomicBool,
    next_ticket: AtomicU16,
    /// The threads that may have to be woken when the lock is freed, in order of arrival.
    waiting: Mutex<VecDeque<(u16, Thread)>>,
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

    /// Acquires the lock, waiting for as long as it is held.
    pub fn acquire(&self) {
        self.acquire_within(None);
    }

    /// Acquires the lock if it is free, and says whether it was.
    pub fn try_acquire(&self) -> bool {
        !self.held.swap(true, Ordering::SeqCst)
    }

    /// Acquires the lock, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_within(Some(timeout))
    }

    fn acquire_within(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let ticket = self.next_ticket.fetch_add(1, Ordering::SeqCst);
        loop {
            if self.try_acquire() {
                return true;
            }
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            // Try again with the list locked: a thread that frees the lock later will find us.
            let mut waiting = self.waiting();
            if self.try_acquire() {
                return true;
            }
            waiting.push_back((ticket, thread::current()));
            drop(waiting);
            match left {
                None => thread::park(),
                Some(left) => thread::park_timeout(left),
            }
            let mut waiting = self.waiting();
            let place = waiting.iter().position(|(other, _)| *other == ticket);
            place.map(|place| waiting.remove(place));
        }
    }

    /// Frees the lock and lets one waiter in.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        if !self.held.swap(false, Ordering::SeqCst) {
            return Err(NotHeld);
        }
        // It leaves the list by itself.
        if let Some((_, next)) = self.waiting().front() {
            next.unpark();
        }
        Ok(())
    }

    /// Whether the lock was held a moment ago.
    pub fn locked(&self) -> bool {
        self.held.load(Ordering::SeqCst)
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

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(u16, Thread)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
