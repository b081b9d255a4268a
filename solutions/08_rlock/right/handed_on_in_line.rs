//! Make: first come, first served: a thread that releases the lock passes it to the next thread in line by message.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// A re-entrant lock.
#[derive(Debug, Default)]
pub struct RLock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    owner: Option<ThreadId>,
    depth: usize,
    line: VecDeque<Place>,
}

/// A place in line. The message tells its thread that it is already the owner.
#[derive(Debug)]
struct Place {
    thread: ThreadId,
    your_turn: Sender<()>,
}

/// One level of an [`RLock`], released when this guard is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

/// The error when a thread releases a lock that it does not own. Nothing has changed.
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

    /// Acquires one level, waiting in line for as long as another thread is the owner.
    pub fn acquire(&self) {
        if let Err(turn) = self.enter_or_line_up() {
            turn.recv().expect("a place in line is kept until its turn has come");
        }
    }

    /// Acquires one level if it can do so without waiting, and says whether it did.
    pub fn try_acquire(&self) -> bool {
        self.state().enter(thread::current().id())
    }

    /// Acquires one level, waiting for at most `timeout`, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let Err(turn) = self.enter_or_line_up() else {
            return true;
        };
        if turn.recv_timeout(timeout).is_ok() {
            return true;
        }
        // The time is up, but our turn may still have come before we could leave the line.
        let me = thread::current().id();
        let mut state = self.state();
        state.line.retain(|place| place.thread != me);
        state.owner == Some(me)
    }

    fn enter_or_line_up(&self) -> Result<(), Receiver<()>> {
        let thread = thread::current().id();
        let mut state = self.state();
        if state.enter(thread) {
            return Ok(());
        }
        let (your_turn, turn) = mpsc::channel();
        state.line.push_back(Place { thread, your_turn });
        Err(turn)
    }

    /// Releases one level. Releasing the last one hands the lock on.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn release(&self) -> Result<(), NotOwner> {
        let mut state = self.state();
        if state.owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        state.depth -= 1;
        if state.depth == 0 {
            let next = state.line.pop_front();
            state.owner = next.as_ref().map(|place| place.thread);
            if let Some(next) = next {
                state.depth = 1;
                // Sending fails only if the waiter's time is up; the waiter then checks the owner.
                let _ = next.your_turn.send(());
            }
        }
        Ok(())
    }

    /// Acquires one level and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, stays_on_its_thread: PhantomData }
    }

    /// Acquires one level if it can do so without waiting, and ties it to a guard.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.recursion_count() > 0
    }

    /// How many levels the calling thread holds.
    pub fn recursion_count(&self) -> usize {
        let state = self.state();
        if state.owner == Some(thread::current().id()) { state.depth } else { 0 }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, thread: ThreadId) -> bool {
        let may = self.owner.is_none_or(|owner| owner == thread);
        if may {
            self.owner = Some(thread);
            self.depth += 1;
        }
        may
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
