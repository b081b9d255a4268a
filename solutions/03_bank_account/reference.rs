//! A small bank. All balances are behind one lock: what must agree is changed and read together.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why the bank did not do what it was asked to do. In that case nothing has changed.
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

/// A bank whose accounts are numbered from 0. Money is counted in cents.
#[derive(Debug)]
pub struct Bank {
    balances: Mutex<Vec<i64>>,
}

impl Bank {
    /// Opens one account for each of `balances`, in that order.
    pub fn new(balances: &[i64]) -> Bank {
        Bank { balances: Mutex::new(balances.to_vec()) }
    }

    /// What the account holds at this moment.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        let balances = self.lock();
        Ok(balances[known(&balances, account)?])
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        self.lock().clone()
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.lock();
        let account = known(&balances, account)?;
        balances[account] += i64::from(amount);
        Ok(())
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too low.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.lock();
        let account = known(&balances, account)?;
        take(&mut balances[account], amount)
    }

    /// Moves `amount` from one account to another in one step: at every moment it is in exactly one
    /// of the two, never in both and never in neither. If both are the same account, its balance
    /// stays as it is; `amount` must be there all the same.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], even if only `to` is missing, or [`Refused::TooLittle`] with the
    /// balance of `from`, which was too low.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.lock();
        let (from, to) = (known(&balances, from)?, known(&balances, to)?);
        take(&mut balances[from], amount)?;
        balances[to] += i64::from(amount);
        Ok(())
    }

    // Nothing in here panics between two changes, so poisoning would tell us nothing.
    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Vec<i64>> {
        self.balances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account's number, if the account exists.
fn known(balances: &[i64], account: usize) -> Result<usize, Refused> {
    if account < balances.len() { Ok(account) } else { Err(Refused::NoSuchAccount(account)) }
}

/// Takes `amount` out of a balance that the caller has locked.
fn take(balance: &mut i64, amount: u32) -> Result<(), Refused> {
    if *balance < i64::from(amount) {
        return Err(Refused::TooLittle { available: *balance });
    }
    *balance -= i64::from(amount);
    Ok(())
}
