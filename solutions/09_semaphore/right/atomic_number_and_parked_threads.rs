//! Make: the number of permits is an atomic, and a thread that finds none joins a list and parks.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What both kinds of semaphore are built on.
#[derive(Debug)]
struct Permits {
    free: AtomicUsize,
    /// The threads that may have to be woken, in order of arrival.
    waiting: Mutex<VecDeque<Thread>>,
}

impl Permits {
    fn new(value: usize) -> Self {
        Permits { free: AtomicUsize::new(value), waiting: Mutex::default() }
    }

    fn try_take(&self) -> bool {
        self.free.fetch_update(SeqCst, SeqCst, |free| free.checked_sub(1)).is_ok()
    }

    fn take(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        while !self.try_take() {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            // Try again with the list locked: a thread that gives a permit later will find us.
            let mut waiting = self.waiting();
            if self.try_take() {
                return true;
            }
            waiting.push_back(thread::current());
            drop(waiting);
            match left {
                None => thread::park(),
                Some(left) => thread::park_timeout(left),
            }
            let me = thread::current().id();
            self.waiting().retain(|thread| thread.id() != me);
        }
        true
    }

    fn give(&self, n: usize, bound: usize) -> bool {
        assert!(n > 0, "release() must give at least one permit");
        let more = |free: usize| free.checked_add(n).filter(|free| *free <= bound);
        if self.free.fetch_update(SeqCst, SeqCst, more).is_err() {
            return false;
        }
        let mut waiting = self.waiting();
        let woken = n.min(waiting.len());
        waiting.drain(..woken).for_each(|thread| thread.unpark());
        true
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Thread>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number of permits. A thread that wants to go on acquires one.
#[derive(Debug)]
pub struct Semaphore {
    permits: Permits,
}

/// A [`Semaphore`] that never has more permits than at the start.
#[derive(Debug)]
pub struct BoundedSemaphore {
    permits: Permits,
    bound: usize,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct BoundedPermit<'a> {
    semaphore: &'a BoundedSemaphore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveInitialValue;

impl fmt::Display for AboveInitialValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more permits were given back than had been taken")
    }
}

impl Error for AboveInitialValue {}

impl Semaphore {
    pub fn new(value: usize) -> Self {
        Semaphore { permits: Permits::new(value) }
    }

    pub fn acquire(&self) {
        self.permits.take(None);
    }

    pub fn try_acquire(&self) -> bool {
        self.permits.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout`, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.take(Some(timeout))
    }

    pub fn release(&self, n: usize) {
        assert!(self.permits.give(n, usize::MAX), "more permits than can be counted");
    }

    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit { semaphore: self })
    }
}

impl BoundedSemaphore {
    pub fn new(value: usize) -> Self {
        BoundedSemaphore { permits: Permits::new(value), bound: value }
    }

    pub fn acquire(&self) {
        self.permits.take(None);
    }

    pub fn try_acquire(&self) -> bool {
        self.permits.try_take()
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.take(Some(timeout))
    }

    pub fn release(&self, n: usize) -> Result<(), AboveInitialValue> {
        if self.permits.give(n, self.bound) { Ok(()) } else { Err(AboveInitialValue) }
    }

    pub fn permit(&self) -> BoundedPermit<'_> {
        self.acquire();
        BoundedPermit { semaphore: self }
    }

    pub fn try_permit(&self) -> Option<BoundedPermit<'_>> {
        self.try_acquire().then(|| BoundedPermit { semaphore: self })
    }
}

impl Drop for Permit<'_> {
    /// Releases the permit, also when the thread is panicking.
    fn drop(&mut self) {
        self.semaphore.release(1);
    }
}

impl Drop for BoundedPermit<'_> {
    /// Releases the permit, also when the thread is panicking. If it was released by hand already
    /// and there is no room for another, nothing happens.
    fn drop(&mut self) {
        let _ = self.semaphore.release(1);
    }
}
