//! Fault: the lower fork first. No circle, but a fork that is put down goes to whoever is quickest.
//! Expect: a_greedy_neighbour = starvation
//! Expect: two_neighbours_in_turn = starvation
//! Expect: a_slow_neighbour = starvation

use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    forks: Vec<Mutex<()>>,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Mutex::new(())).collect() }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let (left, right) = (seat, (seat + 1) % self.seats());
        let _first = pick_up(&self.forks[left.min(right)]);
        let _second = pick_up(&self.forks[left.max(right)]);
        eat()
    }
}

#[track_caller]
fn pick_up(fork: &Mutex<()>) -> MutexGuard<'_, ()> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}
