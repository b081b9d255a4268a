//! Fault: readers are counted in an atomic, and the last one notifies without holding the mutex.
//! Whole: here the readers are counted in an atomic, outside the mutex.
//! Expect: a_writer_waits_for_every_reader = lost-wakeup

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};

thread_local! {
    static READING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug, Default)]
pub struct ReadWriteLock {
    readers: AtomicUsize,
    line: Mutex<Line>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    next_ticket: u64,
    now_serving: u64,
    writer: Option<ThreadId>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
    stays_on_its_thread: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyInside {
    Reading,
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

impl ReadWriteLock {
    pub fn new() -> Self {
        ReadWriteLock::default()
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn reads_already(&self) -> bool {
        READING.with_borrow(|locks| locks.contains(&self.address()))
    }

    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        if self.reads_already() {
            self.readers.fetch_add(1, Ordering::SeqCst);
        } else {
            let mut line = self.line.lock().unwrap();
            if line.writer == Some(thread::current().id()) {
                return Err(AlreadyInside::Writing);
            }
            let ticket = line.next_ticket;
            line.next_ticket += 1;
            while line.now_serving != ticket || line.writer.is_some() {
                line = self.changed.wait(line).unwrap();
            }
            line.now_serving += 1;
            self.readers.fetch_add(1, Ordering::SeqCst);
            self.changed.notify_all();
        }
        READING.with_borrow_mut(|locks| locks.push(self.address()));
        Ok(ReadGuard { lock: self, stays_on_its_thread: PhantomData })
    }

    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        if self.reads_already() {
            return Err(AlreadyInside::Reading);
        }
        let mut line = self.line.lock().unwrap();
        if line.writer == Some(thread::current().id()) {
            return Err(AlreadyInside::Writing);
        }
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        while line.now_serving != ticket
            || line.writer.is_some()
            || self.readers.load(Ordering::SeqCst) > 0
        {
            line = self.changed.wait(line).unwrap();
        }
        line.now_serving += 1;
        line.writer = Some(thread::current().id());
        Ok(WriteGuard { lock: self, stays_on_its_thread: PhantomData })
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let address = self.lock.address();
        READING.with_borrow_mut(|locks| {
            let place = locks.iter().position(|&lock| lock == address);
            locks.swap_remove(place.unwrap());
        });
        if self.lock.readers.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.lock.changed.notify_all();
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lock.line.lock().unwrap().writer = None;
        self.lock.changed.notify_all();
    }
}
