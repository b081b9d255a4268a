//! Fault: all stand in one line. Its head waits for its forks, and everybody else for the head.
//! Expect: only_neighbours_wait = not-parallel

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
    now_serving: u64,
}

#[derive(Clone, Copy, Debug)]
enum Philosopher {
    Thinking,
    Eating,
}

impl State {
    fn may_eat(&self, seat: usize) -> bool {
        let seats = self.philosophers.len();
        [(seat + seats - 1) % seats, (seat + 1) % seats].into_iter().all(|neighbour| {
            match self.philosophers[neighbour] {
                Philosopher::Thinking => true,
                Philosopher::Eating => false,
            }
        })
    }
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        let philosophers = vec![Philosopher::Thinking; seats];
        let state = Mutex::new(State { philosophers, next_ticket: 0, now_serving: 0 });
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
        while ticket != state.now_serving || !state.may_eat(seat) {
            state = self.put_back.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.philosophers[seat] = Philosopher::Eating;
        state.now_serving += 1;
        self.put_back.notify_all();
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
