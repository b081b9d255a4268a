//! Fault: Chandy and Misra, but a hungry one who gives up a fork forgets to ask for it back.
//! Expect: a_slow_neighbour = starvation

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    state: Mutex<State>,
    changed: Condvar,
}

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

#[derive(Debug)]
struct Fork {
    holder: usize,
    dirty: bool,
    wanted: bool,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        // Each with the lower of its two seats. What counts is that "has the fork that I want" does
        // not go round in a circle: seat 0 has both of its forks, and the last seat has none.
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
            for fork in forks {
                state.ask_for(fork, seat);
            }
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
    fn ask_for(&mut self, fork: usize, seat: usize) {
        let fork = &mut self.forks[fork];
        let holder = self.philosophers[fork.holder];
        if fork.holder == seat {
            return;
        }
        if fork.dirty && holder != Philosopher::Eating {
            *fork = Fork { holder: seat, dirty: false, wanted: false };
        } else {
            fork.wanted = true;
        }
    }
}

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
            // The fork is to the left of its own number, so the other one there is a seat before.
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
