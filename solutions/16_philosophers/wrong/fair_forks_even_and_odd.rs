//! Fault: each fork has a fair line; even seats join the left one first, odd ones the right, and then the other.
//! Expect: a_slow_neighbour = starvation

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    forks: Vec<Fork>,
}

#[derive(Debug, Default)]
struct Fork {
    line: Mutex<Line>,
    put_back: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    next_ticket: u64,
    now_serving: u64,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Fork::default()).collect() }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let (left, right) = (seat, (seat + 1) % self.seats());
        let (first, second) = if seat % 2 == 0 { (left, right) } else { (right, left) };
        let _first = self.forks[first].pick_up();
        let _second = self.forks[second].pick_up();
        eat()
    }
}

impl Fork {
    fn pick_up(&self) -> InHand<'_> {
        let mut line = self.line();
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        while line.now_serving != ticket {
            line = self.put_back.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        InHand(self)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct InHand<'a>(&'a Fork);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.line().now_serving += 1;
        self.0.put_back.notify_all();
    }
}
