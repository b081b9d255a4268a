//! Fault: a waiter whose time is up, but who was handed the lock, does not take the call off its bell, which then ends its next wait.
//! Expect: a_late_call_ends_no_other_wait = wrong

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

type Bell = (Sender<()>, Receiver<()>);

thread_local! {
    static BELL: Rc<Bell> = Rc::new(mpsc::channel());
}

/// A lock without an owner.
#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
}

/// While any thread is waiting, the lock is held: each holder hands it straight to the next.
#[derive(Debug, Default)]
struct State {
    held: bool,
    line: VecDeque<(ThreadId, Sender<()>)>,
}

/// Stands for a [`Lock`] that is held, and releases it when dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives the lock back at once"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

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
        Lock::default()
    }

    /// Acquires the lock, waiting in line for as long as it is held.
    pub fn acquire(&self) {
        if let Err(turn) = self.take_or_line_up() {
            turn.1.recv().expect("a place in line is kept until its turn has come");
        }
    }

    /// Acquires the lock if it is free, and says whether it was.
    pub fn try_acquire(&self) -> bool {
        self.state().take()
    }

    /// Acquires the lock, waiting for at most `timeout`, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        match self.take_or_line_up() {
            Ok(()) => true,
            Err(turn) => turn.1.recv_timeout(timeout).is_ok() || self.leave(),
        }
    }

    fn take_or_line_up(&self) -> Result<(), Rc<Bell>> {
        let mut state = self.state();
        if state.take() {
            return Ok(());
        }
        // At the end of a thread, its bell may be gone.
        let turn = BELL.try_with(Rc::clone).unwrap_or_else(|_| Rc::new(mpsc::channel()));
        state.line.push_back((thread::current().id(), turn.0.clone()));
        Err(turn)
    }

    /// Leaves the line. True if the turn came anyway, which means that the lock has been acquired.
    fn leave(&self) -> bool {
        let me = thread::current().id();
        let mut state = self.state();
        let before = state.line.len();
        state.line.retain(|(thread, _)| *thread != me);
        // Whoever is not in line any more was called.
        state.line.len() == before
    }

    /// Releases the lock, or rather hands it on to the next thread that is still in line.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds the lock.
    pub fn release(&self) -> Result<(), NotHeld> {
        let mut state = self.state();
        if !state.held {
            return Err(NotHeld);
        }
        while let Some((_, next)) = state.line.pop_front() {
            if next.send(()).is_ok() {
                return Ok(());
            }
        }
        state.held = false;
        Ok(())
    }

    /// Whether the lock was held a moment ago.
    pub fn locked(&self) -> bool {
        self.state().held
    }

    /// Acquires the lock and ties it to a guard.
    pub fn lock(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Acquires the lock if it is free, and ties it to a guard.
    pub fn try_lock(&self) -> Option<LockGuard<'_>> {
        self.try_acquire().then(|| LockGuard { lock: self })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> bool {
        let was_free = !self.held;
        self.held = true;
        was_free
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
