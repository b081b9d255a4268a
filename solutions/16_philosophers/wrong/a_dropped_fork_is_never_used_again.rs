//! Fault: a panic poisons the fork, and the next one to pick it up panics as well.
//! Expect: a_panic_puts_the_forks_back = wrong
//! Expect: a_greedy_neighbour = starvation
//! Expect: two_neighbours_in_turn = starvation
//! Expect: a_slow_neighbour = starvation

use std::sync::Mutex;

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
        let _first = self.forks[left.min(right)].lock().unwrap();
        let _second = self.forks[left.max(right)].lock().unwrap();
        eat()
    }
}
