//! A condition that threads wait for, tied to a lock, as Python's `threading.Condition`.

use std::sync::Arc;
use std::time::Duration;

pub use rlock::{NotOwner, RLock, RLockGuard};

/// A place to wait until somebody says that something has changed.
///
/// What changes is guarded by the condition's lock. Who waits gives that lock up while it sleeps, at
/// whatever depth, and has it back when it returns. Several conditions may share one lock: there is
/// one state then, and several things to wait for.
///
/// A waiter wakes up because it was notified, or because its time is over, and for no other reason.
/// But between the notification and its return others may have had the lock, so what it waited for
/// may be gone again: whoever uses [`wait`](Condition::wait) must look, and perhaps wait once more.
/// [`wait_for`](Condition::wait_for) does so.
pub struct Condition {
    lock: Arc<RLock>,
    // Who waits? And how does one of them learn that the notification was meant for it?
}

impl Condition {
    /// A condition on this lock, for which nobody waits.
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock }
    }

    /// The lock that the condition belongs to.
    pub fn rlock(&self) -> &RLock {
        &self.lock
    }

    /// Gives the lock up, all levels of it, sleeps until notified, and takes all levels back.
    ///
    /// Giving the lock up and waiting are one step for the others: who gets the lock after that and
    /// notifies, notifies this thread too.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], at once, if the calling thread does not own the lock.
    pub fn wait(&self) -> Result<(), NotOwner> {
        todo!("give the lock up, sleep until you are meant, take the lock back")
    }

    /// As [`wait`](Condition::wait), but sleeps for at most `timeout` in all. Says whether it was
    /// notified.
    ///
    /// In either case it returns with the lock, and taking that back may need more time. Who gives up
    /// takes no notification along: each goes to somebody who then returns `true`.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], at once, if the calling thread does not own the lock.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, NotOwner> {
        let _ = timeout;
        todo!("as wait, but give up when the time is over")
    }

    /// Waits until `predicate` holds. It is asked first of all, and again after each notification,
    /// always with the lock held as deep as the caller holds it.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], before the predicate is asked, if the calling thread does not own the lock.
    pub fn wait_for(&self, predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        let _ = predicate;
        todo!("wait, as often as it takes")
    }

    /// As [`wait_for`](Condition::wait_for), but waits for at most `timeout` in all, however often it
    /// is notified in between. Says what the predicate said last; it is asked once more when the time
    /// is over.
    ///
    /// # Errors
    ///
    /// [`NotOwner`], before the predicate is asked, if the calling thread does not own the lock.
    pub fn wait_for_timeout(
        &self,
        predicate: impl FnMut() -> bool,
        timeout: Duration,
    ) -> Result<bool, NotOwner> {
        let _ = (predicate, timeout);
        todo!("as wait_for, but give up when the time is over")
    }

    /// Wakes `n` of those who wait, or all if they are fewer. The rest is not kept for later.
    ///
    /// They return when they get the lock, so not before the caller has given it up.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        let _ = n;
        todo!("choose n of those who wait just now, and wake them")
    }

    /// Wakes all who wait.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify_all(&self) -> Result<(), NotOwner> {
        todo!("wake everybody who waits just now")
    }
}

/// The lock of `rlock`, with two operations more. It is finished: there is nothing to do in here.
mod rlock {
    use std::error::Error;
    use std::fmt;
    use std::marker::PhantomData;
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread::{self, ThreadId};

    /// A lock that its owner may take again. Each taking is one level.
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

    /// One level of an [`RLock`], given back when this is dropped.
    #[derive(Debug)]
    #[must_use = "a guard that is not kept gives its level back at once"]
    pub struct RLockGuard<'a> {
        lock: &'a RLock,
        stays_on_its_thread: PhantomData<*const ()>,
    }

    /// The error of a thread that does not own the lock, but would have to. Nothing has changed.
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

        /// Takes one level, waiting for as long as another thread is the owner.
        #[track_caller]
        pub fn acquire(&self) {
            self.restore(1);
        }

        /// Gives one level back. The last one frees the lock.
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

        /// Takes one level and ties it to a guard.
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

        /// Gives all the caller's levels back at once, which frees the lock, and says how many they
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

        /// Takes so many levels at once, waiting for as long as another thread is the owner.
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
        /// Gives the level back, also when the thread is panicking.
        fn drop(&mut self) {
            let _ = self.lock.release();
        }
    }
}
