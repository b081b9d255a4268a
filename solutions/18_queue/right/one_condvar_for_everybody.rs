//! Make: one mutex and one condition variable for everybody; every change wakes all waiting threads.

use std::collections::VecDeque;
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

    /// Keeps the items in descending order, the smallest one last.
    fn push(&mut self, item: T) {
        let at = self.items.partition_point(|other| *other > item);
        self.items.insert(at, item);
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

/// A queue that any number of threads may share.
#[derive(Debug)]
pub struct Bounded<O: Order> {
    maxsize: usize,
    state: Mutex<State<O>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
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
        Bounded { maxsize, state: Mutex::new(State::default()), changed: Condvar::new() }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_in(self.wait_while(|state| !state.shut_down && self.no_room(state)), item)
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_in(self.state(), item)
    }

    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        let blocked = |state: &State<O>| !state.shut_down && self.no_room(state);
        self.put_in(self.wait_for_while(timeout, blocked), item)
    }

    fn put_in(
        &self,
        mut state: MutexGuard<'_, State<O>>,
        item: O::Item,
    ) -> Result<(), PutError<O::Item>> {
        if state.shut_down {
            return Err(PutError::ShutDown(item));
        }
        if self.no_room(&state) {
            return Err(PutError::Full(item));
        }
        // Notify before the comparing: whether or not a comparison panics, everybody looks again.
        self.changed.notify_all();
        state.items.push(item);
        state.unfinished += 1;
        Ok(())
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        self.take_out(self.wait_while(|state| !state.shut_down && state.items.is_empty()))
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        self.take_out(self.state())
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        let blocked = |state: &State<O>| !state.shut_down && state.items.is_empty();
        self.take_out(self.wait_for_while(timeout, blocked))
    }

    fn take_out(&self, mut state: MutexGuard<'_, State<O>>) -> Result<O::Item, GetError> {
        let none = if state.shut_down { GetError::ShutDown } else { GetError::Empty };
        let item = state.items.pop().ok_or(none)?;
        self.changed.notify_all();
        Ok(item)
    }

    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    pub fn full(&self) -> bool {
        self.no_room(&self.state())
    }

    pub fn empty(&self) -> bool {
        self.state().items.is_empty()
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.state();
        if state.unfinished == 0 {
            return Err(NothingUnfinished);
        }
        state.unfinished -= 1;
        self.changed.notify_all();
        Ok(())
    }

    pub fn join(&self) {
        drop(self.wait_while(|state| state.unfinished > 0));
    }

    pub fn shutdown(&self, immediate: bool) {
        let mut dropped = Vec::new();
        let mut state = self.state();
        state.shut_down = true;
        if immediate {
            while let Some(item) = state.items.pop() {
                dropped.push(item);
                state.unfinished = state.unfinished.saturating_sub(1);
            }
        }
        self.changed.notify_all();
        drop(state);
        drop(dropped);
    }

    fn no_room(&self, state: &State<O>) -> bool {
        self.maxsize != 0 && state.items.len() == self.maxsize
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, blocked: impl Fn(&State<O>) -> bool) -> MutexGuard<'_, State<O>> {
        let mut state = self.state();
        while blocked(&state) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Returns when the caller is no longer blocked, or when the time is up. The caller checks
    /// which.
    fn wait_for_while(
        &self,
        timeout: Duration,
        blocked: impl Fn(&State<O>) -> bool,
    ) -> MutexGuard<'_, State<O>> {
        let start = Instant::now();
        let mut state = self.state();
        while blocked(&state) {
            let Some(left) = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero())
            else {
                break;
            };
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}
