//! Make: the owner is an atomic, set by a compare-and-exchange, and waiting threads park on a list.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

thread_local! {
    /// The thread's number. No other thread has it, not even one that starts when this one has ended.
    static MARK: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// The number of the next thread that asks for one.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// The caller's mark, never 0.
fn me() -> usize {
    MARK.with(|mark| *mark)
}

/// A re-entrant lock.
#[derive(Debug, Default)]
pub struct RLock {
    /// The owner's mark, or 0 if there is no owner.
    owner: AtomicUsize,
    /// Read and written only by the owner.
    depth: AtomicUsize,
    /// The threads that may have to be woken when the lock is freed, in order of arrival.
    waiting: Mutex<VecDeque<Thread>>,
}

/// One level of an [`RLock`], released when this guard is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

/// The error when a thread releases a lock that it does not own. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread does not own the lock")
    }
}

impl Error for NotOwner {}

impl RLock {
    pub fn new() -> Self {
        RLock::default()
    }

    /// Acquires one level, waiting for as long as another thread is the owner.
    pub fn acquire(&self) {
        self.acquire_until(None);
    }

    /// Acquires one level if it can do so without waiting, and says whether it did.
    pub fn try_acquire(&self) -> bool {
        let before = self.owner.compare_exchange(0, me(), Ordering::SeqCst, Ordering::SeqCst);
        let free_or_mine = before.is_ok() || before == Err(me());
        if free_or_mine {
            self.depth.fetch_add(1, Ordering::SeqCst);
        }
        free_or_mine
    }

    /// Acquires one level, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_until(Some((Instant::now(), timeout)))
    }

    fn acquire_until(&self, limit: Option<(Instant, Duration)>) -> bool {
        while !self.try_acquire() {
            let left = limit.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            // Join the list, then try again: a thread that frees the lock from here on will find
            // us.
            self.waiting().push_back(thread::current());
            let got_in = self.try_acquire();
            if !got_in {
                match left {
                    None => thread::park(),
                    Some(left) => thread::park_timeout(left),
                }
            }
            let me = thread::current().id();
            self.waiting().retain(|thread| thread.id() != me);
            if got_in {
                break;
            }
        }
        true
    }

    /// Releases one level. Releasing the last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn release(&self) -> Result<(), NotOwner> {
        if !self.is_owned() {
            return Err(NotOwner);
        }
        if self.depth.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.owner.store(0, Ordering::SeqCst);
            if let Some(next) = self.waiting().pop_front() {
                next.unpark();
            }
        }
        Ok(())
    }

    /// Acquires one level and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, stays_on_its_thread: PhantomData }
    }

    /// Acquires one level if it can do so without waiting, and ties it to a guard.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.owner.load(Ordering::SeqCst) == me()
    }

    /// How many levels the calling thread holds.
    pub fn recursion_count(&self) -> usize {
        if self.is_owned() { self.depth.load(Ordering::SeqCst) } else { 0 }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Thread>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
