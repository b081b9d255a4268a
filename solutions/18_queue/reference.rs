//! Blocking queues between threads, like Python's `queue.Queue`, `LifoQueue` and `PriorityQueue`.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    items: VecDeque<T>,
}

/// Last in, first out.
#[derive(Debug)]
pub struct Lifo<T> {
    items: Vec<T>,
}

/// The least first.
#[derive(Debug)]
pub struct Least<T> {
    /// Sorted, with the least item last. Taking it out compares nothing, so it cannot panic
    /// halfway.
    items: Vec<T>,
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
        Least { items: Vec::new() }
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
        // All the comparing is done before anything moves.
        let place = self.items.partition_point(|other| *other > item);
        self.items.insert(place, item);
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    fn len(&self) -> usize {
        self.items.len()
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
    /// 0 means that there is no bound.
    maxsize: usize,
    /// Everything that changes, under one lock: no rule of the queue would hold across two parts
    /// that are locked one after the other.
    state: Mutex<State<O>>,
    /// There are three reasons to wait, so there are three condition variables. A thread that
    /// changes something wakes the threads to which the change can matter, and no others.
    item_came: Condvar,
    room_came: Condvar,
    all_done: Condvar,
}

#[derive(Debug)]
struct State<O> {
    items: O,
    /// Items that were put and for which `task_done` has not been called yet, whether they are
    /// still in the queue or not.
    unfinished: usize,
    shut_down: bool,
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
        Bounded {
            maxsize,
            state: Mutex::new(State { items: O::default(), unfinished: 0, shut_down: false }),
            item_came: Condvar::new(),
            room_came: Condvar::new(),
            all_done: Condvar::new(),
        }
    }

    /// Puts an item in, waiting for as long as the queue is full.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`] if the queue is shut down, before the call or while it waits.
    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::None)
    }

    /// Puts an item in if there is room, without waiting.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] if there is no room, [`PutError::ShutDown`] if the queue is shut down,
    /// full or not.
    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::of(Duration::ZERO))
    }

    /// Puts an item in, waiting for at most `timeout` in total, counted from the call. If there is
    /// room, it is put in even when no time is left.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] if there was no room in that time, [`PutError::ShutDown`] if the queue
    /// is shut down, before the call or while it waits.
    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::of(timeout))
    }

    fn put_within(&self, item: O::Item, limit: Limit) -> Result<(), PutError<O::Item>> {
        let mut state = self.state();
        // Checked again after every wakeup: another thread may have been faster, the queue may have
        // been shut down, and a condition variable may wake a thread for no reason at all.
        loop {
            if state.shut_down {
                return Err(PutError::ShutDown(item));
            }
            if !self.is_full(&state) {
                break;
            }
            state = match limit.wait(&self.room_came, state) {
                Ok(state) => state,
                Err(TimeIsOver) => return Err(PutError::Full(item)),
            };
        }
        let pushed = panic::catch_unwind(AssertUnwindSafe(|| state.items.push(item)));
        if let Err(payload) = pushed {
            // The item is not in the queue, so the room that woke this thread is still free.
            self.room_came.notify_one();
            panic::resume_unwind(payload);
        }
        state.unfinished += 1;
        self.item_came.notify_one();
        Ok(())
    }

    /// Takes the next item out, waiting for as long as there is none.
    ///
    /// # Errors
    ///
    /// [`GetError::ShutDown`] if the queue is empty and shut down, before the call or while it waits.
    /// Items that were put before a shutdown can still be got.
    pub fn get(&self) -> Result<O::Item, GetError> {
        self.get_within(Limit::None)
    }

    /// Takes the next item out if there is one, without waiting.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there is none, [`GetError::ShutDown`] if there is none and the queue is
    /// shut down.
    pub fn try_get(&self) -> Result<O::Item, GetError> {
        self.get_within(Limit::of(Duration::ZERO))
    }

    /// Takes the next item out, waiting for at most `timeout` in total, counted from the call. If there
    /// is an item, it is taken even when no time is left.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there was none in that time, [`GetError::ShutDown`] if the queue
    /// is empty and shut down, before the call or while it waits.
    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        self.get_within(Limit::of(timeout))
    }

    fn get_within(&self, limit: Limit) -> Result<O::Item, GetError> {
        let mut state = self.state();
        loop {
            // Try to take an item before looking for reasons to give up: an item that is there can
            // be taken.
            if let Some(item) = state.items.pop() {
                self.room_came.notify_one();
                return Ok(item);
            }
            if state.shut_down {
                return Err(GetError::ShutDown);
            }
            state = match limit.wait(&self.item_came, state) {
                Ok(state) => state,
                Err(TimeIsOver) => return Err(GetError::Empty),
            };
        }
    }

    /// The number of items in the queue. It may have changed by the time the caller looks at it.
    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    /// Whether there is no room. Never true of a queue without a bound.
    pub fn full(&self) -> bool {
        self.is_full(&self.state())
    }

    /// Whether there is no item.
    pub fn empty(&self) -> bool {
        self.state().items.is_empty()
    }

    /// Says that the work on one item that was got is done.
    ///
    /// # Errors
    ///
    /// [`NothingUnfinished`] if no item is unfinished. Nothing has changed.
    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.state();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(NothingUnfinished)?;
        if state.unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    /// Waits until no item is unfinished. Returns at once if none is. May be called by many threads,
    /// and again later.
    pub fn join(&self) {
        let mut state = self.state();
        while state.unfinished > 0 {
            state = self.all_done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the queue: from now on nothing can be put in.
    ///
    /// Threads that wait for room get [`PutError::ShutDown`]. What is in the queue can still be got;
    /// once it is empty, every thread that gets, or is waiting to, receives [`GetError::ShutDown`].
    ///
    /// If `immediate`, the items in the queue are dropped before this returns, and are no longer
    /// unfinished. Items that were got before are still owed their `task_done`.
    /// The destructors of the dropped items may use the queue. They run when the queue is empty and
    /// every waiting thread has been told, so a slow one keeps nobody waiting but the caller.
    ///
    /// A queue may be shut down again: that changes nothing, unless a first `shutdown(false)` is
    /// followed by a `shutdown(true)`.
    pub fn shutdown(&self, immediate: bool) {
        let mut state = self.state();
        state.shut_down = true;
        // Notify all of them, on both sides: this matters to every waiting thread.
        self.item_came.notify_all();
        self.room_came.notify_all();
        if immediate {
            let dropped = std::mem::take(&mut state.items);
            // `task_done` may have been called for an item that is still in the queue.
            state.unfinished = state.unfinished.saturating_sub(dropped.len());
            if state.unfinished == 0 {
                self.all_done.notify_all();
            }
            // An item's own `drop` is foreign code, so it does not run under the lock.
            drop(state);
            drop(dropped);
        }
    }

    fn is_full(&self, state: &State<O>) -> bool {
        self.maxsize > 0 && state.items.len() >= self.maxsize
    }

    /// Takes the lock, poisoned or not.
    ///
    /// The only foreign code that runs under it is the items' `Ord`. If that panics, the panic
    /// concerns its caller alone: no item has moved, so the state is still good.
    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a caller waits.
enum Limit {
    /// For as long as it takes.
    None,
    /// At most `timeout`, counted from `start`.
    Total { start: Instant, timeout: Duration },
}

/// The error when a [`Limit`] has no time left.
struct TimeIsOver;

impl Limit {
    fn of(timeout: Duration) -> Self {
        Limit::Total { start: Instant::now(), timeout }
    }

    /// Sleeps until notified or until the time is up. Either way, the caller has to look again,
    /// because both may have happened.
    fn wait<'a, T>(
        &self,
        news: &Condvar,
        state: MutexGuard<'a, T>,
    ) -> Result<MutexGuard<'a, T>, TimeIsOver> {
        match *self {
            Limit::None => Ok(news.wait(state).unwrap_or_else(PoisonError::into_inner)),
            Limit::Total { start, timeout } => {
                let left = timeout.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return Err(TimeIsOver);
                }
                let woken = news.wait_timeout(state, left);
                Ok(woken.unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}
