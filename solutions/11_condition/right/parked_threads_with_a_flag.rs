//! Make: waiting threads park, and each checks a flag of its own when it wakes up.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

pub use rlock::{NotOwner, RLock, RLockGuard};

/// A place to wait until another thread says that something has changed.
pub struct Condition {
    lock: Arc<RLock>,
    line: Mutex<VecDeque<Waiter>>,
}

struct Waiter {
    thread: Thread,
    called: Arc<AtomicBool>,
}

impl Condition {
    /// A condition on this lock.
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock, line: Mutex::default() }
    }

    pub fn rlock(&self) -> &RLock {
        &self.lock
    }

    /// Releases the lock, sleeps until notified, and acquires the lock again.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn wait(&self) -> Result<(), NotOwner> {
        let (called, levels) = self.join()?;
        while !called.load(SeqCst) {
            thread::park();
        }
        self.lock.restore(levels);
        Ok(())
    }

    /// Like `wait`, but sleeps for at most `timeout`. Says whether it was notified.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, NotOwner> {
        let start = Instant::now();
        let (called, levels) = self.join()?;
        while !called.load(SeqCst) {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        // Leave the line first. After that no thread can call us, so the flag is final.
        self.line().retain(|other| !Arc::ptr_eq(&other.called, &called));
        let notified = called.load(SeqCst);
        self.lock.restore(levels);
        Ok(notified)
    }

    /// Joins the line first, and then releases the lock.
    fn join(&self) -> Result<(Arc<AtomicBool>, usize), NotOwner> {
        self.must_be_owned()?;
        let called = Arc::new(AtomicBool::new(false));
        let me = Waiter { thread: thread::current(), called: Arc::clone(&called) };
        self.line().push_back(me);
        Ok((called, self.lock.release_all()?))
    }

    /// Waits until `predicate` holds.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        self.must_be_owned()?;
        while !predicate() {
            self.wait()?;
        }
        Ok(())
    }

    /// Waits until `predicate` holds, but for at most `timeout` in total.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn wait_for_timeout(
        &self,
        mut predicate: impl FnMut() -> bool,
        timeout: Duration,
    ) -> Result<bool, NotOwner> {
        self.must_be_owned()?;
        if predicate() {
            return Ok(true);
        }
        let start = Instant::now();
        loop {
            self.wait_timeout(timeout.saturating_sub(start.elapsed()))?;
            if predicate() {
                return Ok(true);
            }
            if start.elapsed() >= timeout {
                return Ok(false);
            }
        }
    }

    /// Wakes `n` of the waiting threads.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        self.must_be_owned()?;
        let mut line = self.line();
        for _ in 0..n {
            let Some(waiter) = line.pop_front() else {
                break;
            };
            waiter.called.store(true, SeqCst);
            waiter.thread.unpark();
        }
        Ok(())
    }

    pub fn notify_all(&self) -> Result<(), NotOwner> {
        self.notify(usize::MAX)
    }

    fn must_be_owned(&self) -> Result<(), NotOwner> {
        if self.lock.is_owned() { Ok(()) } else { Err(NotOwner) }
    }

    fn line(&self) -> MutexGuard<'_, VecDeque<Waiter>> {
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

    #[derive(Debug)]
    #[must_use = "a guard that is not kept gives its level back at once"]
    pub struct RLockGuard<'a> {
        lock: &'a RLock,
        stays_on_its_thread: PhantomData<*const ()>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NotOwner;

    impl fmt::Display for NotOwner {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("this thread does not own the lock")
        }
    }

    impl Error for NotOwner {}

    impl RLock {
        pub fn new() -> Self {
            RLock::default()
        }

        #[track_caller]
        pub fn acquire(&self) {
            self.restore(1);
        }

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

        #[track_caller]
        pub fn lock(&self) -> RLockGuard<'_> {
            self.acquire();
            RLockGuard { lock: self, stays_on_its_thread: PhantomData }
        }

        #[track_caller]
        pub fn is_owned(&self) -> bool {
            self.owned_state().is_ok()
        }

        #[track_caller]
        pub fn recursion_count(&self) -> usize {
            self.owned_state().map_or(0, |state| state.depth)
        }

        #[track_caller]
        pub fn release_all(&self) -> Result<usize, NotOwner> {
            let mut state = self.owned_state()?;
            state.owner = None;
            self.freed.notify_one();
            Ok(std::mem::take(&mut state.depth))
        }

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
