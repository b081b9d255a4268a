//! Fault: `reset` clears the flag that `is_broken` reads after it has released the lock, when an `abort` may have set it again.
//! Expect: abort_and_reset_at_once = wrong

//! A place where threads wait for each other, like Python's `threading.Barrier`.

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

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
    parties: usize,
    action: Option<Box<dyn Fn() + Send + Sync>>,
    /// So that `is_broken` needs no lock.
    broken: AtomicBool,
    state: Mutex<State>,
    /// Notified when a generation has ended, one way or the other.
    ended: Condvar,
}

struct State {
    /// How many threads have come for the current generation; 0 if it is broken.
    arrived: usize,
    /// How the current generation has ended, if it has. Every member keeps a handle to its own
    /// generation's end, so it makes no difference how many other generations come and go before it
    /// looks.
    ///
    /// A generation that has passed is replaced at once; so if the current one has an end, it is
    /// broken.
    end: Arc<OnceLock<End>>,
}

/// How a generation ends.
#[derive(Clone, Copy)]
enum End {
    Passed,
    Broken,
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
        Barrier::build(parties, None)
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
        Barrier::build(parties, Some(Box::new(action)))
    }

    fn build(parties: usize, action: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        assert!(parties > 0, "a barrier needs at least one party");
        let state = State { arrived: 0, end: Arc::default() };
        let broken = AtomicBool::new(false);
        Barrier { parties, action, broken, state: Mutex::new(state), ended: Condvar::new() }
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
        self.wait_within(None)
    }

    /// Like [`wait`](Barrier::wait), but waits for the others for at most `timeout` in total. If
    /// they have not come by then, it breaks the barrier, for everybody. The last party needs no
    /// time.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] as for `wait`, or if the time is up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let start = Instant::now();
        let mut state = self.state();
        let end = Arc::clone(&state.end);
        let index = state.arrived;
        if end.get().is_none() {
            state.arrived += 1;
            if state.arrived == self.parties {
                self.complete(state);
                return Ok(index);
            }
        }
        loop {
            // Check the end before the clock: a thread that was let through in time has passed the
            // barrier.
            match end.get() {
                Some(End::Passed) => return Ok(index),
                Some(End::Broken) => return Err(BrokenBarrier),
                None => {}
            }
            let woken = match timeout {
                None => self.ended.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        self.break_down(&mut state);
                        return Err(BrokenBarrier);
                    }
                    let woken = self.ended.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state = woken;
        }
    }

    /// Ends the current generation, now that all have come.
    ///
    /// The action runs under the lock. Any thread that wants the lock in the meantime would have to
    /// wait for the action anyway, or could only break a generation that is already complete.
    fn complete(&self, mut state: MutexGuard<'_, State>) {
        let action = || self.action.as_ref().map(|action| action());
        if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(action)) {
            self.break_down(&mut state);
            drop(state);
            panic::resume_unwind(panic);
        }
        self.begin_anew(&mut state, End::Passed);
    }

    /// Breaks the barrier: every thread that is waiting, or comes from now on, is told so. It stays
    /// broken until it is reset.
    pub fn abort(&self) {
        self.break_down(&mut self.state());
    }

    /// Makes the barrier as good as new. Threads that are waiting at this moment are told that it
    /// is broken; threads that come from now on find it empty and whole, whatever it was before.
    pub fn reset(&self) {
        self.begin_anew(&mut self.state(), End::Broken);
        self.broken.store(false, SeqCst);
    }

    /// Breaks the current generation, and leaves it in place so that threads that come later see
    /// it.
    fn break_down(&self, state: &mut State) {
        // Fails if it is broken already, which is just as good.
        let _ = state.end.set(End::Broken);
        self.broken.store(true, SeqCst);
        state.arrived = 0;
        self.ended.notify_all();
    }

    /// Ends the current generation and begins another one.
    fn begin_anew(&self, state: &mut State, end: End) {
        let _ = state.end.set(end);
        *state = State { arrived: 0, end: Arc::default() };
        self.ended.notify_all();
    }

    /// The number of threads that must come.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that are waiting for the others now. Threads whose generation is
    /// complete or broken are no longer waiting, even if they have not left yet.
    pub fn n_waiting(&self) -> usize {
        self.state().arrived
    }

    /// Whether the barrier is broken, so that no threads can meet here until it is reset.
    pub fn is_broken(&self) -> bool {
        self.broken.load(SeqCst)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
