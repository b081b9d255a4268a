//! Make: like the reference, but with the rule of each method written out where it applies.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub struct RLock {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    owner: Option<ThreadId>,
    count: usize,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    not_send: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread does not own the lock")
    }
}

impl Error for NotOwner {}

impl RLock {
    pub fn new() -> Self {
        RLock::default()
    }

    pub fn acquire(&self) {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        while state.owner.is_some() && state.owner != Some(me) {
            state = self.freed.wait(state).unwrap();
        }
        state.owner = Some(me);
        state.count += 1;
    }

    pub fn try_acquire(&self) -> bool {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        if state.owner.is_some() && state.owner != Some(me) {
            return false;
        }
        state.owner = Some(me);
        state.count += 1;
        true
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let me = thread::current().id();
        let start = Instant::now();
        let mut state = self.state.lock().unwrap();
        while state.owner.is_some() && state.owner != Some(me) {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            state = self.freed.wait_timeout(state, left).unwrap().0;
        }
        state.owner = Some(me);
        state.count += 1;
        true
    }

    pub fn release(&self) -> Result<(), NotOwner> {
        let mut state = self.state.lock().unwrap();
        if state.owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        state.count -= 1;
        if state.count == 0 {
            state.owner = None;
            self.freed.notify_one();
        }
        Ok(())
    }

    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, not_send: PhantomData }
    }

    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.state.lock().unwrap().owner == Some(thread::current().id())
    }

    pub fn recursion_count(&self) -> usize {
        let state = self.state.lock().unwrap();
        if state.owner == Some(thread::current().id()) { state.count } else { 0 }
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
