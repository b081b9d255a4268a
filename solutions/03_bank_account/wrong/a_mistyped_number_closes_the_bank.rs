//! Fault: the index panics while the lock is held, the panic is caught, and the lock is poisoned for all who come later.
//! Expect: a_refusal_changes_nothing = wrong

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

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
    balances: Mutex<Vec<i64>>,
}

impl Bank {
    /// Opens one account for each of `balances`, in their order.
    pub fn new(balances: &[i64]) -> Bank {
        Bank { balances: Mutex::new(balances.to_vec()) }
    }

    /// What the account holds at this moment.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        self.at(account, |balance| Ok(*balance))
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        self.balances.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.at(account, |balance| {
            *balance += i64::from(amount);
            Ok(())
        })
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too little.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.at(account, |balance| take(balance, amount))
    }

    /// Moves `amount` from one account to another in one step: at no moment is it in neither, and
    /// at no moment in both. If both are the same account, its balance stays as it is; `amount` must
    /// be there all the same.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], also when only `to` is missing, or [`Refused::TooLittle`] with
    /// the balance of `from` that was too little.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.balances.lock().unwrap_or_else(PoisonError::into_inner);
        for account in [from, to] {
            balances.get(account).ok_or(Refused::NoSuchAccount(account))?;
        }
        take(&mut balances[from], amount)?;
        balances[to] += i64::from(amount);
        Ok(())
    }

    /// Does `work` with one balance, under the lock. If there is no such account, that panics.
    fn at<R>(
        &self,
        account: usize,
        work: impl FnOnce(&mut i64) -> Result<R, Refused>,
    ) -> Result<R, Refused> {
        panic::catch_unwind(AssertUnwindSafe(|| work(&mut self.balances.lock().unwrap()[account])))
            .unwrap_or(Err(Refused::NoSuchAccount(account)))
    }
}

fn take(balance: &mut i64, amount: u32) -> Result<(), Refused> {
    if *balance < i64::from(amount) {
        return Err(Refused::TooLittle { available: *balance });
    }
    *balance -= i64::from(amount);
    Ok(())
}
