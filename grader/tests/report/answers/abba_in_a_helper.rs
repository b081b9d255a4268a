//! A bank whose transfers lock both accounts.

use std::sync::{Mutex, MutexGuard};

/// Accounts by number.
#[derive(Debug)]
pub struct Bank {
    accounts: Vec<Mutex<u64>>,
}

impl Bank {
    /// A bank with these balances.
    pub fn new(balances: &[u64]) -> Self {
        Self { accounts: balances.iter().copied().map(Mutex::new).collect() }
    }

    /// Moves `amount`, if it is there. Returns whether it was.
    pub fn transfer(&self, from: usize, to: usize, amount: u64) -> bool {
        let mut source = lock(&self.accounts[from]);
        let mut target = lock(&self.accounts[to]);
        if *source < amount {
            return false;
        }
        *source -= amount;
        *target += amount;
        true
    }

    /// The sum of all balances.
    pub fn total(&self) -> u64 {
        self.accounts.iter().map(|account| *lock(account)).sum()
    }
}

fn lock(mutex: &Mutex<u64>) -> MutexGuard<'_, u64> {
    mutex.lock().unwrap()
}
