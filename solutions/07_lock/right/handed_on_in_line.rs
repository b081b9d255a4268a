//! Make: first come, first served: a thread that releases the lock passes it to the next thread in line by message.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A lock without an owner.
#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
}

/// While any thread is waiting, the lock is held: each holder hands it straight to the next.
#[derive(Debug, Default)]
struct State {
    held: bool,
    line: VecDeque<SyncSender<()>>,
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
            turn.recv().expect("a place in line is kept until its turn has come");
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
            // If our turn comes after we have left, the message is refused, because nothing
            // receives it any more. If it came just before, the message is already there.
            Err(turn) => turn.recv_timeout(timeout).is_ok() || self.leave(turn),
        }
    }

    fn take_or_line_up(&self) -> Result<(), Receiver<()>> {
        let mut state = self.state();
        if state.take() {
            return Ok(());
        }
        let (your_turn, turn) = mpsc::sync_channel(1);
        state.line.push_back(your_turn);
        Err(turn)
    }

    /// Leaves the line. True if the turn came anyway, which means that the lock has been acquired.
    fn leave(&self, turn: Receiver<()>) -> bool {
        // No thread's turn can come while we have the state locked.
        let state = self.state();
        let came = turn.try_recv().is_ok();
        // From here on, the message for our turn is refused.
        drop(turn);
        drop(state);
        came
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
        while let Some(next) = state.line.pop_front() {
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
