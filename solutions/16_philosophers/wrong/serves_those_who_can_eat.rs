//! Fault: the textbook's monitor: two neighbours whose meals overlap keep the one between them out.
//! Expect: two_neighbours_in_turn = starvation
//! Expect: a_slow_neighbour = starvation

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    philosophers: Mutex<Vec<Philosopher>>,
    served: Vec<Condvar>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Philosopher {
    Thinking,
    Hungry,
    Eating,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table {
            philosophers: Mutex::new(vec![Philosopher::Thinking; seats]),
            served: (0..seats).map(|_| Condvar::new()).collect(),
        }
    }

    pub fn seats(&self) -> usize {
        self.served.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "there is no seat {seat}");
        let mut philosophers = self.philosophers();
        philosophers[seat] = Philosopher::Hungry;
        self.test(&mut philosophers, seat);
        while philosophers[seat] != Philosopher::Eating {
            philosophers =
                self.served[seat].wait(philosophers).unwrap_or_else(PoisonError::into_inner);
        }
        drop(philosophers);
        let _meal = Meal { table: self, seat };
        eat()
    }

    fn left_of(&self, seat: usize) -> usize {
        (seat + self.seats() - 1) % self.seats()
    }

    fn right_of(&self, seat: usize) -> usize {
        (seat + 1) % self.seats()
    }

    fn test(&self, philosophers: &mut [Philosopher], seat: usize) {
        if philosophers[seat] == Philosopher::Hungry
            && philosophers[self.left_of(seat)] != Philosopher::Eating
            && philosophers[self.right_of(seat)] != Philosopher::Eating
        {
            philosophers[seat] = Philosopher::Eating;
            self.served[seat].notify_one();
        }
    }

    fn philosophers(&self) -> MutexGuard<'_, Vec<Philosopher>> {
        self.philosophers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Meal<'a> {
    table: &'a Table,
    seat: usize,
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        let mut philosophers = self.table.philosophers();
        philosophers[self.seat] = Philosopher::Thinking;
        self.table.test(&mut philosophers, self.table.left_of(self.seat));
        self.table.test(&mut philosophers, self.table.right_of(self.seat));
    }
}
