//! Make: tickets in a line, and one loop that assumes a waiter was notified unless its time runs out.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

pub use rlock::{NotOwner, RLock, RLockGuard};

pub struct Condition {
    lock: Arc<RLock>,
    line: Mutex<Line>,
    called: Condvar,
}

#[derive(Default)]
struct Line {
    next: u64,
    waiting: VecDeque<u64>,
}

impl Condition {
    pub fn new(lock: Arc<RLock>) -> Self {
        Condition { lock, line: Mutex::default(), called: Condvar::new() }
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
        self.check_owner()?;
        let start = Instant::now();
        let mut line = self.line.lock().unwrap();
        let ticket = line.next;
        line.next += 1;
        line.waiting.push_back(ticket);
        let levels = self.lock.release_all()?;
        let mut notified = true;
        while line.waiting.contains(&ticket) {
            match timeout {
                None => line = self.called.wait(line).unwrap(),
                Some(timeout) => {
                    let left = timeout.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        line.waiting.retain(|other| *other != ticket);
                        notified = false;
                    } else {
                        line = self.called.wait_timeout(line, left).unwrap().0;
                    }
                }
            }
        }
        drop(line);
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

    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        self.check_owner()?;
        let mut line = self.line.lock().unwrap();
        for _ in 0..n {
            if line.waiting.pop_front().is_none() {
                break;
            }
        }
        self.called.notify_all();
        Ok(())
    }

    pub fn notify_all(&self) -> Result<(), NotOwner> {
        self.notify(usize::MAX)
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
