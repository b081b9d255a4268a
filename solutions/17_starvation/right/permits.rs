//! Make: a fair semaphore: a reader takes one permit and a writer takes all, and the permits are sent in order.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// A lock that any number of readers may hold together, or one writer alone.
#[derive(Debug, Default)]
pub struct ReadWriteLock {
    permits: Permits,
    /// The permits and guards of each thread that is inside. Only that thread changes its entry.
    inside: Mutex<HashMap<ThreadId, Stay>>,
}

#[derive(Debug)]
struct Stay {
    permits: usize,
    guards: usize,
}

/// The total number of permits.
const ALL: usize = 1 << 30;

/// A semaphore that hands out its permits in the order in which they were requested.
#[derive(Debug)]
struct Permits {
    counter: Mutex<Counter>,
}

#[derive(Debug)]
struct Counter {
    free: usize,
    line: VecDeque<(usize, Sender<()>)>,
}

/// A reader's stay in a [`ReadWriteLock`], which ends when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

/// A writer's stay in a [`ReadWriteLock`], which ends when this is dropped.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyInside {
    /// It holds a [`ReadGuard`] of this lock.
    Reading,
    /// It holds a [`WriteGuard`] of this lock.
    Writing,
}

impl fmt::Display for AlreadyInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AlreadyInside::Reading => "this thread is reading under the same lock",
            AlreadyInside::Writing => "this thread is writing under the same lock",
        })
    }
}

impl Error for AlreadyInside {}

impl Default for Permits {
    fn default() -> Self {
        Permits { counter: Mutex::new(Counter { free: ALL, line: VecDeque::new() }) }
    }
}

impl Permits {
    fn take(&self, wanted: usize) {
        let mut counter = lock(&self.counter);
        if counter.line.is_empty() && counter.free >= wanted {
            counter.free -= wanted;
            return;
        }
        let (sender, taken_for_me) = mpsc::channel();
        counter.line.push_back((wanted, sender));
        drop(counter);
        taken_for_me.recv().expect("whoever gives permits back serves the line");
    }

    fn give_back(&self, permits: usize) {
        let mut counter = lock(&self.counter);
        counter.free += permits;
        while let Some((wanted, _)) = counter.line.front() {
            let Some(left) = counter.free.checked_sub(*wanted) else {
                break;
            };
            counter.free = left;
            if let Some((_, taken_for_it)) = counter.line.pop_front() {
                taken_for_it.send(()).expect("whoever is in line listens");
            }
        }
    }
}

impl ReadWriteLock {
    pub fn new() -> Self {
        ReadWriteLock::default()
    }

    /// Goes in to read.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Writing`], at once, if the calling thread is inside as a writer.
    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        match lock(&self.inside).get_mut(&thread::current().id()) {
            Some(stay) if stay.permits == ALL => return Err(AlreadyInside::Writing),
            Some(stay) => {
                stay.guards += 1;
                return Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData });
            }
            None => {}
        }
        self.go_in(1);
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    /// Goes in to write.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside`], at once, if the calling thread is inside.
    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        match lock(&self.inside).get(&thread::current().id()) {
            Some(stay) if stay.permits == ALL => return Err(AlreadyInside::Writing),
            Some(_) => return Err(AlreadyInside::Reading),
            None => {}
        }
        self.go_in(ALL);
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    fn go_in(&self, permits: usize) {
        self.permits.take(permits);
        lock(&self.inside).insert(thread::current().id(), Stay { permits, guards: 1 });
    }

    /// Drops one guard. The thread leaves with its last one.
    fn leave(&self) {
        let me = thread::current().id();
        let mut inside = lock(&self.inside);
        let Some(stay) = inside.get_mut(&me) else {
            return;
        };
        stay.guards -= 1;
        if stay.guards == 0 {
            let permits = stay.permits;
            inside.remove(&me);
            drop(inside);
            self.permits.give_back(permits);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        self.lock.leave();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lock.leave();
    }
}
