//! A place where threads wait for each other, like Python's `threading.Barrier`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A barrier for a fixed number of threads, its *parties*.
///
/// Each party that calls [`wait`](Barrier::wait) sleeps until all have called it; then all go on
/// together. The threads that meet at one time are a *generation*. The barrier serves one
/// generation after another, and a thread that comes early for the next is never counted in the
/// last.
///
/// A generation ends in the same way for all its members: all of them pass, or all are told that
/// the barrier is broken. Once the last party has come, only the generation's own action can break
/// it.
pub struct Barrier {
    // How many have come, and for which generation? When a generation has ended, what must its
    // members still be able to find out about it, however late they wake up?
}

/// The error when a generation can no longer meet, because a thread gave up waiting, the action
/// panicked, or the barrier was aborted or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl Barrier {
    /// A barrier for that many parties.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn new(parties: usize) -> Self {
        let _ = parties;
        todo!("a barrier with no thread waiting at it yet")
    }

    /// A barrier with an action, which one of the parties runs once in each generation, when all
    /// have come and before any of them goes on.
    ///
    /// If the action panics, the panic continues in the thread that ran it, and the barrier is
    /// broken for all the others. The action must not use the barrier itself.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        let _ = (parties, action);
        todo!("the same, with an action to run each time all have come")
    }

    /// Sleeps until all parties have come.
    ///
    /// Returns the caller's index: a number from 0 to `parties - 1`, different for each thread of
    /// the generation.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken, or is broken or reset before all have come.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        todo!("count yourself in; the last one lets everybody go")
    }

    /// Like [`wait`](Barrier::wait), but waits for the others for at most `timeout` in total. If
    /// they have not come by then, it breaks the barrier, for everybody. The last party needs no
    /// time.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] as for `wait`, or if the time is up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        let _ = timeout;
        todo!("like wait, but break the barrier when the time is up")
    }

    /// Breaks the barrier: every thread that is waiting, or comes from now on, is told so. It stays
    /// broken until it is reset.
    pub fn abort(&self) {
        todo!("break the barrier and tell the waiting threads")
    }

    /// Makes the barrier as good as new. Threads that are waiting at this moment are told that it
    /// is broken; threads that come from now on find it empty and whole, whatever it was before.
    pub fn reset(&self) {
        todo!("send the waiting threads away and start afresh")
    }

    /// The number of threads that must come.
    pub fn parties(&self) -> usize {
        todo!("what the barrier was made for")
    }

    /// The number of threads that are waiting for the others now. Threads whose generation is
    /// complete or broken are no longer waiting, even if they have not left yet.
    pub fn n_waiting(&self) -> usize {
        todo!("how many have come for a generation that has not ended")
    }

    /// Whether the barrier is broken, so that no threads can meet here until it is reset.
    pub fn is_broken(&self) -> bool {
        todo!("is it broken?")
    }
}
