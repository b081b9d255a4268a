//! Fault: the wakeups of std's `Condvar` are passed on as they come, and some of them are spurious.
//! Whole: the whole answer is a wrapper around std's `Condvar`.
//! Expect: notify_wakes_no_more_than_n = wrong
//! Expect: a_waiter_sleeps = wrong

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

pub use rlock::{NotOwner, RLock, RLockGuard};

pub struct Condition {
    lock: Arc<RLock>,
    sleepers: Mutex<()>,
    called: Condvar,
}

impl Condition {
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock, sleepers: Mutex::new(()), called: Condvar::new() }
    }

    pub fn rlock(&self) -> &RLock {
        &self.lock
    }

    pub fn wait(&self) -> Result<(), NotOwner> {
        self.wait_until(None).map(|_| ())
    }

    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, NotOwner> {
        self.wait_until(Some(timeout))
    }

    fn wait_until(&self, timeout: Option<Duration>) -> Result<bool, NotOwner> {
        let sleepers = self.sleepers.lock().unwrap();
        let levels = self.lock.release_all()?;
        let notified = match timeout {
            None => {
                drop(self.called.wait(sleepers).unwrap());
                true
            }
            Some(timeout) => {
                let (sleepers, result) = self.called.wait_timeout(sleepers, timeout).unwrap();
                drop(sleepers);
                !result.timed_out()
            }
        };
        self.lock.restore(levels);
        Ok(notified)
    }

    pub fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        self.check_owner()?;
        while !predicate() {
            self.wait()?;
        }
        Ok(())
    }

    pub fn wait_for_timeout(
        &self,
        mut predicate: impl FnMut() -> bool,
        timeout: Duration,
    ) -> Result<bool, NotOwner> {
        self.check_owner()?;
        let start = Instant::now();
        loop {
            if predicate() {
                return Ok(true);
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            self.wait_timeout(left)?;
        }
    }

    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        self.check_owner()?;
        let _sleepers = self.sleepers.lock().unwrap();
        for _ in 0..n {
            self.called.notify_one();
        }
        Ok(())
    }

    pub fn notify_all(&self) -> Result<(), NotOwner> {
        self.check_owner()?;
        let _sleepers = self.sleepers.lock().unwrap();
        self.called.notify_all();
        Ok(())
    }

    fn check_owner(&self) -> Result<(), NotOwner> {
        if self.lock.is_owned() { Ok(()) } else { Err(NotOwner) }
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
