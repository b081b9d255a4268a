//! Counted permits, like Python's `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

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
    // How many permits are free? And what do the threads that find none sleep on?
}

/// A [`Semaphore`] that never has more permits than at the start.
///
/// A caller that releases what no thread had acquired has made a mistake, and is told so.
#[derive(Debug)]
pub struct BoundedSemaphore {
    // What else does it have to know? And what must happen in one step?
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
        let _ = value;
        todo!("a semaphore with that many permits")
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        todo!("wait until there is a permit, then acquire it")
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        todo!("acquire a permit if there is one")
    }

    /// Acquires a permit, waiting for at most `timeout`, and says whether it succeeded.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// A free permit is acquired even if no time is left. A caller that gives up has taken nothing,
    /// and keeps nothing from others.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("like acquire, but give up when the time is up")
    }

    /// Gives `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or if there would be more permits than a `usize` can count. The semaphore is
    /// unchanged.
    pub fn release(&self, n: usize) {
        let _ = n;
        todo!("add n permits and wake the waiters that can have them")
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
        let _ = value;
        todo!("a semaphore with that many permits")
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        todo!("like Semaphore")
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        todo!("like Semaphore")
    }

    /// Acquires a permit, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("like Semaphore")
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
        let _ = n;
        todo!("like Semaphore, unless there would be too many")
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
        let _ = self.semaphore;
        todo!("release the one permit that this guard stands for")
    }
}

impl Drop for BoundedPermit<'_> {
    /// Releases the permit, also when the thread is panicking. If it was released by hand already
    /// and there is no room for another, nothing happens.
    fn drop(&mut self) {
        let _ = self.semaphore;
        todo!("release the one permit that this guard stands for")
    }
}
