//! A lock that the thread which holds it may take again, as Python's `threading.RLock`.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

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
    /// Owner and depth change together, so they are one value under one mutex. It is held for a
    /// few instructions at a time, never while somebody owns the `RLock`.
    state: Mutex<State>,
    /// Notified when the lock becomes free.
    freed: Condvar,
}

/// Who owns the lock, and how deep. `depth` is 0 exactly when `owner` is `None`.
#[derive(Debug, Default)]
struct State {
    owner: Option<ThreadId>,
    depth: usize,
}

impl State {
    /// Takes one level for `me`, unless somebody else is the owner.
    fn take(&mut self, me: ThreadId) -> bool {
        if self.owner.is_some_and(|owner| owner != me) {
            return false;
        }
        self.owner = Some(me);
        self.depth += 1;
        true
    }
}

/// One level of an [`RLock`], given back when this is dropped.
///
/// The level belongs to the thread that took it, so the guard must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    /// A raw pointer is not `Send`, so the guard is not either. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
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
        RLock::default()
    }

    /// Takes one level.
    ///
    /// The owner never waits for itself. Anyone else waits, asleep, until the lock is free.
    pub fn acquire(&self) {
        let me = thread::current().id();
        let mut state = self.state();
        while !state.take(me) {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes one level if that needs no waiting, and says whether it did.
    ///
    /// A free lock is never refused, nor is the owner.
    pub fn try_acquire(&self) -> bool {
        self.state().take(thread::current().id())
    }

    /// Takes one level, waiting for at most `timeout`, and says whether it did.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it is not asked to wait
    /// longer. A caller that gives up leaves nothing behind.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let me = thread::current().id();
        let start = Instant::now();
        let mut state = self.state();
        while !state.take(me) {
            // What is left of the whole, not the whole again: a wakeup that leads to nothing must
            // not lengthen the wait.
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Gives one level back. The last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock, whether another one does or nobody.
    pub fn release(&self) -> Result<(), NotOwner> {
        let mut state = self.state();
        if state.owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        state.depth -= 1;
        if state.depth == 0 {
            state.owner = None;
            // One is enough: only one can have it, and it will wake the next in its turn.
            self.freed.notify_one();
        }
        Ok(())
    }

    /// Takes one level, as [`acquire`](RLock::acquire), and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, stays_on_its_thread: PhantomData }
    }

    /// Takes one level if that needs no waiting, as [`try_acquire`](RLock::try_acquire), and ties
    /// it to a guard. `None` if somebody else owns the lock.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Whether the calling thread owns the lock.
    pub fn is_owned(&self) -> bool {
        self.recursion_count() > 0
    }

    /// How many levels the calling thread holds: 0 if it is not the owner, whoever else may be.
    pub fn recursion_count(&self) -> usize {
        let state = self.state();
        if state.owner == Some(thread::current().id()) { state.depth } else { 0 }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RLockGuard<'_> {
    /// Gives the level back, also when the thread is panicking.
    fn drop(&mut self) {
        // The error means that the level was given back by hand already. A panic here, perhaps in
        // the middle of another, would help nobody.
        let _ = self.lock.release();
    }
}
