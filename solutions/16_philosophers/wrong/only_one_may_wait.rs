//! Fault: who has to wait keeps the door shut, so that nobody overtakes it, or gets in at all.
//! Expect: only_neighbours_wait = not-parallel

use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    forks: Vec<Mutex<()>>,
    door: Mutex<()>,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Mutex::new(())).collect(), door: Mutex::new(()) }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let door = pick_up(&self.door);
        let _left = pick_up(&self.forks[seat]);
        let _right = pick_up(&self.forks[(seat + 1) % self.seats()]);
        drop(door);
        eat()
    }
}

#[track_caller]
fn pick_up(fork: &Mutex<()>) -> MutexGuard<'_, ()> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}
