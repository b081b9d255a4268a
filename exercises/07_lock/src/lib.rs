//! A lock that one thread at a time can hold, as Python's `threading.Lock`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A lock without an owner.
///
/// It is held or free, and it does not remember who took it. So a thread that takes it twice waits,
/// as everybody else would; and whoever wants to may give it back.
///
/// The lock guards no data of its own. What was taken with [`acquire`](Lock::acquire) or one of its
/// variants is given back with [`release`](Lock::release); what was taken with [`lock`](Lock::lock)
/// or [`try_lock`](Lock::try_lock), when the guard is dropped.
#[derive(Debug, Default)]
pub struct Lock {
    // Held or free? And on what do those who wait sleep?
}

/// Stands for a [`Lock`] that is held, and gives it back when dropped, on whatever thread that is.
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
        Lock {}
    }

    /// Takes the lock. Waits, asleep, for as long as it is held, whoever holds it.
    pub fn acquire(&self) {
        todo!("wait until the lock is free, then take it")
    }

    /// Takes the lock if it is free, and says whether it was. Never waits.
    ///
    /// A free lock is never refused.
    pub fn try_acquire(&self) -> bool {
        todo!("take the lock if it is free")
    }

    /// Takes the lock, waiting for at most `timeout`, and says whether it did.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it is not asked to wait
    /// longer. A free lock is taken even if no time is left. A caller that gives up leaves nothing
    /// behind.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("as acquire, but give up when the time is over")
    }

    /// Gives the lock back and lets one of those in who wait. Any thread may do so, not only the one
    /// that took the lock.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        todo!("free the lock and wake somebody")
    }

    /// Whether somebody held the lock a moment ago. Never waits, and takes nothing.
    pub fn locked(&self) -> bool {
        todo!("is the lock held?")
    }

    /// Takes the lock, as [`acquire`](Lock::acquire), and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Takes the lock if it is free, as [`try_acquire`](Lock::try_acquire), and ties it to a guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }
}

impl Drop for LockGuard<'_> {
    /// Gives the lock back, also when the thread is panicking. If it was given back by hand already
    /// and is free, nothing happens.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("give back the lock that this guard stands for")
    }
}
