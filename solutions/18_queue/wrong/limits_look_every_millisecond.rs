//! Fault: who waits with a time limit looks every millisecond whether it is over.
//! Expect: who_has_a_limit_sleeps_too = busy-wait

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::error::Error;
use std::fmt;
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
    state: Mutex<State<O>>,
    item_came: Condvar,
    room_came: Condvar,
    all_done: Condvar,
}

#[derive(Debug)]
struct State<O> {
    items: O,
    unfinished: usize,
    shut_down: bool,
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
        Bounded {
            maxsize,
            state: Mutex::new(State { items: O::default(), unfinished: 0, shut_down: false }),
            item_came: Condvar::new(),
            room_came: Condvar::new(),
            all_done: Condvar::new(),
        }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::None)
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::of(Duration::ZERO))
    }

    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        self.put_within(item, Limit::of(timeout))
    }

    fn put_within(&self, item: O::Item, limit: Limit) -> Result<(), PutError<O::Item>> {
        let mut state = self.state();
        // Asked again after each wakeup: somebody else may have been quicker, the queue may have
        // been shut down, and a condition variable may wake for no reason at all.
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
        // Counted first: if comparing panics in `push`, a heap has the item all the same.
        state.unfinished += 1;
        state.items.push(item);
        self.item_came.notify_one();
        Ok(())
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        self.get_within(Limit::None)
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        self.get_within(Limit::of(Duration::ZERO))
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        self.get_within(Limit::of(timeout))
    }

    fn get_within(&self, limit: Limit) -> Result<O::Item, GetError> {
        let mut state = self.state();
        loop {
            // The item first, then the reasons to give up: what is there can be had.
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

    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    pub fn full(&self) -> bool {
        self.is_full(&self.state())
    }

    pub fn empty(&self) -> bool {
        self.state().items.is_empty()
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.state();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(NothingUnfinished)?;
        if state.unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    pub fn join(&self) {
        let mut state = self.state();
        while state.unfinished > 0 {
            state = self.all_done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn shutdown(&self, immediate: bool) {
        let mut state = self.state();
        state.shut_down = true;
        // All of them, on both sides: this is news for everybody who waits.
        self.item_came.notify_all();
        self.room_came.notify_all();
        if immediate {
            let dropped = std::mem::take(&mut state.items);
            state.unfinished -= dropped.len();
            if state.unfinished == 0 {
                self.all_done.notify_all();
            }
            // An item's own `drop` is foreign code. It is not run under the lock.
            drop(state);
            drop(dropped);
        }
    }

    fn is_full(&self, state: &State<O>) -> bool {
        self.maxsize > 0 && state.items.len() >= self.maxsize
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Limit {
    None,
    Total { start: Instant, timeout: Duration },
}

struct TimeIsOver;

impl Limit {
    fn of(timeout: Duration) -> Self {
        Limit::Total { start: Instant::now(), timeout }
    }

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
                let woken = news.wait_timeout(state, left.min(Duration::from_millis(1)));
                Ok(woken.unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}
