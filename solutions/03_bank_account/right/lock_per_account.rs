//! Make: each account has its own lock; a thread that needs several acquires them in the order of the account numbers.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no account with this number.
    NoSuchAccount(usize),
    /// The account holds only `available`, which is less than was asked for.
    TooLittle {
        /// The balance on which the refusal was based.
        available: i64,
    },
}

#[derive(Debug)]
pub struct Bank {
    accounts: Vec<Mutex<i64>>,
}

impl Bank {
    pub fn new(balances: &[i64]) -> Bank {
        Bank { accounts: balances.iter().map(|&balance| Mutex::new(balance)).collect() }
    }

    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        Ok(*self.lock(account)?)
    }

    pub fn audit(&self) -> Vec<i64> {
        let guards: Vec<_> =
            (0..self.accounts.len()).filter_map(|account| self.lock(account).ok()).collect();
        guards.iter().map(|balance| **balance).collect()
    }

    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        *self.lock(account)? += i64::from(amount);
        Ok(())
    }

    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        take(&mut *self.lock(account)?, amount)
    }

    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        if to >= self.accounts.len() {
            return Err(Refused::NoSuchAccount(to));
        }
        if from == to {
            let balance = *self.lock(from)?;
            return if balance < i64::from(amount) {
                Err(Refused::TooLittle { available: balance })
            } else {
                Ok(())
            };
        }
        // Every thread locks the account with the lower number first, so no cycle of waiting
        // threads can form.
        let (mut payer, mut payee);
        if from < to {
            payer = self.lock(from)?;
            payee = self.lock(to)?;
        } else {
            payee = self.lock(to)?;
            payer = self.lock(from)?;
        }
        take(&mut payer, amount)?;
        *payee += i64::from(amount);
        Ok(())
    }

    #[track_caller]
    fn lock(&self, account: usize) -> Result<MutexGuard<'_, i64>, Refused> {
        let account = self.accounts.get(account).ok_or(Refused::NoSuchAccount(account))?;
        Ok(account.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes `amount` out of a balance that the caller has locked.
fn take(balance: &mut i64, amount: u32) -> Result<(), Refused> {
    if *balance < i64::from(amount) {
        return Err(Refused::TooLittle { available: *balance });
    }
    *balance -= i64::from(amount);
    Ok(())
}
