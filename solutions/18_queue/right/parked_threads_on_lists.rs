//! Make: no condition variable: a waiting thread leaves its handle on a list and parks.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
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
        self.items.push(item);
    }

    /// Looks for the smallest item here, not when an item is put.
    fn pop(&mut self) -> Option<T> {
        let least = (0..self.items.len()).min_by_key(|at| &self.items[*at])?;
        Some(self.items.swap_remove(least))
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
}

#[derive(Debug, Default)]
struct State<O> {
    items: O,
    unfinished: usize,
    shut_down: bool,
    getters: Waiting,
    putters: Waiting,
    joiners: Waiting,
}

/// The threads that are waiting for one thing, in the order in which they came.
#[derive(Debug, Default)]
struct Waiting(VecDeque<Thread>);

impl Waiting {
    fn wake_one(&mut self) {
        if let Some(thread) = self.0.pop_front() {
            thread.unpark();
        }
    }

    fn wake_all(&mut self) {
        self.0.drain(..).for_each(|thread| thread.unpark());
    }

    fn remove_me(&mut self) {
        let me = thread::current().id();
        self.0.retain(|thread| thread.id() != me);
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
        Bounded { maxsize, state: Mutex::new(State::default()) }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_before(item, None)
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_before(item, Some((Instant::now(), Duration::ZERO)))
    }

    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        self.put_before(item, Some((Instant::now(), timeout)))
    }

    fn put_before(
        &self,
        item: O::Item,
        limit: Option<(Instant, Duration)>,
    ) -> Result<(), PutError<O::Item>> {
        let mut state = self.state();
        loop {
            if state.shut_down {
                return Err(PutError::ShutDown(item));
            }
            if self.maxsize == 0 || state.items.len() < self.maxsize {
                state.items.push(item);
                state.unfinished += 1;
                state.getters.wake_one();
                return Ok(());
            }
            state = match self.park(state, |state| &mut state.putters, limit) {
                Some(state) => state,
                None => return Err(PutError::Full(item)),
            };
        }
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        self.get_before(None)
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        self.get_before(Some((Instant::now(), Duration::ZERO)))
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        self.get_before(Some((Instant::now(), timeout)))
    }

    fn get_before(&self, limit: Option<(Instant, Duration)>) -> Result<O::Item, GetError> {
        let mut state = self.state();
        loop {
            match panic::catch_unwind(AssertUnwindSafe(|| state.items.pop())) {
                Ok(Some(item)) => {
                    state.putters.wake_one();
                    return Ok(item);
                }
                Ok(None) => {}
                Err(payload) => {
                    // The item is still there, for the next getter.
                    state.getters.wake_one();
                    panic::resume_unwind(payload);
                }
            }
            if state.shut_down {
                return Err(GetError::ShutDown);
            }
            let woken = self.park(state, |state| &mut state.getters, limit);
            state = woken.ok_or(GetError::Empty)?;
        }
    }

    /// Parks on the list until woken, or until the time is up. `None` if it was up already.
    ///
    /// The thread that wakes us has taken us off the list, under the lock. If we wake for any other
    /// reason, we take ourselves off it, so that no wakeup goes to a thread that is no longer
    /// waiting.
    fn park<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<O>>,
        list: impl Fn(&mut State<O>) -> &mut Waiting,
        limit: Option<(Instant, Duration)>,
    ) -> Option<MutexGuard<'a, State<O>>> {
        let left = limit.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()));
        if left == Some(Duration::ZERO) {
            return None;
        }
        list(&mut state).0.push_back(thread::current());
        drop(state);
        match left {
            None => thread::park(),
            Some(left) => thread::park_timeout(left),
        }
        let mut state = self.state();
        list(&mut state).remove_me();
        Some(state)
    }

    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    pub fn full(&self) -> bool {
        self.maxsize > 0 && self.qsize() >= self.maxsize
    }

    pub fn empty(&self) -> bool {
        self.state().items.is_empty()
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.state();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(NothingUnfinished)?;
        if state.unfinished == 0 {
            state.joiners.wake_all();
        }
        Ok(())
    }

    pub fn join(&self) {
        let mut state = self.state();
        while state.unfinished > 0 {
            state = self.park(state, |state| &mut state.joiners, None).expect("there is no limit");
        }
    }

    pub fn shutdown(&self, immediate: bool) {
        // Declared before the guard, so it is dropped after it.
        let dropped;
        let mut state = self.state();
        state.shut_down = true;
        if immediate {
            dropped = std::mem::take(&mut state.items);
            state.unfinished = state.unfinished.saturating_sub(dropped.len());
            if state.unfinished == 0 {
                state.joiners.wake_all();
            }
        }
        state.getters.wake_all();
        state.putters.wake_all();
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
