//! Fault: the audit reads everything until it reads the same twice, and finds the same money missing twice.
//! Expect: the_auditor_misses_nothing = wrong

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Why the bank did not do what it was asked to do. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no account of this number.
    NoSuchAccount(usize),
    /// The account holds only `available`, which is less than was asked for.
    TooLittle {
        /// The balance for which the bank refused.
        available: i64,
    },
}

/// A bank whose accounts are numbered from 0. Money is counted in cents.
#[derive(Debug)]
pub struct Bank {
    accounts: Vec<Mutex<i64>>,
}

impl Bank {
    /// Opens one account for each of `balances`, in their order.
    pub fn new(balances: &[i64]) -> Bank {
        Bank { accounts: balances.iter().map(|&balance| Mutex::new(balance)).collect() }
    }

    /// What the account holds at this moment.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        Ok(*self.lock(account)?)
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        loop {
            let once = self.read_one_by_one();
            thread::sleep(Duration::from_millis(1));
            if self.read_one_by_one() == once {
                return once; // nothing was on its way
            }
        }
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        *self.lock(account)? += i64::from(amount);
        Ok(())
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too little.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        take(&mut *self.lock(account)?, amount)
    }

    /// Moves `amount` from one account to another in one step: at no moment is it in neither, and
    /// at no moment in both. If both are the same account, its balance stays as it is; `amount` must
    /// be there all the same.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], also when only `to` is missing, or [`Refused::TooLittle`] with
    /// the balance of `from` that was too little.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        self.balance(to)?;
        self.withdraw(from, amount)?;
        self.deposit(to, amount)
    }

    fn read_one_by_one(&self) -> Vec<i64> {
        (0..self.accounts.len()).filter_map(|account| self.balance(account).ok()).collect()
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
