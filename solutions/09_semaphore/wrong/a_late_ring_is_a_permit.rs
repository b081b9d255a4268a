//! Fault: a waiter whose time is up, but who was given a permit, does not take the ring off its bell, which then ends its next wait.
//! Expect: a_late_call_ends_no_other_wait = wrong

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

thread_local! {
    static BELL: Rc<(Sender<()>, Receiver<()>)> = Rc::new(mpsc::channel());
}

/// What both kinds of semaphore are built on.
#[derive(Debug)]
struct Permits {
    state: Mutex<State>,
}

/// While any thread is waiting, no permit is free.
#[derive(Debug)]
struct State {
    free: usize,
    line: VecDeque<(ThreadId, Sender<()>)>,
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
        // At the end of a thread, its bell may be gone.
        let bell = BELL.try_with(Rc::clone).unwrap_or_else(|_| Rc::new(mpsc::channel()));
        state.line.push_back((thread::current().id(), bell.0.clone()));
        drop(state);
        match limit {
            None => bell.1.recv().is_ok(),
            Some(limit) => bell.1.recv_timeout(limit).is_ok() || self.leave(),
        }
    }

    /// Leaves the line. True if a permit arrived anyway.
    fn leave(&self) -> bool {
        let me = thread::current().id();
        let mut state = self.state();
        let before = state.line.len();
        state.line.retain(|(thread, _)| *thread != me);
        // Whoever is not in line any more was called.
        state.line.len() == before
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
        while let Some((_, next)) = self.line.pop_front() {
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
