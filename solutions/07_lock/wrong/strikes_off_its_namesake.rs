//! Fault: tickets have 16 bits, and who gives up strikes off the first waiter with the same ticket, even if that is another.
//! Expect: many_who_gave_up_are_gone = lost-wakeup

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    held: bool,
    next_ticket: u16,
    // First come, first called. Each waiter has his own bell.
    queue: VecDeque<(u16, Arc<Condvar>)>,
}

impl State {
    fn join(&mut self) -> (u16, Arc<Condvar>) {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.wrapping_add(1);
        let bell = Arc::new(Condvar::new());
        self.queue.push_back((ticket, Arc::clone(&bell)));
        (ticket, bell)
    }

    fn leave(&mut self, ticket: u16) {
        if let Some(place) = self.queue.iter().position(|entry| entry.0 == ticket) {
            self.queue.remove(place);
        }
    }
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
        let mut state = self.state();
        if !mem::replace(&mut state.held, true) {
            return true;
        }
        let (ticket, bell) = state.join();
        let acquired = loop {
            if !mem::replace(&mut state.held, true) {
                break true;
            }
            state = match limit {
                None => bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    let left = limit.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        break false;
                    }
                    bell.wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        };
        state.leave(ticket);
        acquired
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
        let mut state = self.state();
        if !mem::take(&mut state.held) {
            return Err(NotHeld);
        }
        // He leaves the queue himself, when he has the lock.
        if let Some((_, bell)) = state.queue.front() {
            bell.notify_one();
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
