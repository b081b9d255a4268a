//! Fault: even seats take the left fork first, odd ones the right. Who is quickest is served.
//! Expect: a_greedy_neighbour = starvation
//! Expect: two_neighbours_in_turn = starvation

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
        let (first, second) = if seat % 2 == 0 { (left, right) } else { (right, left) };
        let _first = pick_up(&self.forks[first]);
        let _second = pick_up(&self.forks[second]);
        eat()
    }
}

#[track_caller]
fn pick_up(fork: &Mutex<()>) -> MutexGuard<'_, ()> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}
