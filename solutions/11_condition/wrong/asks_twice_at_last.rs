//! Fault: when the time is up, `wait_for_timeout()` calls the predicate twice.
//! Expect: asked_when_it_was_promised = wrong

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use rlock::{NotOwner, RLock, RLockGuard};

/// A place to wait until another thread says that something has changed.
///
/// The state that changes is guarded by the condition's lock. A waiting thread releases that lock
/// while it sleeps, all levels of it, and has them back when it returns. Several conditions may
/// share one lock: then there is one state, and there are several things to wait for.
///
/// A waiter returns because it was notified, or because its time is up, and for no other reason.
/// But between the notification and its return other threads may have had the lock, so what it
/// waited for may be gone again: a caller of [`wait`](Condition::wait) must look, and perhaps wait
/// once more. [`wait_for`](Condition::wait_for) does that by itself.
pub struct Condition {
    lock: Arc<RLock>,
    /// The waiters that have not been notified. A waiter that is no longer in line has been
    /// notified.
    line: Mutex<Line>,
    /// Notified when a waiter has been taken out of the line. All waiters sleep on this one, so all
    /// must be woken to check.
    called: Condvar,
}

/// The tickets of the waiting threads, in order of arrival.
#[derive(Default)]
struct Line {
    waiting: VecDeque<u64>,
    /// The next ticket. No ticket is issued twice, so no waiter can be mistaken for another.
    next: u64,
}

impl Line {
    /// Joins the line, and returns the ticket.
    fn join(&mut self) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.waiting.push_back(ticket);
        ticket
    }

    /// Leaves the line. False if the ticket has already been called.
    fn leave(&mut self, ticket: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|&other| other != ticket);
        self.waiting.len() < before
    }
}

impl Condition {
    /// A condition on this lock, with no thread waiting for it yet.
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock, line: Mutex::default(), called: Condvar::new() }
    }

    /// The lock that the condition belongs to.
    pub fn rlock(&self) -> &RLock {
        &self.lock
    }

    /// Releases all levels of the lock, sleeps until notified, and acquires all levels again.
    ///
    /// To other threads, releasing the lock and waiting are one step: once a thread can acquire the
    /// lock, its notifications can reach this waiter.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], at once, if the calling thread does not own the lock.
    pub fn wait(&self) -> Result<(), NotOwner> {
        self.wait_within(None).map(|_| ())
    }

    /// Like [`wait`](Condition::wait), but sleeps for at most `timeout` in total. Says whether it
    /// was notified.
    ///
    /// In either case it returns with the lock, and acquiring that may take more time. A waiter
    /// that gives up swallows no notification: each one goes to a waiter that then returns `true`.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], at once, if the calling thread does not own the lock.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, NotOwner> {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Result<bool, NotOwner> {
        let start = Instant::now();
        // Lock the line first: a thread that acquires the lock after that and notifies must wait
        // until we are in line.
        let mut line = self.line();
        let levels = self.lock.release_all()?;
        let ticket = line.join();
        while line.waiting.contains(&ticket) {
            let woken = match timeout {
                None => self.called.wait(line).unwrap_or_else(PoisonError::into_inner),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        break;
                    }
                    let woken = self.called.wait_timeout(line, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            line = woken;
        }
        // Decide this now, not after reacquiring the lock: in between, other threads may notify.
        let notified = !line.leave(ticket);
        // If we kept the line locked while waiting for the lock, no thread could notify us or any
        // other waiter.
        drop(line);
        self.lock.restore(levels);
        Ok(notified)
    }

    /// Waits until `predicate` holds. It is called before the first wait, and again after each
    /// notification, always with the lock held as deep as the caller holds it. As soon as it has said
    /// `true` the wait is over, and it is not called again.
    ///
    /// While the predicate is called, this thread is not waiting: the predicate may itself notify,
    /// and those it wakes are others. If it panics, so does the call, with the lock held as before.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], before the predicate is called, if the calling thread does not own the lock.
    pub fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        self.must_be_owned()?;
        while !predicate() {
            self.wait()?;
        }
        Ok(())
    }

    /// Like [`wait_for`](Condition::wait_for), but waits for at most `timeout` in total, however
    /// often it is notified in between. Returns the predicate's last answer; the predicate is
    /// called once more when the time is up.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], before the predicate is called, if the calling thread does not own the lock.
    pub fn wait_for_timeout(
        &self,
        mut predicate: impl FnMut() -> bool,
        timeout: Duration,
    ) -> Result<bool, NotOwner> {
        self.must_be_owned()?;
        if predicate() {
            return Ok(true);
        }
        // The time that the first call of the predicate takes is not part of the wait.
        let start = Instant::now();
        loop {
            // It makes no difference whether this thread was notified: either way, the predicate is
            // called. Even with no time left, this lets other threads have the lock.
            self.wait_timeout(timeout.saturating_sub(start.elapsed()))?;
            if predicate() {
                return Ok(true);
            }
            if start.elapsed() >= timeout {
                return Ok(predicate());
            }
        }
    }

    /// Wakes `n` of the waiting threads, or all of them if there are fewer. Notifications left over
    /// are not kept for later.
    ///
    /// The threads return when they get the lock, so not before the caller has released it.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        self.must_be_owned()?;
        let mut line = self.line();
        let called = n.min(line.waiting.len());
        line.waiting.drain(..called);
        self.called.notify_all();
        Ok(())
    }

    /// Wakes all waiting threads.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify_all(&self) -> Result<(), NotOwner> {
        self.notify(usize::MAX)
    }

    fn must_be_owned(&self) -> Result<(), NotOwner> {
        if self.lock.is_owned() { Ok(()) } else { Err(NotOwner) }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock of `rlock`, with two more operations. It is finished: there is nothing to do in here.
mod rlock {
    use std::error::Error;
    use std::fmt;
    use std::marker::PhantomData;
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread::{self, ThreadId};

    /// A lock that its owner may acquire again. Each time it acquires one level.
    #[derive(Debug, Default)]
    pub struct RLock {
        state: Mutex<State>,
        freed: Condvar,
    }

    /// `depth` is 0 exactly when `owner` is `None`.
    #[derive(Debug, Default)]
    struct State {
        owner: Option<ThreadId>,
        depth: usize,
    }

    /// One level of an [`RLock`], released when this guard is dropped.
    #[derive(Debug)]
    #[must_use = "a guard that is not kept gives its level back at once"]
    pub struct RLockGuard<'a> {
        lock: &'a RLock,
        stays_on_its_thread: PhantomData<*const ()>,
    }

    /// The error when a thread does not own the lock, but would have to. Nothing has changed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NotOwner;

    impl fmt::Display for NotOwner {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("this thread does not own the lock")
        }
    }

    impl Error for NotOwner {}

    impl RLock {
        /// A lock that nobody owns.
        pub fn new() -> Self {
            RLock::default()
        }

        /// Acquires one level, waiting for as long as another thread is the owner.
        #[track_caller]
        pub fn acquire(&self) {
            self.restore(1);
        }

        /// Releases one level. Releasing the last one frees the lock.
        ///
        /// # Errors
        ///
        /// [`NotOwner`] if the calling thread does not own the lock.
        #[track_caller]
        pub fn release(&self) -> Result<(), NotOwner> {
            let mut state = self.owned_state()?;
            state.depth -= 1;
            if state.depth == 0 {
                state.owner = None;
                self.freed.notify_one();
            }
            Ok(())
        }

        /// Acquires one level and ties it to a guard.
        #[track_caller]
        pub fn lock(&self) -> RLockGuard<'_> {
            self.acquire();
            RLockGuard { lock: self, stays_on_its_thread: PhantomData }
        }

        /// Whether the calling thread owns the lock.
        #[track_caller]
        pub fn is_owned(&self) -> bool {
            self.owned_state().is_ok()
        }

        /// How many levels the calling thread holds: 0 if it is not the owner.
        #[track_caller]
        pub fn recursion_count(&self) -> usize {
            self.owned_state().map_or(0, |state| state.depth)
        }

        /// Releases all the caller's levels at once, which frees the lock, and says how many there
        /// were.
        ///
        /// # Errors
        ///
        /// [`NotOwner`] if the calling thread does not own the lock.
        #[track_caller]
        pub fn release_all(&self) -> Result<usize, NotOwner> {
            let mut state = self.owned_state()?;
            state.owner = None;
            self.freed.notify_one();
            Ok(std::mem::take(&mut state.depth))
        }

        /// Acquires that many levels at once, waiting for as long as another thread is the owner.
        #[track_caller]
        pub fn restore(&self, levels: usize) {
            let me = thread::current().id();
            let mut state = self.state();
            while state.owner.is_some_and(|owner| owner != me) {
                state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.owner = Some(me);
            state.depth += levels;
        }

        /// The state, if the calling thread owns the lock.
        #[track_caller]
        fn owned_state(&self) -> Result<MutexGuard<'_, State>, NotOwner> {
            let state = self.state();
            if state.owner == Some(thread::current().id()) { Ok(state) } else { Err(NotOwner) }
        }

        #[track_caller]
        fn state(&self) -> MutexGuard<'_, State> {
            self.state.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Drop for RLockGuard<'_> {
        /// Releases the level, also when the thread is panicking.
        fn drop(&mut self) {
            let _ = self.lock.release();
        }
    }
}
