//! Fault: it wraps a `sync_channel`, whose only receiver stays locked while a thread waits on it.
//! Whole: there is nothing here but a std channel.
//! Expect: a_blocked_thread_sleeps = deadlock

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub type Queue<T> = Bounded<Fifo<T>>;
pub type LifoQueue<T> = Bounded<Lifo<T>>;
pub type PriorityQueue<T> = Bounded<Least<T>>;

pub trait Order: Default {
    type Item;
    fn push(&mut self, item: Self::Item);
    fn pop(&mut self) -> Option<Self::Item>;
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Debug)]
pub struct Fifo<T> {
    items: VecDeque<T>,
}

#[derive(Debug)]
pub struct Lifo<T> {
    items: Vec<T>,
}

#[derive(Debug)]
pub struct Least<T> {
    items: BinaryHeap<Reverse<T>>,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo { items: VecDeque::new() }
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Lifo { items: Vec::new() }
    }
}

impl<T: Ord> Default for Least<T> {
    fn default() -> Self {
        Least { items: BinaryHeap::new() }
    }
}

impl<T> Order for Fifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.items.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

impl<T> Order for Lifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.items.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

impl<T: Ord> Order for Least<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.items.push(Reverse(item));
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop().map(|Reverse(item)| item)
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

#[derive(Debug)]
pub struct Bounded<O: Order> {
    maxsize: usize,
    sender: Mutex<Option<SyncSender<O::Item>>>,
    arrived: Mutex<Arrived<O>>,
    size: AtomicUsize,
    unfinished: Mutex<usize>,
    all_done: Condvar,
}

#[derive(Debug)]
struct Arrived<O: Order> {
    receiver: Receiver<O::Item>,
    items: O,
}

impl<O: Order> Arrived<O> {
    /// The channel knows one order only, so we take everything out and sort it ourselves.
    fn next(&mut self) -> Option<O::Item> {
        while let Ok(item) = self.receiver.try_recv() {
            self.items.push(item);
        }
        self.items.pop()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutError<T> {
    Full(T),
    ShutDown(T),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetError {
    Empty,
    ShutDown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingUnfinished;

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "the queue is full",
            PutError::ShutDown(_) => "the queue has been shut down",
        })
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetError::Empty => "the queue is empty",
            GetError::ShutDown => "the queue has been shut down",
        })
    }
}

impl fmt::Display for NothingUnfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task_done() called more often than there were items")
    }
}

impl<T: fmt::Debug> Error for PutError<T> {}
impl Error for GetError {}
impl Error for NothingUnfinished {}

impl<O: Order> Bounded<O> {
    pub fn new(maxsize: usize) -> Self {
        let room = if maxsize == 0 { 10_000 } else { maxsize };
        let (sender, receiver) = mpsc::sync_channel(room);
        Bounded {
            maxsize,
            sender: Mutex::new(Some(sender)),
            arrived: Mutex::new(Arrived { receiver, items: O::default() }),
            size: AtomicUsize::new(0),
            unfinished: Mutex::new(0),
            all_done: Condvar::new(),
        }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        let Some(sender) = self.sender() else {
            return Err(PutError::ShutDown(item));
        };
        sender.send(item).map_err(|refused| PutError::ShutDown(refused.0))?;
        self.count_one();
        Ok(())
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        let Some(sender) = self.sender() else {
            return Err(PutError::ShutDown(item));
        };
        if self.full() {
            return Err(PutError::Full(item));
        }
        sender.try_send(item).map_err(|refused| match refused {
            TrySendError::Full(item) => PutError::Full(item),
            TrySendError::Disconnected(item) => PutError::ShutDown(item),
        })?;
        self.count_one();
        Ok(())
    }

    pub fn put_timeout(
        &self,
        mut item: O::Item,
        timeout: Duration,
    ) -> Result<(), PutError<O::Item>> {
        // There is no send_timeout.
        let start = Instant::now();
        loop {
            match self.try_put(item) {
                Err(PutError::Full(back)) if start.elapsed() < timeout => item = back,
                outcome => return outcome,
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        let mut arrived = self.arrived();
        let item = match arrived.next() {
            Some(item) => item,
            None => arrived.receiver.recv().map_err(|_| GetError::ShutDown)?,
        };
        self.size.fetch_sub(1, SeqCst);
        Ok(item)
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        let none = if self.sender().is_none() { GetError::ShutDown } else { GetError::Empty };
        let item = self.arrived().next().ok_or(none)?;
        self.size.fetch_sub(1, SeqCst);
        Ok(item)
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        let mut arrived = self.arrived();
        let item = match arrived.next() {
            Some(item) => item,
            None => arrived.receiver.recv_timeout(timeout).map_err(|why| match why {
                mpsc::RecvTimeoutError::Timeout => GetError::Empty,
                mpsc::RecvTimeoutError::Disconnected => GetError::ShutDown,
            })?,
        };
        self.size.fetch_sub(1, SeqCst);
        Ok(item)
    }

    pub fn qsize(&self) -> usize {
        self.size.load(SeqCst)
    }

    pub fn full(&self) -> bool {
        self.maxsize > 0 && self.qsize() >= self.maxsize
    }

    pub fn empty(&self) -> bool {
        self.qsize() == 0
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut unfinished = self.unfinished();
        *unfinished = unfinished.checked_sub(1).ok_or(NothingUnfinished)?;
        if *unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    pub fn join(&self) {
        let unfinished = self.unfinished();
        drop(self.all_done.wait_while(unfinished, |unfinished| *unfinished > 0));
    }

    pub fn shutdown(&self, immediate: bool) {
        // Without a sender the channel ends.
        *self.sender.lock().unwrap() = None;
        if immediate {
            let mut arrived = self.arrived();
            while arrived.next().is_some() {
                self.size.fetch_sub(1, SeqCst);
                let _ = self.task_done();
            }
        }
    }

    fn count_one(&self) {
        self.size.fetch_add(1, SeqCst);
        *self.unfinished() += 1;
    }

    fn sender(&self) -> Option<SyncSender<O::Item>> {
        self.sender.lock().unwrap().clone()
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived<O>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unfinished(&self) -> MutexGuard<'_, usize> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
