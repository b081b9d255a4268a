//! Fault: nobody waits with a fork in hand, but who is hungry has no claim on anything.
//! Expect: a_greedy_neighbour = starvation
//! Expect: two_neighbours_in_turn = starvation
//! Expect: a_slow_neighbour = starvation

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    eating: Mutex<Vec<bool>>,
    put_back: Condvar,
    seats: usize,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { eating: Mutex::new(vec![false; seats]), put_back: Condvar::new(), seats }
    }

    pub fn seats(&self) -> usize {
        self.seats
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let (left, right) = ((seat + self.seats - 1) % self.seats, (seat + 1) % self.seats);
        let mut eating = self.eating();
        while eating[left] || eating[right] {
            eating = self.put_back.wait(eating).unwrap_or_else(PoisonError::into_inner);
        }
        eating[seat] = true;
        drop(eating);
        let _meal = Meal { table: self, seat };
        eat()
    }

    fn eating(&self) -> MutexGuard<'_, Vec<bool>> {
        self.eating.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Meal<'a> {
    table: &'a Table,
    seat: usize,
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        self.table.eating()[self.seat] = false;
        self.table.put_back.notify_all();
    }
}
