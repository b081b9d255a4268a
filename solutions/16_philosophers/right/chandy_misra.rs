//! Make: Chandy and Misra's algorithm: a fork is dirty once it has been used; a dirty fork is given up, a clean one is kept.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    state: Mutex<State>,
    changed: Condvar,
}

/// See K. M. Chandy and J. Misra, "The drinking philosophers problem", 1984.
#[derive(Debug)]
struct State {
    forks: Vec<Fork>,
    philosophers: Vec<Philosopher>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Philosopher {
    Thinking,
    Hungry,
    Eating,
}

/// A fork is always with one of its two philosophers. It is clean from the moment when it is handed
/// over until its new holder has eaten; so the holder of a clean fork is hungry.
#[derive(Debug)]
struct Fork {
    holder: usize,
    dirty: bool,
    /// Whether the other philosopher has asked for it.
    wanted: bool,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        // Each fork starts at the lower of its two seats. What matters is that the relation "has
        // the fork that I want" has no cycle: seat 0 has both of its forks, and the last seat has
        // none.
        let holder = |fork: usize| fork.saturating_sub(1);
        let fork = |fork| Fork { holder: holder(fork), dirty: true, wanted: false };
        let forks = (0..seats).map(fork).collect();
        let state = State { forks, philosophers: vec![Philosopher::Thinking; seats] };
        Table { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub fn seats(&self) -> usize {
        self.state().forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let mut state = self.state();
        let seats = state.forks.len();
        assert!(seat < seats, "there is no seat {seat} at a table for {seats}");
        let forks = [seat, (seat + 1) % seats];
        state.philosophers[seat] = Philosopher::Hungry;
        for fork in forks {
            state.ask_for(fork, seat);
        }
        while forks.iter().any(|&fork| state.forks[fork].holder != seat) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.philosophers[seat] = Philosopher::Eating;
        drop(state);

        let _meal = Meal { table: self, seat, forks };
        eat()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Asks for a fork for the philosopher at `seat`, who gets it if its holder must give it up
    /// now.
    fn ask_for(&mut self, fork: usize, seat: usize) {
        let fork = &mut self.forks[fork];
        let holder = self.philosophers[fork.holder];
        if fork.holder == seat {
            return;
        }
        if fork.dirty && holder != Philosopher::Eating {
            // A holder that gives it up while hungry asks for it back in the same breath.
            let wanted = holder == Philosopher::Hungry;
            *fork = Fork { holder: seat, dirty: false, wanted };
        } else {
            fork.wanted = true;
        }
    }
}

/// A meal in progress. It is over when this is dropped, even during a panic.
struct Meal<'a> {
    table: &'a Table,
    seat: usize,
    forks: [usize; 2],
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        let mut state = self.table.state();
        let seats = state.forks.len();
        state.philosophers[self.seat] = Philosopher::Thinking;
        for number in self.forks {
            // A fork lies to the left of the seat with its number, so its other philosopher sits
            // one seat before that.
            let other = if number == self.seat { (number + seats - 1) % seats } else { number };
            let fork = &mut state.forks[number];
            fork.dirty = true;
            if fork.wanted {
                *fork = Fork { holder: other, dirty: false, wanted: false };
            }
        }
        self.table.changed.notify_all();
    }
}
