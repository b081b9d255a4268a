//! Fault: balances are atomic and never lose an update, but the check is not part of the subtraction.
//! Expect: never_overdrawn = wrong
//! Expect: the_auditor_misses_nothing = wrong
//! Expect: an_audit_is_one_moment = wrong
//! Expect: nothing_is_spent_twice = wrong

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

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
    accounts: Vec<AtomicI64>,
}

impl Bank {
    /// Opens one account for each of `balances`, in their order.
    pub fn new(balances: &[i64]) -> Bank {
        Bank { accounts: balances.iter().map(|&balance| AtomicI64::new(balance)).collect() }
    }

    /// What the account holds at this moment.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        Ok(self.account(account)?.load(SeqCst))
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        self.accounts.iter().map(|account| account.load(SeqCst)).collect()
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.account(account)?.fetch_add(i64::from(amount), SeqCst);
        Ok(())
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too little.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let account = self.account(account)?;
        let available = account.load(SeqCst);
        if available < i64::from(amount) {
            return Err(Refused::TooLittle { available });
        }
        account.fetch_sub(i64::from(amount), SeqCst);
        Ok(())
    }

    /// Moves `amount` from one account to another in one step: at no moment is it in neither, and
    /// at no moment in both. If both are the same account, its balance stays as it is; `amount` must
    /// be there all the same.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], also when only `to` is missing, or [`Refused::TooLittle`] with
    /// the balance of `from` that was too little.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        self.account(to)?;
        self.withdraw(from, amount)?;
        self.deposit(to, amount)
    }

    fn account(&self, account: usize) -> Result<&AtomicI64, Refused> {
        self.accounts.get(account).ok_or(Refused::NoSuchAccount(account))
    }
}
