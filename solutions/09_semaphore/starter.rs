//! Counted permits, as Python's `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A number of permits, of which each thread that wants to go on takes one.
///
/// If none is left, it waits until somebody gives one back. Permits have no owner: any thread may
/// give back what another one has taken, and even what was never taken. So the number of permits may
/// rise above what it was in the beginning.
///
/// What was taken with [`acquire`](Semaphore::acquire) or one of its variants is given back with
/// [`release`](Semaphore::release); what was taken with [`permit`](Semaphore::permit) or
/// [`try_permit`](Semaphore::try_permit), when the guard is dropped.
#[derive(Debug)]
pub struct Semaphore {
    // How many permits are free? And on what do those who find none sleep?
}

/// A [`Semaphore`] that never has more permits than in the beginning.
///
/// Whoever gives back what nobody had taken has made a mistake, and is told.
#[derive(Debug)]
pub struct BoundedSemaphore {
    // What does it have to know besides? And what must happen in one step?
}

/// One permit of a [`Semaphore`], given back when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// One permit of a [`BoundedSemaphore`], given back when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct BoundedPermit<'a> {
    semaphore: &'a BoundedSemaphore,
}

/// The error of giving a [`BoundedSemaphore`] more permits than it had in the beginning. Nothing has
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
    /// A semaphore with `value` permits. 0 is allowed: then somebody must give one before anybody
    /// can take one.
    pub fn new(value: usize) -> Self {
        let _ = value;
        todo!("a semaphore with so many permits")
    }

    /// Takes a permit. Waits, asleep, while there is none.
    pub fn acquire(&self) {
        todo!("wait until there is a permit, then take it")
    }

    /// Takes a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        todo!("take a permit if there is one")
    }

    /// Takes a permit, waiting for at most `timeout`, and says whether it did.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it is not asked to wait
    /// longer. A permit that is there is taken even if no time is left. A caller that gives up has
    /// taken nothing, and keeps nothing from others.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("as acquire, but give up when the time is over")
    }

    /// Gives `n` permits, all at once, and lets as many in of those who wait.
    ///
    /// # Panics
    ///
    /// If `n` is 0. The semaphore is as it was.
    pub fn release(&self, n: usize) {
        let _ = n;
        todo!("add n permits and wake those who can have them")
    }

    /// Takes a permit, as [`acquire`](Semaphore::acquire), and ties it to a guard.
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    /// Takes a permit if there is one, as [`try_acquire`](Semaphore::try_acquire), and ties it to a
    /// guard.
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit { semaphore: self })
    }
}

impl BoundedSemaphore {
    /// A semaphore with `value` permits, and never more. 0 is allowed, if of little use.
    pub fn new(value: usize) -> Self {
        let _ = value;
        todo!("a semaphore with so many permits")
    }

    /// Takes a permit. Waits, asleep, while there is none.
    pub fn acquire(&self) {
        todo!("as a Semaphore")
    }

    /// Takes a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        todo!("as a Semaphore")
    }

    /// Takes a permit, waiting for at most `timeout` in all, and says whether it did.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("as a Semaphore")
    }

    /// Gives `n` permits back, all at once, and lets as many in of those who wait.
    ///
    /// # Errors
    ///
    /// [`AboveInitialValue`] if there would be more permits than in the beginning, however large `n`
    /// is. Then none is given back, not even those for which there would be room.
    ///
    /// # Panics
    ///
    /// If `n` is 0. The semaphore is as it was.
    pub fn release(&self, n: usize) -> Result<(), AboveInitialValue> {
        let _ = n;
        todo!("as a Semaphore, unless there would be too many")
    }

    /// Takes a permit, as [`acquire`](BoundedSemaphore::acquire), and ties it to a guard.
    pub fn permit(&self) -> BoundedPermit<'_> {
        self.acquire();
        BoundedPermit { semaphore: self }
    }

    /// Takes a permit if there is one, as [`try_acquire`](BoundedSemaphore::try_acquire), and ties it
    /// to a guard.
    pub fn try_permit(&self) -> Option<BoundedPermit<'_>> {
        self.try_acquire().then(|| BoundedPermit { semaphore: self })
    }
}

impl Drop for Permit<'_> {
    /// Gives the permit back, also when the thread is panicking.
    fn drop(&mut self) {
        let _ = self.semaphore;
        todo!("give back the one permit that this guard stands for")
    }
}

impl Drop for BoundedPermit<'_> {
    /// Gives the permit back, also when the thread is panicking. If it was given back by hand already
    /// and there is no room for another, nothing happens.
    fn drop(&mut self) {
        let _ = self.semaphore;
        todo!("give back the one permit that this guard stands for")
    }
}
