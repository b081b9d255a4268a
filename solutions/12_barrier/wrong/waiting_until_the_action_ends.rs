//! Fault: `n_waiting` counts the members of a complete generation until the action has ended.
//! Expect: a_slow_action = wrong

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A barrier for a fixed number of threads.
pub struct Barrier {
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// One sender for each waiting thread. Dropping a sender hangs up on its thread.
    waiting: Vec<Sender<()>>,
    /// How many threads wait for an action to end.
    in_action: usize,
    /// How many generations have ended, whether passed or broken.
    generation: u64,
    broken: bool,
}

/// The error when a generation can no longer meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl State {
    /// Begins a new generation, and returns the senders of the threads waiting in this one.
    fn end_generation(&mut self) -> Vec<Sender<()>> {
        self.generation += 1;
        std::mem::take(&mut self.waiting)
    }
}

impl Barrier {
    pub fn new(parties: usize) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier { parties, action: None, state: Mutex::default() }
    }

    /// A barrier with an action that runs once in each generation.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        Barrier { action: Some(Box::new(action)), ..Barrier::new(parties) }
    }

    /// Waits until all parties have come.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken before that.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_within(None)
    }

    /// Waits until all parties have come, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken before that, or the time is up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let mut state = self.state();
        if state.broken {
            return Err(BrokenBarrier);
        }
        let index = state.waiting.len();
        if index + 1 == self.parties {
            let members = state.end_generation();
            state.in_action += members.len();
            drop(state);
            self.complete(members);
            return Ok(index);
        }
        let generation = state.generation;
        let (go_on, told) = mpsc::channel();
        state.waiting.push(go_on);
        drop(state);

        if let Some(timeout) = timeout {
            match told.recv_timeout(timeout) {
                Ok(()) => return Ok(index),
                Err(RecvTimeoutError::Disconnected) => return Err(BrokenBarrier),
                Err(RecvTimeoutError::Timeout) => {
                    // Break the barrier, unless all have come in the meantime: then the message is
                    // on its way.
                    let mut state = self.state();
                    if state.generation == generation {
                        state.broken = true;
                        state.end_generation();
                    }
                }
            }
        }
        told.recv().map(|()| index).map_err(|_| BrokenBarrier)
    }

    fn complete(&self, members: Vec<Sender<()>>) {
        let action = || self.action.as_ref().map(|action| action());
        let acted = panic::catch_unwind(AssertUnwindSafe(action));
        self.state().in_action -= members.len();
        if let Err(panic) = acted {
            self.abort();
            drop(members);
            panic::resume_unwind(panic);
        }
        for member in members {
            // Every member listens until it has been told.
            let _ = member.send(());
        }
    }

    /// Breaks the barrier until it is reset.
    pub fn abort(&self) {
        let mut state = self.state();
        state.broken = true;
        state.end_generation();
    }

    /// Sends the waiting threads away and makes the barrier as good as new.
    pub fn reset(&self) {
        let mut state = self.state();
        state.broken = false;
        state.end_generation();
    }

    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others.
    pub fn n_waiting(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.in_action
    }

    /// Whether the barrier is broken.
    pub fn is_broken(&self) -> bool {
        self.state().broken
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
