//! Make: a waiting getter is handed its item in a message of its own, so no other thread can take it.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// A queue that any number of threads may share.
pub struct Bounded<O: Order> {
    maxsize: usize,
    state: Mutex<State<O>>,
}

struct State<O: Order> {
    /// Empty for as long as getters are waiting.
    items: O,
    unfinished: usize,
    shut_down: bool,
    getters: VecDeque<Getter<O::Item>>,
    next_getter: u64,
    putters: VecDeque<Sender<Again>>,
    joiners: Vec<Sender<AllDone>>,
}

struct Getter<T> {
    number: u64,
    outcome: Sender<Result<T, GetError>>,
}

/// Tells a putter that it is worth looking again.
#[derive(Debug)]
struct Again;

/// Tells a joiner that the number of unfinished items has reached zero.
#[derive(Debug)]
struct AllDone;

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
        let state = State {
            items: O::default(),
            unfinished: 0,
            shut_down: false,
            getters: VecDeque::new(),
            next_getter: 0,
            putters: VecDeque::new(),
            joiners: Vec::new(),
        };
        Bounded { maxsize, state: Mutex::new(state) }
    }

    pub fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_or(item, |again| {
            again.recv().expect("a putter on the list is told to look again before it is let go");
            true
        })
    }

    pub fn try_put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        self.put_or(item, |_| false)
    }

    pub fn put_timeout(&self, item: O::Item, timeout: Duration) -> Result<(), PutError<O::Item>> {
        let start = Instant::now();
        self.put_or(item, |again| {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            // Message or no message, look once more.
            let _ = again.recv_timeout(left);
            true
        })
    }

    /// Puts the item in. As long as there is no room, asks `wait` whether to look again.
    fn put_or(
        &self,
        item: O::Item,
        wait: impl Fn(&Receiver<Again>) -> bool,
    ) -> Result<(), PutError<O::Item>> {
        let mut state = self.state();
        loop {
            if state.shut_down {
                return Err(PutError::ShutDown(item));
            }
            if let Some(getter) = state.getters.pop_front() {
                state.unfinished += 1;
                let _ = getter.outcome.send(Ok(item));
                // Our item took up no room, so the room that was meant for us may go to the next
                // putter.
                state.tell_a_putter();
                return Ok(());
            }
            if !self.no_room(&state) {
                let push = AssertUnwindSafe(|| state.items.push(item));
                if let Err(payload) = panic::catch_unwind(push) {
                    // The next putter may have the room instead.
                    state.tell_a_putter();
                    panic::resume_unwind(payload);
                }
                state.unfinished += 1;
                return Ok(());
            }
            let (look, again) = mpsc::channel();
            state.putters.push_back(look);
            drop(state);
            let look_again = wait(&again);
            state = self.state();
            // Dropped under the lock, so a message is either refused and goes to the next putter,
            // or was sent before we look.
            drop(again);
            if !look_again {
                return Err(PutError::Full(item));
            }
        }
    }

    pub fn get(&self) -> Result<O::Item, GetError> {
        match self.get_or_line_up()? {
            Turn::Now(item) => Ok(item),
            Turn::Later(_, outcome) => outcome.recv().expect("a getter in line is served"),
        }
    }

    pub fn try_get(&self) -> Result<O::Item, GetError> {
        let mut state = self.state();
        state.take().ok_or(if state.shut_down { GetError::ShutDown } else { GetError::Empty })
    }

    pub fn get_timeout(&self, timeout: Duration) -> Result<O::Item, GetError> {
        let start = Instant::now();
        let (number, outcome) = match self.get_or_line_up()? {
            Turn::Now(item) => return Ok(item),
            Turn::Later(number, outcome) => (number, outcome),
        };
        let left = timeout.saturating_sub(start.elapsed());
        outcome.recv_timeout(left).unwrap_or_else(|_| {
            let mut state = self.state();
            let place = state.getters.iter().position(|getter| getter.number == number);
            match place {
                Some(place) => {
                    state.getters.remove(place);
                    Err(GetError::Empty)
                }
                // It is no longer in line, so it was served while its time ran out.
                None => outcome.recv().expect("a getter in line is served"),
            }
        })
    }

    fn get_or_line_up(&self) -> Result<Turn<O::Item>, GetError> {
        let mut state = self.state();
        if let Some(item) = state.take() {
            return Ok(Turn::Now(item));
        }
        if state.shut_down {
            return Err(GetError::ShutDown);
        }
        let (outcome, wait) = mpsc::channel();
        let number = state.next_getter;
        state.next_getter += 1;
        state.getters.push_back(Getter { number, outcome });
        Ok(Turn::Later(number, wait))
    }

    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    pub fn full(&self) -> bool {
        self.no_room(&self.state())
    }

    pub fn empty(&self) -> bool {
        self.qsize() == 0
    }

    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        let mut state = self.state();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(NothingUnfinished)?;
        state.tell_joiners();
        Ok(())
    }

    pub fn join(&self) {
        let mut state = self.state();
        if state.unfinished > 0 {
            let (tell, all_done) = mpsc::channel();
            state.joiners.push(tell);
            drop(state);
            all_done.recv().expect("a joiner on the list is told");
        }
    }

    pub fn shutdown(&self, immediate: bool) {
        // Declared before the guard, so it is dropped after it.
        let dropped;
        let mut state = self.state();
        state.shut_down = true;
        for getter in state.getters.drain(..) {
            let _ = getter.outcome.send(Err(GetError::ShutDown));
        }
        for putter in state.putters.drain(..) {
            let _ = putter.send(Again);
        }
        if immediate {
            dropped = std::mem::take(&mut state.items);
            state.unfinished = state.unfinished.saturating_sub(dropped.len());
            state.tell_joiners();
        }
    }

    fn no_room(&self, state: &State<O>) -> bool {
        self.maxsize > 0 && state.items.len() >= self.maxsize
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Turn<T> {
    Now(T),
    Later(u64, Receiver<Result<T, GetError>>),
}

impl<O: Order> State<O> {
    fn take(&mut self) -> Option<O::Item> {
        let item = self.items.pop()?;
        self.tell_a_putter();
        Some(item)
    }

    fn tell_a_putter(&mut self) {
        while let Some(putter) = self.putters.pop_front() {
            if putter.send(Again).is_ok() {
                break;
            }
        }
    }

    fn tell_joiners(&mut self) {
        if self.unfinished == 0 {
            for joiner in self.joiners.drain(..) {
                let _ = joiner.send(AllDone);
            }
        }
    }
}
