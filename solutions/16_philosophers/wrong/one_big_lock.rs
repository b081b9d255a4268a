//! Fault: one fair lock round the table: no two philosophers ever eat at the same time.
//! Expect: strangers_eat_together = not-parallel
//! Expect: only_neighbours_wait = not-parallel

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    line: Mutex<Line>,
    put_back: Condvar,
    seats: usize,
}

#[derive(Debug, Default)]
struct Line {
    next_ticket: u64,
    now_serving: u64,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { line: Mutex::default(), put_back: Condvar::new(), seats }
    }

    pub fn seats(&self) -> usize {
        self.seats
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "there is no seat {seat}");
        let mut line = self.line();
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        while line.now_serving != ticket {
            line = self.put_back.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        drop(line);
        let _meal = Meal(self);
        eat()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Meal<'a>(&'a Table);

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        self.0.line().now_serving += 1;
        self.0.put_back.notify_all();
    }
}
