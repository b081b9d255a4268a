//! Make: each fork has a line. A hungry philosopher joins both lines in one step, and is unparked each time it reaches the head of one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

#[derive(Debug)]
pub struct Table {
    /// For each fork, the philosophers that have it or wait for it. The first one has it, or could
    /// have it.
    lines: Mutex<Vec<VecDeque<Place>>>,
    seats: usize,
}

#[derive(Clone, Debug)]
struct Place {
    seat: usize,
    thread: Thread,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { lines: Mutex::new(vec![VecDeque::new(); seats]), seats }
    }

    pub fn seats(&self) -> usize {
        self.seats
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "there is no seat {seat} at a table for {}", self.seats);
        let forks = [seat, (seat + 1) % self.seats];
        let mut lines = self.lines();
        for fork in forks {
            lines[fork].push_back(Place { seat, thread: thread::current() });
        }
        // A thread may be unparked for no reason, or because of the other fork.
        while !forks.iter().all(|&fork| lines[fork].front().is_some_and(|first| first.seat == seat))
        {
            drop(lines);
            thread::park();
            lines = self.lines();
        }
        drop(lines);

        let _meal = Meal { table: self, forks };
        eat()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<VecDeque<Place>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A meal in progress. It is over when this is dropped, even during a panic.
struct Meal<'a> {
    table: &'a Table,
    forks: [usize; 2],
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        let mut lines = self.table.lines();
        for fork in self.forks {
            lines[fork].pop_front();
            if let Some(next) = lines[fork].front() {
                next.thread.unpark();
            }
        }
    }
}
