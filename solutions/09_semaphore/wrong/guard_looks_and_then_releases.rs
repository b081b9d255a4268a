//! Fault: a bounded guard looks whether there is room and releases in a second step, which panics if the room is gone by then.
//! Expect: a_guard_meets_a_release = wrong

//! Counted permits, like Python's `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What both kinds of semaphore are built on.
#[derive(Debug)]
struct Permits {
    /// How many permits are free.
    free: Mutex<usize>,
    /// Notified when there are more free permits than before.
    given: Condvar,
}

impl Permits {
    fn new(value: usize) -> Self {
        Permits { free: Mutex::new(value), given: Condvar::new() }
    }

    /// Acquires a permit if there is one.
    fn try_take(&self) -> bool {
        self.take(Some(Duration::ZERO))
    }

    /// Acquires a permit, waiting for at most `limit`, or indefinitely if there is no limit.
    fn take(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut free = self.free();
        // Check the number before the clock: a thread that was woken for a permit takes it, even if
        // it is late. Otherwise that wakeup would be wasted while another thread is still waiting.
        while *free == 0 {
            free = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                None => self.given.wait(free).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    self.given.wait_timeout(free, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *free -= 1;
        true
    }

    /// Gives `n` permits, unless there would be more than `bound`. Checking and giving are one
    /// step.
    fn give(&self, n: usize, bound: usize) -> bool {
        assert!(n > 0, "release() must give at least one permit");
        let mut free = self.free();
        // Not `*free + n > bound`: the sum could overflow.
        if n > bound - *free {
            return false;
        }
        *free += n;
        if n == 1 {
            self.given.notify_one();
        } else {
            // More than `n` threads may wake up. The extra ones check, and go back to sleep.
            self.given.notify_all();
        }
        true
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number of permits. A thread that wants to go on acquires one.
///
/// If none is free, it waits until one is released. Permits have no owner: any thread may release
/// what another one has acquired, and even what was never acquired. So the number of permits may
/// rise above what it was at the start.
///
/// A permit acquired with [`acquire`](Semaphore::acquire) or one of its variants is released with
/// [`release`](Semaphore::release); one acquired with [`permit`](Semaphore::permit) or
/// [`try_permit`](Semaphore::try_permit) is released when the guard is dropped.
#[derive(Debug)]
pub struct Semaphore {
    permits: Permits,
}

/// A [`Semaphore`] that never has more permits than at the start.
///
/// A caller that releases what no thread had acquired has made a mistake, and is told so.
#[derive(Debug)]
pub struct BoundedSemaphore {
    permits: Permits,
    /// The number of permits at the start. It never changes, so it needs no lock.
    bound: usize,
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

impl Semaphore {
    /// A semaphore with `value` permits. 0 is allowed: then a permit must be released before any
    /// thread can acquire one.
    pub fn new(value: usize) -> Self {
        Semaphore { permits: Permits::new(value) }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.permits.take(None);
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.permits.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// A free permit is acquired even if no time is left. A caller that gives up has taken nothing,
    /// and keeps nothing from others.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.take(Some(timeout))
    }

    /// Gives `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or if there would be more permits than a `usize` can count. The semaphore is
    /// unchanged.
    pub fn release(&self, n: usize) {
        assert!(self.permits.give(n, usize::MAX), "more permits than can be counted");
    }

    /// Acquires a permit, like [`acquire`](Semaphore::acquire), and ties it to a guard.
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    /// Acquires a permit if there is one, like [`try_acquire`](Semaphore::try_acquire), and ties it
    /// to a guard.
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit { semaphore: self })
    }
}

impl BoundedSemaphore {
    /// A semaphore with `value` permits, and never more. 0 is allowed, though of little use.
    pub fn new(value: usize) -> Self {
        BoundedSemaphore { permits: Permits::new(value), bound: value }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.permits.take(None);
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.permits.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.take(Some(timeout))
    }

    /// Releases `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    ///
    /// # Errors
    ///
    /// [`AboveInitialValue`] if there would be more permits than at the start, however large `n`
    /// is. Then none is released, not even those for which there would be room.
    ///
    /// # Panics
    ///
    /// If `n` is 0. The semaphore is unchanged.
    pub fn release(&self, n: usize) -> Result<(), AboveInitialValue> {
        if self.permits.give(n, self.bound) { Ok(()) } else { Err(AboveInitialValue) }
    }

    /// Acquires a permit, like [`acquire`](BoundedSemaphore::acquire), and ties it to a guard.
    pub fn permit(&self) -> BoundedPermit<'_> {
        self.acquire();
        BoundedPermit { semaphore: self }
    }

    /// Acquires a permit if there is one, like [`try_acquire`](BoundedSemaphore::try_acquire), and
    /// ties it to a guard.
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
        let semaphore = self.semaphore;
        if *semaphore.permits.free() < semaphore.bound {
            semaphore.release(1).expect("there is room for it");
        }
    }
}
