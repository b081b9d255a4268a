//! Fault: a transfer to oneself takes another way, on which nobody asks whether there is such an account.
//! Expect: a_refusal_changes_nothing = wrong

use std::sync::{Mutex, MutexGuard, PoisonError};

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
        let guards: Vec<_> =
            (0..self.accounts.len()).filter_map(|account| self.lock(account).ok()).collect();
        guards.iter().map(|balance| **balance).collect()
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
        if from == to {
            let balance = *self.accounts[from].lock().unwrap_or_else(PoisonError::into_inner);
            return if balance < i64::from(amount) {
                Err(Refused::TooLittle { available: balance })
            } else {
                Ok(())
            };
        }
        if to >= self.accounts.len() {
            return Err(Refused::NoSuchAccount(to));
        }
        // Everybody locks the account with the lower number first, so nobody waits in a circle.
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
