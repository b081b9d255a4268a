//! Fault: a panic while `{:?}` prints poisons the mutex, and every call after that panics, too.
//! Expect: printing_does_no_harm = crash

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A number of permits.
#[derive(Debug)]
pub struct Semaphore {
    inner: Permits,
}

/// A [`Semaphore`] that never has more permits than at the start.
#[derive(Debug)]
pub struct BoundedSemaphore {
    inner: Permits,
    initial: usize,
}

/// One permit of a [`Semaphore`], released when this guard is dropped, on any thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// One permit of a [`BoundedSemaphore`], released when this guard is dropped, on any thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct BoundedPermit<'a> {
    semaphore: &'a BoundedSemaphore,
}

/// The error of giving a [`BoundedSemaphore`] more permits than it had at the start. Nothing has
/// changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveInitialValue;

impl fmt::Display for AboveInitialValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more permits were given back than had been taken")
    }
}

impl Error for AboveInitialValue {}

/// What both kinds have in common: a count of free permits, and where the threads sleep that find none.
#[derive(Debug)]
struct Permits {
    free: Mutex<usize>,
    given: Condvar,
}

impl Permits {
    fn new(value: usize) -> Self {
        Self { free: Mutex::new(value), given: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap()
    }

    fn take(&self) {
        let mut free = self.lock();
        while *free == 0 {
            free = self.given.wait(free).unwrap();
        }
        *free -= 1;
    }

    fn try_take(&self) -> bool {
        let mut free = self.lock();
        if *free == 0 {
            return false;
        }
        *free -= 1;
        true
    }

    fn take_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut free = self.lock();
        loop {
            if *free > 0 {
                *free -= 1;
                return true;
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            free = self.given.wait_timeout(free, left).unwrap().0;
        }
    }

    /// Gives `n` permits, unless there would be more than `most`.
    fn give(&self, n: usize, most: usize) -> bool {
        let mut free = self.lock();
        match free.checked_add(n) {
            Some(sum) if sum <= most => *free = sum,
            _ => return false,
        }
        drop(free);
        if n == 1 { self.given.notify_one() } else { self.given.notify_all() }
        true
    }
}

impl Semaphore {
    /// A semaphore with `value` permits.
    pub fn new(value: usize) -> Self {
        Self { inner: Permits::new(value) }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.inner.take();
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.inner.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout`, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.take_timeout(timeout)
    }

    /// Gives `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    pub fn release(&self, n: usize) {
        assert!(n > 0, "release of no permits");
        assert!(self.inner.give(n, usize::MAX), "more permits than a usize can count");
    }

    /// Acquires a permit and ties it to a guard.
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    /// Acquires a permit if there is one, and ties it to a guard.
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit { semaphore: self })
    }
}

impl BoundedSemaphore {
    /// A semaphore with `value` permits, and never more.
    pub fn new(value: usize) -> Self {
        Self { inner: Permits::new(value), initial: value }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.inner.take();
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.inner.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.take_timeout(timeout)
    }

    /// Releases `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    pub fn release(&self, n: usize) -> Result<(), AboveInitialValue> {
        assert!(n > 0, "release of no permits");
        if self.inner.give(n, self.initial) { Ok(()) } else { Err(AboveInitialValue) }
    }

    /// Acquires a permit and ties it to a guard.
    pub fn permit(&self) -> BoundedPermit<'_> {
        self.acquire();
        BoundedPermit { semaphore: self }
    }

    /// Acquires a permit if there is one, and ties it to a guard.
    pub fn try_permit(&self) -> Option<BoundedPermit<'_>> {
        self.try_acquire().then(|| BoundedPermit { semaphore: self })
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release(1);
    }
}

impl Drop for BoundedPermit<'_> {
    fn drop(&mut self) {
        let _ = self.semaphore.release(1);
    }
}
