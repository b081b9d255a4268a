//! Make: each neighbour may overtake a hungry philosopher once. A philosopher that finishes sends a message to the neighbours that may now eat.

use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    philosophers: Mutex<Vec<Philosopher>>,
    seats: usize,
}

#[derive(Debug)]
enum Philosopher {
    Thinking,
    /// `overtaken` counts the meals that the neighbours at these two seats have begun meanwhile.
    Hungry {
        overtaken: [(usize, u32); 2],
        bell: Sender<()>,
    },
    Eating,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        let philosophers = (0..seats).map(|_| Philosopher::Thinking).collect();
        Table { philosophers: Mutex::new(philosophers), seats }
    }

    pub fn seats(&self) -> usize {
        self.seats
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "there is no seat {seat} at a table for {}", self.seats);
        let (bell, my_turn) = mpsc::channel();
        let mut philosophers = self.philosophers();
        let overtaken = self.neighbours(seat).map(|neighbour| (neighbour, 0));
        philosophers[seat] = Philosopher::Hungry { overtaken, bell };
        self.serve(&mut philosophers, seat);
        drop(philosophers);
        my_turn.recv().expect("the bell is kept until it rings");

        let _meal = Meal { table: self, seat };
        eat()
    }

    fn neighbours(&self, seat: usize) -> [usize; 2] {
        [(seat + self.seats - 1) % self.seats, (seat + 1) % self.seats]
    }

    /// Lets the philosopher at `seat` begin to eat, if it is hungry and nothing is in the way.
    fn serve(&self, philosophers: &mut [Philosopher], seat: usize) {
        let Philosopher::Hungry { bell, .. } = &philosophers[seat] else {
            return;
        };
        let bell = bell.clone();
        let in_the_way = |neighbour: usize| match &philosophers[neighbour] {
            Philosopher::Thinking => false,
            Philosopher::Hungry { overtaken, .. } => overtaken.contains(&(seat, 1)),
            Philosopher::Eating => true,
        };
        if self.neighbours(seat).into_iter().any(in_the_way) {
            return;
        }
        philosophers[seat] = Philosopher::Eating;
        for neighbour in self.neighbours(seat) {
            if let Philosopher::Hungry { overtaken, .. } = &mut philosophers[neighbour] {
                for (by, times) in overtaken {
                    if *by == seat {
                        *times = 1;
                    }
                }
            }
        }
        bell.send(()).expect("whoever is hungry listens");
    }

    fn philosophers(&self) -> MutexGuard<'_, Vec<Philosopher>> {
        self.philosophers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A meal in progress. It is over when this is dropped, even during a panic.
struct Meal<'a> {
    table: &'a Table,
    seat: usize,
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        let mut philosophers = self.table.philosophers();
        philosophers[self.seat] = Philosopher::Thinking;
        // This philosopher's meal, or its hunger, may have been in the way of either neighbour. If
        // a neighbour begins to eat now, that helps nobody further away.
        for neighbour in self.table.neighbours(self.seat) {
            self.table.serve(&mut philosophers, neighbour);
        }
    }
}
