//! Fault: a waiter whose time is up, but who was handed the lock, does not wait for the call on its bell, which then ends its next wait.
//! Expect: a_late_call_ends_no_other_wait = wrong

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a thread waits until it is called. Every thread needs only one, as it waits for one lock
/// at a time.
#[derive(Debug, Default)]
struct Seat {
    called: Mutex<bool>,
    bell: Condvar,
}

thread_local! {
    static SEAT: Arc<Seat> = Arc::default();
}

impl Seat {
    fn mine() -> Arc<Seat> {
        // At the very end of a thread its seat may be gone already.
        SEAT.try_with(Arc::clone).unwrap_or_default()
    }

    fn call(&self) {
        *self.called.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_one();
    }

    /// Waits for the call, and says whether it came in time.
    fn wait(&self, start: Instant, limit: Option<Duration>) -> bool {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        while !mem::take(&mut *called) {
            called = match limit {
                None => self.bell.wait(called).unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    let left = limit.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        return false;
                    }
                    self.bell
                        .wait_timeout(called, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        true
    }
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    queue: VecDeque<Arc<Seat>>,
}

#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
}

/// Stands for a [`Lock`] that is held, and releases it when dropped, on whatever thread that is.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

/// The error of releasing a lock that nobody holds. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is not held by anybody")
    }
}

impl Error for NotHeld {}

impl Lock {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the lock is acquired or, if there is a limit, until the time is up.
    fn wait(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let seat = Seat::mine();
        {
            let mut state = self.state();
            if !mem::replace(&mut state.held, true) {
                return true;
            }
            state.queue.push_back(Arc::clone(&seat));
        }
        if seat.wait(start, limit) {
            return true;
        }
        let mut state = self.state();
        match state.queue.iter().position(|other| Arc::ptr_eq(other, &seat)) {
            Some(place) => {
                state.queue.remove(place);
                false
            }
            // It was handed over at the last moment.
            None => true,
        }
    }

    pub fn acquire(&self) {
        self.wait(None);
    }

    pub fn try_acquire(&self) -> bool {
        !mem::replace(&mut self.state().held, true)
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.wait(Some(timeout))
    }

    pub fn release(&self) -> Result<(), NotHeld> {
        let next = {
            let mut state = self.state();
            if !state.held {
                return Err(NotHeld);
            }
            let next = state.queue.pop_front();
            // If there is a next one, it stays held and is his.
            state.held = next.is_some();
            next
        };
        if let Some(seat) = next {
            seat.call();
        }
        Ok(())
    }

    pub fn locked(&self) -> bool {
        self.state().held
    }

    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
