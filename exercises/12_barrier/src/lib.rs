//! A place where threads wait for each other, as Python's `threading.Barrier`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A barrier for a fixed number of threads, its *parties*.
///
/// Each party that calls [`wait`](Barrier::wait) sleeps until all have called it; then all go on
/// together. Those who meet are one *generation*. The barrier serves one generation after another,
/// and nobody who comes early for the next one is taken for a member of the last.
///
/// A generation ends in one way for everybody: all of it pass, or all of it are told that the barrier
/// is broken. Once the last party has come, it can no longer be broken, except by its own action.
pub struct Barrier {
    // How many have come, and for which generation? What of a generation that has ended must its
    // members still be able to find out, however late they wake up?
}

/// The error of a thread whose generation cannot meet any more, because somebody gave up waiting,
/// the action panicked, or the barrier was aborted or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

impl Barrier {
    /// A barrier for so many parties.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn new(parties: usize) -> Self {
        let _ = parties;
        todo!("a barrier at which nobody waits yet")
    }

    /// A barrier with an action, which one of the parties runs once in each generation, when all
    /// have come and before any of them goes on.
    ///
    /// If the action panics, the panic goes to the caller of the thread that ran it, and the barrier
    /// is broken for all the others. The action must not use the barrier itself.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Self {
        let _ = (parties, action);
        todo!("the same, with something to do each time when all have come")
    }

    /// Waits, asleep, until all parties have come.
    ///
    /// Returns the caller's index: a number from 0 to `parties - 1`, another one for each thread of
    /// the generation.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken, or is broken or reset before all have come.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        todo!("count yourself in; the last one lets everybody go")
    }

    /// As [`wait`](Barrier::wait), but waits for the others for at most `timeout` in all. If they
    /// have not come by then, the barrier is broken, for everybody. The last party needs no time.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] as for `wait`, or if the time is over.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        let _ = timeout;
        todo!("as wait, but break the barrier when the time is over")
    }

    /// Breaks the barrier: those who wait, and those who come from now on, are told so. It stays
    /// broken until it is reset.
    pub fn abort(&self) {
        todo!("break the barrier and tell those who wait")
    }

    /// Makes the barrier as new. Those who wait at this moment are told that it is broken; those who
    /// come from now on find it empty and whole, whatever it was before.
    pub fn reset(&self) {
        todo!("send those who wait away and begin anew")
    }

    /// The number of threads that must come.
    pub fn parties(&self) -> usize {
        todo!("what the barrier was made for")
    }

    /// The number of threads that wait for the others just now. Those whose generation is complete or
    /// broken do not wait any more, even if they have not left yet.
    pub fn n_waiting(&self) -> usize {
        todo!("how many have come for a generation that has not ended")
    }

    /// Whether the barrier is broken, so that nobody can meet here until it is reset.
    pub fn is_broken(&self) -> bool {
        todo!("is it broken?")
    }
}
