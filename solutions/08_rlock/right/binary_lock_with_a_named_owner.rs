//! Make: a plain binary lock inside, and beside it an atomic that names the owner.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

thread_local! {
    /// The thread's number. No other thread has it, not even one that starts when this one has ended.
    static MARK: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// The number of the next thread that asks for one.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// A re-entrant lock.
#[derive(Debug, Default)]
pub struct RLock {
    /// Whether the binary lock is held.
    taken: Mutex<bool>,
    freed: Condvar,
    /// The mark of the thread that holds the binary lock, or 0 if there is none. Only a thread
    /// itself can set this to its own mark, so comparing the two needs no lock.
    owner: AtomicUsize,
    /// Read and written only by the owner.
    depth: AtomicUsize,
}

/// One level of an [`RLock`], released when this guard is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    stays_on_its_thread: PhantomData<MutexGuard<'a, ()>>,
}

/// The error when a thread releases a lock that it does not own. Nothing has changed.
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

    /// Acquires one level, waiting for as long as another thread is the owner.
    pub fn acquire(&self) {
        if !self.is_owned() {
            let taken = self.taken.lock().unwrap();
            *self.freed.wait_while(taken, |taken| *taken).unwrap() = true;
        }
        self.enter();
    }

    /// Acquires one level if it can do so without waiting, and says whether it did.
    pub fn try_acquire(&self) -> bool {
        self.acquire_timeout(Duration::ZERO)
    }

    /// Acquires one level, waiting for at most `timeout` in total, and says whether it succeeded.
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        if !self.is_owned() {
            let start = Instant::now();
            let mut taken = self.taken.lock().unwrap();
            while *taken {
                let Some(left) = timeout.checked_sub(start.elapsed()).filter(|d| !d.is_zero())
                else {
                    return false;
                };
                taken = self.freed.wait_timeout(taken, left).unwrap().0;
            }
            *taken = true;
        }
        self.enter();
        true
    }

    /// Adds one level for the thread that holds the binary lock.
    fn enter(&self) {
        self.owner.store(mark(), Ordering::SeqCst);
        self.depth.fetch_add(1, Ordering::SeqCst);
    }

    /// Releases one level. Releasing the last one frees the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not own the lock.
    pub fn release(&self) -> Result<(), NotOwner> {
        if !self.is_owned() {
            return Err(NotOwner);
        }
        if self.depth.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Clear the mark before freeing the lock: afterwards it may be the next owner's mark.
            self.owner.store(0, Ordering::SeqCst);
            *self.taken.lock().unwrap() = false;
            self.freed.notify_one();
        }
        Ok(())
    }

    /// Acquires one level and ties it to a guard.
    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, stays_on_its_thread: PhantomData }
    }

    /// Acquires one level if it can do so without waiting, and ties it to a guard.
    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.owner.load(Ordering::SeqCst) == mark()
    }

    /// How many levels the calling thread holds.
    pub fn recursion_count(&self) -> usize {
        if self.is_owned() { self.depth.load(Ordering::SeqCst) } else { 0 }
    }
}

/// The caller's mark, never 0.
fn mark() -> usize {
    MARK.with(|mark| *mark)
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
