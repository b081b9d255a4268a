//! A lock that its owner may acquire again, like Python's `threading.RLock`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A re-entrant lock.
///
/// At most one thread owns it. The owner may acquire it again as often as it likes; each time it
/// acquires one *level*, and the lock is free for others once all levels have been released.
///
/// The lock guards no data of its own. Levels acquired with [`acquire`](RLock::acquire) and its
/// variants are released with [`release`](RLock::release); levels acquired with
/// [`lock`](RLock::lock) or [`try_lock`](RLock::try_lock) are released when the guard is dropped.
/// The two may be mixed, in any order, but a level that belongs to a guard is not released by hand.
///
/// A thread may own several locks. None of them has anything to do with the others.
#[derive(Debug, Default)]
pub struct RLock {
    // Who owns it, and how many levels deep? And what do the others wait on?
}

/// One level of an [`RLock`], released when this guard is dropped.
///
/// The level belongs to the thread that acquired it, so the guard must stay on that thread. It may be
/// dropped at any time: at the end of a block, by a panic, or, if it is kept in a thread-local variable,
/// when the thread ends.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
}

/// The error when a thread releases a lock that it does not own. Nothing has changed, not even for a
/// moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread does not own the lock")
    }
}

impl Error for NotOwner {}

impl RLock {
    /// A lock that nobody owns.
    pub fn new() -> Self {
        RLock {}
    }

    /// Acquires one level.
    ///
    /// The owner never waits for itself. Any other thread sleeps until the lock is free.
    pub fn acquire(&self) {
        todo!("wait until the lock is free or yours, then acquire one level")
    }

    /// Acquires one level if it can do so without waiting, and says whether it did.
    ///
    /// Never refuses the owner, and never refuses anyone if the lock is free.
    pub fn try_acquire(&self) -> bool {
        todo!("acquire one level if the lock is free or yours")
    }

    /// Acquires one level, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// No `timeout` is too long. With one of zero, this is [`try_acquire`](RLock::try_acquire). A
    /// caller that gives up leaves no trace.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("like acquire, but give up when the time is up")
    }

    /// Releases one level, without waiting. Releasing the last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock, whether another thread owns it or
    /// none does.
    pub fn release(&self) -> Result<(), NotOwner> {
        todo!("release one level; with the last one, let one waiter in")
    }

    /// Acquires one level, like [`acquire`](RLock::acquire), and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self }
    }

    /// Acquires one level if it can do so without waiting, like
    /// [`try_acquire`](RLock::try_acquire), and ties it to a guard. `None` if another thread owns
    /// the lock.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self })
    }

    /// Whether the calling thread owns the lock.
    pub fn is_owned(&self) -> bool {
        todo!("is the caller the owner?")
    }

    /// How many levels the calling thread holds: 0 if it is not the owner, whoever owns the lock.
    pub fn recursion_count(&self) -> usize {
        todo!("the caller's own levels")
    }
}

impl Drop for RLockGuard<'_> {
    /// Releases the level, also when the thread is panicking.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("release the one level that this guard stands for")
    }
}
