//! A condition that threads wait for, tied to a lock, like Python's `threading.Condition`.

use std::sync::Arc;
use std::time::Duration;

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
    // Which threads are waiting? And how does each learn that a notification was meant for it?
}

impl Condition {
    /// A condition on this lock, with no thread waiting for it yet.
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock }
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
        todo!("release the lock, sleep until you are notified, acquire the lock again")
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
        let _ = timeout;
        todo!("like wait, but give up when the time is up")
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
    pub fn wait_for(&self, predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        let _ = predicate;
        todo!("wait, as often as it takes")
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
        predicate: impl FnMut() -> bool,
        timeout: Duration,
    ) -> Result<bool, NotOwner> {
        let _ = (predicate, timeout);
        todo!("like wait_for, but give up when the time is up")
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
        let _ = n;
        todo!("choose n of the threads that are waiting now, and wake them")
    }

    /// Wakes all waiting threads.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify_all(&self) -> Result<(), NotOwner> {
        todo!("wake every thread that is waiting now")
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
