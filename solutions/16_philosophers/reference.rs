//! A round table at which philosophers think, get hungry, and eat with two forks each.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A round table with one fork between any two seats that are next to each other.
///
/// Seats are numbered from 0 and the last one is next to the first. Fork 0 lies to the left of seat
/// 0, between it and the last seat; fork 1 lies between seat 0 and seat 1, and so on. At a table for
/// two, both lie between the same two seats.
#[derive(Debug)]
pub struct Table {
    /// Held for a few instructions at a time, never while a philosopher eats.
    state: Mutex<State>,
    /// Notified when a philosopher has finished a meal.
    put_back: Condvar,
    seats: usize,
}

/// What each philosopher is doing. This also says where the forks are: with those who are eating.
#[derive(Debug)]
struct State {
    philosophers: Vec<Philosopher>,
    /// The ticket for the next philosopher to get hungry.
    next_ticket: u64,
}

#[derive(Clone, Copy, Debug)]
enum Philosopher {
    Thinking,
    /// Hungry since it drew this ticket. Philosophers with lower tickets have been hungry for
    /// longer.
    Hungry(u64),
    Eating,
}

impl State {
    /// Whether the philosopher at `seat`, hungry with this ticket, may begin to eat.
    fn may_eat(&self, seat: usize, ticket: u64) -> bool {
        let seats = self.philosophers.len();
        [(seat + seats - 1) % seats, (seat + 1) % seats].into_iter().all(|neighbour| {
            match self.philosophers[neighbour] {
                Philosopher::Thinking => true,
                Philosopher::Hungry(other) => ticket < other,
                Philosopher::Eating => false,
            }
        })
    }
}

impl Table {
    /// A table with this many seats, and as many forks.
    ///
    /// # Panics
    ///
    /// If there are fewer than two seats: nobody eats with one fork.
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        let philosophers = vec![Philosopher::Thinking; seats];
        let state = Mutex::new(State { philosophers, next_ticket: 0 });
        Table { state, put_back: Condvar::new(), seats }
    }

    /// How many seats there are.
    pub fn seats(&self) -> usize {
        self.seats
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

/// A meal in progress. It is over when this is dropped, even during a panic.
struct Meal<'a> {
    table: &'a Table,
    seat: usize,
}

impl Drop for Meal<'_> {
    fn drop(&mut self) {
        self.table.state().philosophers[self.seat] = Philosopher::Thinking;
        // Both neighbours may be able to go on now, and others are waiting for the same
        // notification.
        self.table.put_back.notify_all();
    }
}
