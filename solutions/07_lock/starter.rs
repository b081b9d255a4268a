//! A lock that one thread at a time can hold, like Python's `threading.Lock`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A lock without an owner.
///
/// It is either held or free, and it does not remember who acquired it. So a thread that acquires
/// it twice waits, as any other thread would; and any thread may release it.
///
/// The lock guards no data of its own. If it was acquired with [`acquire`](Lock::acquire) or one of
/// its variants, [`release`](Lock::release) releases it. If it was acquired with
/// [`lock`](Lock::lock) or [`try_lock`](Lock::try_lock), dropping the guard does.
#[derive(Debug, Default)]
pub struct Lock {
    // Held or free? And what do waiting threads sleep on?
}

/// Stands for a [`Lock`] that is held, and releases it when dropped, on whatever thread that is.
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

    /// Acquires the lock, sleeping for as long as it is held, even when the holder is the caller.
    pub fn acquire(&self) {
        todo!("wait until the lock is free, then acquire it")
    }

    /// Acquires the lock if it is free, and says whether it was. Never waits.
    ///
    /// A free lock is never refused.
    pub fn try_acquire(&self) -> bool {
        todo!("acquire the lock if it is free")
    }

    /// Acquires the lock, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// A free lock is acquired even if no time is left. A caller that gives up hinders nobody.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("like acquire, but give up when the time is up")
    }

    /// Frees the lock and lets one waiter in. Any thread may call this, not only the one that
    /// acquired the lock.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        todo!("free the lock and wake one waiter")
    }

    /// Whether the lock was held a moment ago. Never waits, and acquires nothing.
    pub fn locked(&self) -> bool {
        todo!("is the lock held?")
    }

    /// Acquires the lock, like [`acquire`](Lock::acquire), and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Acquires the lock if it is free, like [`try_acquire`](Lock::try_acquire), and ties it to a
    /// guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }
}

impl Drop for LockGuard<'_> {
    /// Releases the lock, also when the thread is panicking. If it was released by hand already
    /// and is free, nothing happens.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("release the lock that this guard stands for")
    }
}
