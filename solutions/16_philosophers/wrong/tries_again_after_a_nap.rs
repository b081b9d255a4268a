//! Fault: while the right fork is taken: put the left one back, sleep for a while, try again.
//! Expect: who_waits_sleeps = busy-wait

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

#[derive(Debug)]
pub struct Table {
    forks: Vec<Mutex<()>>,
}

impl Table {
    pub fn new(seats: usize) -> Table {
        assert!(seats >= 2, "a table for {seats} has not enough forks");
        Table { forks: (0..seats).map(|_| Mutex::new(())).collect() }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        loop {
            let left = pick_up(&self.forks[seat]);
            if let Some(_right) = try_pick_up(&self.forks[(seat + 1) % self.seats()]) {
                return eat();
            }
            drop(left);
            thread::sleep(Duration::from_millis(1 + seat as u64));
        }
    }
}

#[track_caller]
fn pick_up(fork: &Mutex<()>) -> MutexGuard<'_, ()> {
    fork.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_pick_up(fork: &Mutex<()>) -> Option<MutexGuard<'_, ()>> {
    match fork.try_lock() {
        Ok(fork) => Some(fork),
        Err(TryLockError::Poisoned(fork)) => Some(fork.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
