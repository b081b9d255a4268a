//! Fault: a Condvar for each fork, and waiting is done well; but all take the left one first.
//! Expect: everyone_eats = lost-wakeup
//! Expect: two_share_both_forks = lost-wakeup

use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug)]
pub struct Table {
    forks: Vec<Fork>,
}

#[derive(Debug, Default)]
struct Fork {
    taken: Mutex<bool>,
    put_back: Condvar,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Fork::default()).collect() }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        let _left = self.forks[seat].pick_up();
        let _right = self.forks[(seat + 1) % self.seats()].pick_up();
        eat()
    }
}

impl Fork {
    fn pick_up(&self) -> InHand<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = self.put_back.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        InHand(self)
    }
}

struct InHand<'a>(&'a Fork);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.put_back.notify_one();
    }
}
