//! A lock that its owner may acquire again, like Python's `threading.RLock`.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

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
    /// Owner and depth change together, so they are one value behind one mutex. The mutex is locked
    /// for a few instructions at a time, never for as long as a thread owns the `RLock`.
    state: Mutex<State>,
    /// Notified when the lock becomes free.
    freed: Condvar,
}

/// Who owns the lock, and how many levels deep. `depth` is 0 exactly when `owner` is `None`.
#[derive(Debug, Default)]
struct State {
    owner: Option<ThreadId>,
    depth: usize,
}

impl State {
    /// Acquires one level for `me`, unless another thread is the owner.
    fn take(&mut self, me: ThreadId) -> bool {
        if self.owner.is_some_and(|owner| owner != me) {
            return false;
        }
        self.owner = Some(me);
        self.depth += 1;
        true
    }
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
    /// A raw pointer is not `Send`, so neither is the guard. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
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
        RLock::default()
    }

    /// Acquires one level.
    ///
    /// The owner never waits for itself. Any other thread sleeps until the lock is free.
    pub fn acquire(&self) {
        let me = thread::current().id();
        let mut state = self.state();
        while !state.take(me) {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Acquires one level if it can do so without waiting, and says whether it did.
    ///
    /// Never refuses the owner, and never refuses anyone if the lock is free.
    pub fn try_acquire(&self) -> bool {
        self.state().take(thread::current().id())
    }

    /// Acquires one level, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// No `timeout` is too long. With one of zero, this is [`try_acquire`](RLock::try_acquire). A
    /// caller that gives up leaves no trace.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let me = thread::current().id();
        let start = Instant::now();
        let mut state = self.state();
        while !state.take(me) {
            // Wait only for the time that remains, not for the whole timeout again: a wakeup that
            // leads to nothing must not prolong the wait.
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Releases one level, without waiting. Releasing the last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock, whether another thread owns it or
    /// none does.
    pub fn release(&self) -> Result<(), NotOwner> {
        let mut state = self.state();
        if state.owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        state.depth -= 1;
        if state.depth == 0 {
            state.owner = None;
            // Waking one is enough: only one thread can have the lock, and it will wake the next.
            self.freed.notify_one();
        }
        Ok(())
    }

    /// Acquires one level, like [`acquire`](RLock::acquire), and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, stays_on_its_thread: PhantomData }
    }

    /// Acquires one level if it can do so without waiting, like
    /// [`try_acquire`](RLock::try_acquire), and ties it to a guard. `None` if another thread owns
    /// the lock.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Whether the calling thread owns the lock.
    pub fn is_owned(&self) -> bool {
        self.recursion_count() > 0
    }

    /// How many levels the calling thread holds: 0 if it is not the owner, whoever owns the lock.
    pub fn recursion_count(&self) -> usize {
        let state = self.state();
        if state.owner == Some(thread::current().id()) { state.depth } else { 0 }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RLockGuard<'_> {
    /// Releases the level, also when the thread is panicking.
    fn drop(&mut self) {
        // The error means that the level was already released by hand. A panic here, perhaps while
        // another one is unwinding, would help nobody.
        let _ = self.lock.release();
    }
}
