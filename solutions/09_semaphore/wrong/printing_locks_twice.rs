//! Fault: `{:?}` locks the state a second time while it still has it locked, and never ends.
//! Expect: printing_does_no_harm = deadlock

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What both kinds of semaphore are built on.
struct Permits {
    state: Mutex<State>,
    called: Condvar,
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits")
            .field("free", &self.state().free)
            .field("waiting", &self.state().waiting)
            .finish()
    }
}

#[derive(Debug)]
struct State {
    free: usize,
    /// How many threads are waiting and have not been called.
    waiting: usize,
    /// Calls that no thread has answered yet. Each of them is a permit that is no longer free.
    calls: usize,
}

impl Permits {
    fn new(value: usize) -> Self {
        let state = State { free: value, waiting: 0, calls: 0 };
        Permits { state: Mutex::new(state), called: Condvar::new() }
    }

    fn try_take(&self) -> bool {
        self.take(Some(Duration::ZERO))
    }

    fn take(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return true;
        }
        state.waiting += 1;
        loop {
            match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                Some(Duration::ZERO) => {
                    // We have not been called, or we would have answered.
                    state.waiting -= 1;
                    return false;
                }
                None => {
                    state = self.called.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Some(left) => {
                    state = self
                        .called
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
            }
            if state.calls > 0 {
                state.calls -= 1;
                return true;
            }
        }
    }

    fn give(&self, n: usize, bound: usize) -> bool {
        assert!(n > 0, "release() must give at least one permit");
        let mut state = self.state();
        if n > bound - state.free {
            return false;
        }
        let called = n.min(state.waiting);
        state.waiting -= called;
        state.calls += called;
        state.free += n - called;
        for _ in 0..called {
            self.called.notify_one();
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
