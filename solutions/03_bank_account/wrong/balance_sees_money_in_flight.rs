//! Fault: transfers, audits, deposits and withdrawals exclude each other, but whoever asks for a balance sees half a transfer.
//! Expect: a_balance_shows_no_money_in_flight = wrong
//! Expect: nothing_is_seen_of_paying_oneself = wrong

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
    /// Held by whoever needs more than one account.
    whole_bank: Mutex<()>,
    accounts: Vec<Mutex<i64>>,
}

impl Bank {
    /// Opens one account for each of `balances`, in their order.
    pub fn new(balances: &[i64]) -> Bank {
        let accounts = balances.iter().map(|&balance| Mutex::new(balance)).collect();
        Bank { whole_bank: Mutex::new(()), accounts }
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
        let _guard = self.whole_bank();
        (0..self.accounts.len()).filter_map(|account| self.balance(account).ok()).collect()
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let _guard = self.whole_bank();
        self.put(account, amount)
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too little.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let _guard = self.whole_bank();
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
        let _guard = self.whole_bank();
        self.balance(to)?;
        take(&mut *self.lock(from)?, amount)?;
        self.put(to, amount)
    }

    #[track_caller]
    fn whole_bank(&self) -> MutexGuard<'_, ()> {
        self.whole_bank.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, account: usize, amount: u32) -> Result<(), Refused> {
        *self.lock(account)? += i64::from(amount);
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
