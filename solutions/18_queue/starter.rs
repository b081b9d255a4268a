//! Blocking queues between threads, like Python's `queue.Queue`, `LifoQueue` and `PriorityQueue`.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A queue that hands out the oldest item first.
pub type Queue<T> = Bounded<Fifo<T>>;

/// A queue that hands out the newest item first.
pub type LifoQueue<T> = Bounded<Lifo<T>>;

/// A queue that hands out the least item first. Which of two equal items comes first is left open.
///
/// Items are compared by their own [`Ord`], or by their [`PartialOrd`], which has to agree with it; either
/// may panic. The panic belongs to the call that was comparing and reaches its caller unchanged, and no
/// item that was in the queue is lost by it. An item whose `put` panics may be in the queue or not; if it
/// is, it counts as unfinished. The order holds as before.
pub type PriorityQueue<T> = Bounded<Least<T>>;

/// How the three queues differ: where an item goes, and which one comes next.
pub trait Order: Default {
    /// What is kept.
    type Item;

    /// Adds an item.
    fn push(&mut self, item: Self::Item);

    /// Takes out the item whose turn it is, if there is one.
    fn pop(&mut self) -> Option<Self::Item>;

    /// The number of items kept.
    fn len(&self) -> usize;

    /// Whether no item is kept.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// First in, first out.
#[derive(Debug)]
pub struct Fifo<T> {
    items: PhantomData<T>,
}

/// Last in, first out.
#[derive(Debug)]
pub struct Lifo<T> {
    items: PhantomData<T>,
}

/// The least first.
#[derive(Debug)]
pub struct Least<T> {
    items: PhantomData<T>,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo { items: PhantomData }
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Lifo { items: PhantomData }
    }
}

impl<T: Ord> Default for Least<T> {
    fn default() -> Self {
        Least { items: PhantomData }
    }
}

impl<T> Order for Fifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        let _ = (&self.items, item);
        todo!("keep the item behind the others")
    }

    fn pop(&mut self) -> Option<T> {
        todo!("the oldest item")
    }

    fn len(&self) -> usize {
        todo!("how many items are kept")
    }
}

impl<T> Order for Lifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        let _ = (&self.items, item);
        todo!("keep the item on top of the others")
    }

    fn pop(&mut self) -> Option<T> {
        todo!("the newest item")
    }

    fn len(&self) -> usize {
        todo!("how many items are kept")
    }
}

impl<T: Ord> Order for Least<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        let _ = (&self.items, item);
        todo!("keep the item at its place among the others")
    }

    fn pop(&mut self) -> Option<T> {
        todo!("the least item")
    }

    fn len(&self) -> usize {
        todo!("how many items are kept")
    }
}

/// A queue that any number of threads may share: a thread that gets from it blocks while it is empty,
/// and a thread that puts into it blocks while it is full.
///
/// Every item that is put counts as *unfinished* until a thread that has worked on it calls
/// [`task_done`](Bounded::task_done); [`join`](Bounded::join) waits until no item is unfinished.
///
/// A blocked thread sleeps. A call that fails leaves the queue as it was.
#[derive(Debug)]
pub struct Bounded<O: Order> {
    // What must be under one lock? Who waits for what?
    order: PhantomData<O>,
}

/// Why an item could not be put. The item comes back to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutError<T> {
    /// There was no room, and the caller did not want to wait, or to wait any longer.
    Full(T),
    /// The queue has been shut down.
    ShutDown(T),
}

/// Why no item could be got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetError {
    /// There was no item, and the caller did not want to wait, or to wait any longer.
    Empty,
    /// The queue has been shut down and holds no item.
    ShutDown,
}

/// The error of calling [`task_done`](Bounded::task_done) when no item is unfinished.
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
    /// An empty queue that holds at most `maxsize` items. 0 means that there is no bound.
    pub fn new(maxsize: usize) -> Self {
        let _ = maxsize;
        todo!("an empty queue")
    }

    /// Puts an item in, waiting for as long as the queue is full.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`] if the queue is shut down, before the call or while it waits.
    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        let _ = item;
        todo!("wait for room, then put the item in")
    }

    /// Puts an item in if there is room, without waiting.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] if there is no room, [`PutError::ShutDown`] if the queue is shut down,
    /// full or not.
    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        let _ = item;
        todo!("put the item in, or say why not")
    }

    /// Puts an item in, waiting for at most `timeout` in total, counted from the call. If there is
    /// room, it is put in even when no time is left.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] if there was no room in that time, [`PutError::ShutDown`] if the queue
    /// is shut down, before the call or while it waits.
    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        let _ = (item, timeout);
        todo!("like put, but give up when the time is over")
    }

    /// Takes the next item out, waiting for as long as there is none.
    ///
    /// # Errors
    ///
    /// [`GetError::ShutDown`] if the queue is empty and shut down, before the call or while it waits.
    /// Items that were put before a shutdown can still be got.
    pub fn get(&self) -> Result<O::Item, GetError> {
        todo!("wait for an item, then take it")
    }

    /// Takes the next item out if there is one, without waiting.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there is none, [`GetError::ShutDown`] if there is none and the queue is
    /// shut down.
    pub fn try_get(&self) -> Result<O::Item, GetError> {
        todo!("take the next item, or say why not")
    }

    /// Takes the next item out, waiting for at most `timeout` in total, counted from the call. If there
    /// is an item, it is taken even when no time is left.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there was none in that time, [`GetError::ShutDown`] if the queue
    /// is empty and shut down, before the call or while it waits.
    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        let _ = timeout;
        todo!("like get, but give up when the time is over")
    }

    /// The number of items in the queue. It may have changed by the time the caller looks at it.
    pub fn qsize(&self) -> usize {
        todo!("how many items are in the queue")
    }

    /// Whether there is no room. Never true of a queue without a bound.
    pub fn full(&self) -> bool {
        todo!("is there no room?")
    }

    /// Whether there is no item.
    pub fn empty(&self) -> bool {
        todo!("is there no item?")
    }

    /// Says that the work on one item is done. As long as some item is unfinished, this is accepted: the
    /// queue does not ask whether the item has been got.
    ///
    /// # Errors
    ///
    /// [`NothingUnfinished`] if no item is unfinished. Nothing has changed.
    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        todo!("one item fewer is unfinished; after the last one, wake the threads in join")
    }

    /// Waits until no item is unfinished. Returns at once if none is. May be called by many threads,
    /// and again later.
    pub fn join(&self) {
        todo!("wait until no item is unfinished")
    }

    /// Ends the queue: from now on nothing can be put in.
    ///
    /// Threads that wait for room get [`PutError::ShutDown`]. What is in the queue can still be got;
    /// once it is empty, every thread that gets, or is waiting to, receives [`GetError::ShutDown`].
    ///
    /// If `immediate`, the items in the queue are dropped before this returns, and are no longer
    /// unfinished, if they still were. Items that were got before are still owed their `task_done`.
    /// The destructors of the dropped items may use the queue. They run when the queue is empty and
    /// every waiting thread has been told, so a slow one keeps nobody waiting but the caller.
    ///
    /// A queue may be shut down again: that changes nothing, unless a first `shutdown(false)` is
    /// followed by a `shutdown(true)`.
    pub fn shutdown(&self, immediate: bool) {
        let _ = immediate;
        todo!("refuse what comes, and wake every waiting thread")
    }
}
