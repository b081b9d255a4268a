//! Fault: the first and the last seat are not taken for neighbours.
//! Expect: neighbours_never_together = wrong

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Table {
    state: Mutex<State>,
    put_back: Condvar,
    seats: usize,
}

#[derive(Debug)]
struct State {
    philosophers: Vec<Philosopher>,
    next_ticket: u64,
}

#[derive(Clone, Copy, Debug)]
enum Philosopher {
    Thinking,
    Hungry(u64),
    Eating,
}

impl State {
    fn may_eat(&self, seat: usize, ticket: u64) -> bool {
        let left = seat.checked_sub(1).and_then(|left| self.philosophers.get(left));
        let right = self.philosophers.get(seat + 1);
        left.into_iter().chain(right).all(|neighbour| match neighbour {
            Philosopher::Thinking => true,
            Philosopher::Hungry(other) => ticket < *other,
            Philosopher::Eating => false,
        })
    }
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        let philosophers = vec![Philosopher::Thinking; seats];
        let state = Mutex::new(State { philosophers, next_ticket: 0 });
        Table { state, put_back: Condvar::new(), seats }
    }

    pub fn seats(&self) -> usize {
        self.seats
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "there is no seat {seat} at a table for {}", self.seats);
        let mut state = self.state();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.philosophers[seat] = Philosopher::Hungry(ticket);
        while !state.may_eat(seat, ticket) {
            state = self.put_back.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.philosophers[seat] = Philosopher::Eating;
        drop(state);

        let _meal = Meal { table: self, seat };
        eat()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Meal<'a> {
    table: &'a Table,
    seat: usize,
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        self.table.state().philosophers[self.seat] = Philosopher::Thinking;
        // Two neighbours may go on now, and others are waiting for the same notification.
        self.table.put_back.notify_all();
    }
}
