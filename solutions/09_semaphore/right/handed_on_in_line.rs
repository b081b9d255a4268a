//! Make: first come, first served: a released permit is passed to the first thread in line by message.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What both kinds of semaphore are built on.
#[derive(Debug)]
struct Permits {
    state: Mutex<State>,
}

/// While any thread is waiting, no permit is free.
#[derive(Debug)]
struct State {
    free: usize,
    line: VecDeque<SyncSender<()>>,
}

impl Permits {
    fn new(value: usize) -> Self {
        Permits { state: Mutex::new(State { free: value, line: VecDeque::new() }) }
    }

    fn try_take(&self) -> bool {
        self.state().take()
    }

    fn take(&self, limit: Option<Duration>) -> bool {
        let mut state = self.state();
        if state.take() {
            return true;
        }
        let (your_permit, permit) = mpsc::sync_channel(1);
        state.line.push_back(your_permit);
        drop(state);
        match limit {
            None => permit.recv().is_ok(),
            Some(limit) => permit.recv_timeout(limit).is_ok() || self.leave(permit),
        }
    }

    /// Leaves the line. True if a permit arrived anyway.
    fn leave(&self, permit: Receiver<()>) -> bool {
        let state = self.state();
        let came = permit.try_recv().is_ok();
        // From here on, a permit is refused.
        drop(permit);
        drop(state);
        came
    }

    fn give(&self, n: usize, bound: usize) -> bool {
        assert!(n > 0, "release() must give at least one permit");
        let mut state = self.state();
        if n > bound - state.free {
            return false;
        }
        for given in 0..n {
            if !state.hand_on() {
                // No thread is left in line.
                state.free += n - given;
                break;
            }
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> bool {
        let there_is_one = self.free > 0;
        self.free -= usize::from(there_is_one);
        there_is_one
    }

    /// Hands a permit to the first thread that is still in line. False if there is none.
    fn hand_on(&mut self) -> bool {
        while let Some(next) = self.line.pop_front() {
            if next.send(()).is_ok() {
                return true;
            }
        }
        false
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
