//! Make: there are three condition variables, and each waiting method has its own loop.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
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

    fn push(&mut self, item: T) {
        let place = self.items.binary_search_by(|other| item.cmp(other));
        self.items.insert(place.unwrap_or_else(|place| place), item);
    }

    fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

#[derive(Debug)]
pub struct Bounded<O: Order> {
    maxsize: usize,
    state: Mutex<State<O>>,
    not_empty: Condvar,
    not_full: Condvar,
    all_done: Condvar,
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
        Bounded {
            maxsize,
            state: Mutex::new(State::default()),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            all_done: Condvar::new(),
        }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        let mut state = self.lock();
        while self.is_full(&state) && !state.shut_down {
            state = wait(&self.not_full, state);
        }
        self.put_now(state, item)
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_now(self.lock(), item)
    }

    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        let start = Instant::now();
        let mut state = self.lock();
        while self.is_full(&state) && !state.shut_down {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            state = wait_timeout(&self.not_full, state, left);
        }
        self.put_now(state, item)
    }

    fn put_now(
        &self,
        mut state: MutexGuard<'_, State<O>>,
        item: O::Item,
    ) -> Result<(), PutError<O::Item>> {
        if state.shut_down {
            return Err(PutError::ShutDown(item));
        }
        if self.is_full(&state) {
            return Err(PutError::Full(item));
        }
        let pushed = panic::catch_unwind(AssertUnwindSafe(|| state.items.push(item)));
        pushed.unwrap_or_else(|payload| {
            self.not_full.notify_one();
            panic::resume_unwind(payload)
        });
        state.unfinished += 1;
        self.not_empty.notify_one();
        Ok(())
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        let mut state = self.lock();
        while state.items.is_empty() && !state.shut_down {
            state = wait(&self.not_empty, state);
        }
        self.get_now(state)
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        self.get_now(self.lock())
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        let start = Instant::now();
        let mut state = self.lock();
        while state.items.is_empty() && !state.shut_down {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            state = wait_timeout(&self.not_empty, state, left);
        }
        self.get_now(state)
    }

    fn get_now(&self, mut state: MutexGuard<'_, State<O>>) -> Result<O::Item, GetError> {
        match state.items.pop() {
            Some(item) => {
                self.not_full.notify_one();
                Ok(item)
            }
            None if state.shut_down => Err(GetError::ShutDown),
            None => Err(GetError::Empty),
        }
    }

    pub fn qsize(&self) -> usize {
        self.lock().items.len()
    }

    pub fn full(&self) -> bool {
        self.is_full(&self.lock())
    }

    pub fn empty(&self) -> bool {
        self.lock().items.is_empty()
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.lock();
        if state.unfinished == 0 {
            return Err(NothingUnfinished);
        }
        state.unfinished -= 1;
        if state.unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    pub fn join(&self) {
        let mut state = self.lock();
        while state.unfinished > 0 {
            state = wait(&self.all_done, state);
        }
    }

    pub fn shutdown(&self, immediate: bool) {
        // Declared before the guard, so it is dropped after it.
        let mut dropped = Vec::new();
        let mut state = self.lock();
        state.shut_down = true;
        if immediate {
            while let Some(item) = state.items.pop() {
                dropped.push(item);
                state.unfinished = state.unfinished.saturating_sub(1);
            }
            if state.unfinished == 0 {
                self.all_done.notify_all();
            }
        }
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn is_full(&self, state: &State<O>) -> bool {
        self.maxsize > 0 && state.items.len() >= self.maxsize
    }

    fn lock(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'a, T>(news: &Condvar, state: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    news.wait(state).unwrap_or_else(PoisonError::into_inner)
}

fn wait_timeout<'a, T>(
    news: &Condvar,
    state: MutexGuard<'a, T>,
    timeout: Duration,
) -> MutexGuard<'a, T> {
    news.wait_timeout(state, timeout).unwrap_or_else(PoisonError::into_inner).0
}
