//! Make: each fork has a line. A hungry philosopher joins both lines in one step, and is unparked each time it reaches the head of one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// A round table with one fork between any two seats that are next to each other.
///
/// Seats are numbered from 0 and the last one is next to the first. Fork 0 lies to the left of seat
/// 0, between it and the last seat; fork 1 lies between seat 0 and seat 1, and so on. At a table for
/// two, both lie between the same two seats.
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
    /// A table with this many seats, and as many forks.
    ///
    /// # Panics
    ///
    /// If there are fewer than two seats: nobody eats with one fork.
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { lines: Mutex::new(vec![VecDeque::new(); seats]), seats }
    }

    /// How many seats there are.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// The philosopher at `seat` is hungry: it waits, asleep, for the forks to its left and right,
    /// eats, and puts both back. Returns what `eat` returns.
    ///
    /// `eat` may take a long time. Meanwhile the two neighbours cannot eat, but everybody else may. No
    /// seat is used by two threads at the same time, and no philosopher dines again while it is eating.
    /// But within a meal, a thread may dine at another seat, if nobody eats or waits next to that seat.
    ///
    /// Nobody starves: from the moment when a philosopher has to wait, each of its two neighbours
    /// begins at most one more meal, however it ends, before the philosopher itself eats.
    ///
    /// # Panics
    ///
    /// If there is no such seat. If `eat` panics, the forks are put back, and the panic continues.
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
