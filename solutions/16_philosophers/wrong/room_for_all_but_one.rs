//! Fault: one seat is always empty, so there is no circle; but no turn is anybody's.
//! Expect: a_greedy_neighbour = starvation
//! Expect: two_neighbours_in_turn = starvation

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    forks: Vec<Mutex<()>>,
    room: Mutex<usize>,
    left_the_room: Condvar,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table {
            forks: (0..seats).map(|_| Mutex::new(())).collect(),
            room: Mutex::new(seats - 1),
            left_the_room: Condvar::new(),
        }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "there is no seat {seat}");
        let _place = self.enter();
        let _left = pick_up(&self.forks[seat]);
        let _right = pick_up(&self.forks[(seat + 1) % self.seats()]);
        eat()
    }

    fn enter(&self) -> Place<'_> {
        let mut room = pick_up(&self.room);
        while *room == 0 {
            room = self.left_the_room.wait(room).unwrap_or_else(PoisonError::into_inner);
        }
        *room -= 1;
        Place(self)
    }
}

struct Place<'a>(&'a Table);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *pick_up(&self.0.room) += 1;
        self.0.left_the_room.notify_one();
    }
}

fn pick_up<T>(fork: &Mutex<T>) -> MutexGuard<'_, T> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}
