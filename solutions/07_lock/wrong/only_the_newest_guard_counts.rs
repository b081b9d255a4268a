//! Fault: a guard releases the lock only if no later guard was made, even if the lock is held.
//! Expect: a_guard_releases_on_any_thread = wrong

//! A lock that one thread at a time can hold, like Python's `threading.Lock`.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Whether the lock is held. The mutex is locked for a few instructions at a time, never for as
    /// long as the lock itself is held.
    held: Mutex<bool>,
    /// Notified when the lock becomes free.
    freed: Condvar,
    /// The number of the newest guard.
    newest: AtomicU64,
}

/// Stands for a [`Lock`] that is held, and releases it when dropped, on whatever thread that is.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
    number: u64,
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

    /// Acquires the lock, sleeping for as long as it is held, even when the holder is the caller.
    pub fn acquire(&self) {
        let mut held = self.held();
        // A wakeup means that the lock was free, not that it still is; a spurious one does not mean
        // even that.
        while *held {
            held = self.freed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held = true;
    }

    /// Acquires the lock if it is free, and says whether it was. Never waits.
    ///
    /// A free lock is never refused.
    pub fn try_acquire(&self) -> bool {
        let mut held = self.held();
        let was_free = !*held;
        *held = true;
        was_free
    }

    /// Acquires the lock, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// A free lock is acquired even if no time is left. A caller that gives up hinders nobody.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut held = self.held();
        // Check the lock before the clock: a wakeup that comes just as the time runs out is used,
        // not wasted.
        while *held {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            held = self.freed.wait_timeout(held, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *held = true;
        true
    }

    /// Frees the lock and lets one waiter in. Any thread may call this, not only the one that
    /// acquired the lock.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        let mut held = self.held();
        if !*held {
            return Err(NotHeld);
        }
        *held = false;
        // Waking one is enough: only one thread can have the lock, and it will wake the next.
        self.freed.notify_one();
        Ok(())
    }

    /// Whether the lock was held a moment ago. Never waits, and acquires nothing.
    pub fn locked(&self) -> bool {
        *self.held()
    }

    /// Acquires the lock, like [`acquire`](Lock::acquire), and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        self.guard()
    }

    /// Acquires the lock if it is free, like [`try_acquire`](Lock::try_acquire), and ties it to a
    /// guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| self.guard())
    }

    fn guard(&self) -> LockGuard<'_> {
        LockGuard { lock: self, number: self.newest.fetch_add(1, SeqCst) + 1 }
    }

    fn held(&self) -> MutexGuard<'_, bool> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LockGuard<'_> {
    /// Releases the lock, also when the thread is panicking. If it was released by hand already
    /// and is free, nothing happens.
    fn drop(&mut self) {
        // The lock may be another guard's by now.
        if self.number == self.lock.newest.load(SeqCst) {
            // A panic here, perhaps while another one is unwinding, would help nobody.
            let _ = self.lock.release();
        }
    }
}
