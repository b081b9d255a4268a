//! Fault: a waiter whose time is up, but who was given a permit, does not wait for the ring of its bell, which then ends its next wait.
//! Expect: a_late_call_ends_no_other_wait = wrong

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A number of permits.
#[derive(Debug)]
pub struct Semaphore {
    inner: Permits,
}

/// A [`Semaphore`] that never has more permits than at the start.
#[derive(Debug)]
pub struct BoundedSemaphore {
    inner: Permits,
    initial: usize,
}

/// One permit of a [`Semaphore`], released when this guard is dropped, on any thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// One permit of a [`BoundedSemaphore`], released when this guard is dropped, on any thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its permit back at once"]
pub struct BoundedPermit<'a> {
    semaphore: &'a BoundedSemaphore,
}

/// The error of giving a [`BoundedSemaphore`] more permits than it had at the start. Nothing has
/// changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveInitialValue;

impl fmt::Display for AboveInitialValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more permits were given back than had been taken")
    }
}

impl Error for AboveInitialValue {}

/// What a thread sleeps on.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    /// The bell of this thread, or a new one if the thread is coming to its end.
    fn mine() -> Arc<Bell> {
        thread_local! {
            static MINE: Arc<Bell> = Arc::default();
        }
        MINE.try_with(Arc::clone).unwrap_or_default()
    }

    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    fn listen(&self) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rung {
            rung = self.changed.wait(rung).unwrap_or_else(PoisonError::into_inner);
        }
        *rung = false;
    }

    fn listen_timeout(&self, start: Instant, timeout: Duration) -> bool {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rung {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            rung = self.changed.wait_timeout(rung, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *rung = false;
        true
    }
}

#[derive(Debug)]
struct State {
    /// Only above 0 while nobody is in the queue.
    free: usize,
    queue: VecDeque<Arc<Bell>>,
}

#[derive(Debug)]
struct Permits {
    state: Mutex<State>,
}

impl Permits {
    fn new(value: usize) -> Self {
        Self { state: Mutex::new(State { free: value, queue: VecDeque::new() }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) {
        let bell = Bell::mine();
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return;
        }
        state.queue.push_back(Arc::clone(&bell));
        drop(state);
        bell.listen();
    }

    fn try_take(&self) -> bool {
        let mut state = self.lock();
        if state.free == 0 {
            return false;
        }
        state.free -= 1;
        true
    }

    fn take_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let bell = Bell::mine();
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return true;
        }
        if timeout.is_zero() {
            return false;
        }
        state.queue.push_back(Arc::clone(&bell));
        drop(state);
        if bell.listen_timeout(start, timeout) {
            return true;
        }
        let mut state = self.lock();
        match state.queue.iter().position(|other| Arc::ptr_eq(other, &bell)) {
            Some(place) => {
                state.queue.remove(place);
                false
            }
            // Whoever took us off the queue gave us a permit.
            None => true,
        }
    }

    /// Gives `n` permits, unless there would be more than `most`.
    fn give(&self, n: usize, most: usize) -> bool {
        let mut state = self.lock();
        match state.free.checked_add(n) {
            Some(sum) if sum <= most => {}
            _ => return false,
        }
        let handed = n.min(state.queue.len());
        let bells: Vec<_> = state.queue.drain(..handed).collect();
        state.free += n - handed;
        drop(state);
        for bell in bells {
            bell.ring();
        }
        true
    }
}

impl Semaphore {
    /// A semaphore with `value` permits.
    pub fn new(value: usize) -> Self {
        Self { inner: Permits::new(value) }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.inner.take();
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.inner.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout`, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.take_timeout(timeout)
    }

    /// Gives `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    pub fn release(&self, n: usize) {
        assert!(n > 0, "release of no permits");
        assert!(self.inner.give(n, usize::MAX), "more permits than a usize can count");
    }

    /// Acquires a permit and ties it to a guard.
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    /// Acquires a permit if there is one, and ties it to a guard.
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit { semaphore: self })
    }
}

impl BoundedSemaphore {
    /// A semaphore with `value` permits, and never more.
    pub fn new(value: usize) -> Self {
        Self { inner: Permits::new(value), initial: value }
    }

    /// Acquires a permit, sleeping while there is none.
    pub fn acquire(&self) {
        self.inner.take();
    }

    /// Acquires a permit if there is one, and says whether there was. Never waits.
    pub fn try_acquire(&self) -> bool {
        self.inner.try_take()
    }

    /// Acquires a permit, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.take_timeout(timeout)
    }

    /// Releases `n` permits, all at once, and lets up to `n` waiters in. Never waits.
    pub fn release(&self, n: usize) -> Result<(), AboveInitialValue> {
        assert!(n > 0, "release of no permits");
        if self.inner.give(n, self.initial) { Ok(()) } else { Err(AboveInitialValue) }
    }

    /// Acquires a permit and ties it to a guard.
    pub fn permit(&self) -> BoundedPermit<'_> {
        self.acquire();
        BoundedPermit { semaphore: self }
    }

    /// Acquires a permit if there is one, and ties it to a guard.
    pub fn try_permit(&self) -> Option<BoundedPermit<'_>> {
        self.try_acquire().then(|| BoundedPermit { semaphore: self })
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release(1);
    }
}

impl Drop for BoundedPermit<'_> {
    fn drop(&mut self) {
        let _ = self.semaphore.release(1);
    }
}
