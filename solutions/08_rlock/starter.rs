//! A lock that the thread which holds it may take again, as Python's `threading.RLock`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A re-entrant lock.
///
/// At most one thread owns it. The owner may take it again as often as it likes; each taking is one
/// *level*, and the lock is free for others when the owner has given back as many levels as it took.
///
/// The lock guards no data of its own. Levels taken with [`acquire`](RLock::acquire) and its
/// variants are given back with [`release`](RLock::release), levels taken with [`lock`](RLock::lock)
/// or [`try_lock`](RLock::try_lock) when the guard is dropped. The two may be mixed, in any order.
#[derive(Debug, Default)]
pub struct RLock {
    // Who owns it, and how deep? And on what do the others wait?
}

/// One level of an [`RLock`], given back when this is dropped.
///
/// The level belongs to the thread that took it, so the guard must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
}

/// The error of a thread that releases a lock which it does not own. Nothing has changed.
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

    /// Takes one level.
    ///
    /// The owner never waits for itself. Anyone else waits, asleep, until the lock is free.
    pub fn acquire(&self) {
        todo!("wait until the lock is free or yours, then take one level")
    }

    /// Takes one level if that needs no waiting, and says whether it did.
    ///
    /// A free lock is never refused, nor is the owner.
    pub fn try_acquire(&self) -> bool {
        todo!("take one level if the lock is free or yours")
    }

    /// Takes one level, waiting for at most `timeout`, and says whether it did.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it is not asked to wait
    /// longer. A caller that gives up leaves nothing behind.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("as acquire, but give up when the time is over")
    }

    /// Gives one level back. The last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock, whether another one does or nobody.
    pub fn release(&self) -> Result<(), NotOwner> {
        todo!("give one level back; with the last one, let somebody in")
    }

    /// Takes one level, as [`acquire`](RLock::acquire), and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self }
    }

    /// Takes one level if that needs no waiting, as [`try_acquire`](RLock::try_acquire), and ties
    /// it to a guard. `None` if somebody else owns the lock.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self })
    }

    /// Whether the calling thread owns the lock.
    pub fn is_owned(&self) -> bool {
        todo!("is the caller the owner?")
    }

    /// How many levels the calling thread holds: 0 if it is not the owner, whoever else may be.
    pub fn recursion_count(&self) -> usize {
        todo!("the caller's own levels")
    }
}

impl Drop for RLockGuard<'_> {
    /// Gives the level back, also when the thread is panicking.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("give back the one level that this guard stands for")
    }
}
