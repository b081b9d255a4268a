//! Fault: a waiter whose time is up takes itself off the number of sleepers, even if a release has already done so.
//! Expect: who_leaves_late_leaves_alone = lost-wakeup

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What both kinds of semaphore are built on.
#[derive(Debug)]
struct Permits {
    counts: Mutex<Counts>,
    /// Notified when there are more free permits than before.
    given: Condvar,
}

/// The two numbers change together, so no thread ever finds a permit in neither of them.
#[derive(Debug)]
struct Counts {
    free: usize,
    taken: usize,
    /// Threads that sleep and have not been woken.
    asleep: usize,
}

impl Permits {
    fn new(value: usize) -> Self {
        let counts = Counts { free: value, taken: 0, asleep: 0 };
        Permits { counts: Mutex::new(counts), given: Condvar::new() }
    }

    /// Acquires a permit if there is one.
    fn try_take(&self) -> bool {
        self.take(Some(Duration::ZERO))
    }

    /// Acquires a permit, waiting for at most `limit`, or indefinitely if there is no limit.
    fn take(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut counts = self.counts();
        while counts.free == 0 {
            counts = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                None => {
                    counts.asleep += 1;
                    self.given.wait(counts).unwrap_or_else(PoisonError::into_inner)
                }
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    counts.asleep += 1;
                    let waited = self.given.wait_timeout(counts, left);
                    let (mut counts, end) = waited.unwrap_or_else(PoisonError::into_inner);
                    if end.timed_out() {
                        // No thread has woken us, so none has struck us off.
                        counts.asleep = counts.asleep.saturating_sub(1);
                    }
                    counts
                }
            };
        }
        counts.free -= 1;
        counts.taken += 1;
        true
    }

    /// Gives `n` permits, whether or not they were taken.
    fn give(&self, n: usize) {
        assert!(n > 0, "release() must give at least one permit");
        let mut counts = self.counts();
        counts.free = counts.free.checked_add(n).expect("more permits than can be counted");
        counts.taken = counts.taken.saturating_sub(n);
        self.wake(n, &mut counts);
    }

    /// Gives `n` permits if that many are taken. Checking and giving are one step.
    fn give_back(&self, n: usize) -> Result<(), AboveInitialValue> {
        assert!(n > 0, "release() must give at least one permit");
        let mut counts = self.counts();
        counts.taken = counts.taken.checked_sub(n).ok_or(AboveInitialValue)?;
        counts.free += n;
        self.wake(n, &mut counts);
        Ok(())
    }

    fn wake(&self, n: usize, counts: &mut Counts) {
        let woken = n.min(counts.asleep);
        counts.asleep -= woken;
        for _ in 0..woken {
            self.given.notify_one();
        }
    }

    #[track_caller]
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.permits.give(n);
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
        BoundedSemaphore { permits: Permits::new(value) }
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
        self.permits.give_back(n)
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
