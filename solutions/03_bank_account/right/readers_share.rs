//! Make: all balances are behind one read-write lock, so that threads that only read do not wait for each other.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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
    balances: RwLock<Vec<i64>>,
}

impl Bank {
    /// Opens one account for each of `balances`, in that order.
    pub fn new(balances: &[i64]) -> Bank {
        Bank { balances: RwLock::new(balances.to_vec()) }
    }

    /// What the account holds at this moment.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        let balances = self.read();
        balances.get(account).copied().ok_or(Refused::NoSuchAccount(account))
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        self.read().clone()
    }

    /// Puts `amount` into the account.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`].
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.write();
        let balance = balances.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
        *balance += i64::from(amount);
        Ok(())
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], or [`Refused::TooLittle`] with the balance that was too low.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.write();
        let balance = balances.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
        if *balance < i64::from(amount) {
            return Err(Refused::TooLittle { available: *balance });
        }
        *balance -= i64::from(amount);
        Ok(())
    }

    /// Moves `amount` from one account to another in one step: at every moment it is in exactly one
    /// of the two, never in both and never in neither. If both are the same account, its balance
    /// stays as it is; `amount` must be there all the same.
    ///
    /// # Errors
    /// [`Refused::NoSuchAccount`], even if only `to` is missing, or [`Refused::TooLittle`] with the
    /// balance of `from`, which was too low.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.write();
        let available = *balances.get(from).ok_or(Refused::NoSuchAccount(from))?;
        balances.get(to).ok_or(Refused::NoSuchAccount(to))?;
        if available < i64::from(amount) {
            return Err(Refused::TooLittle { available });
        }
        balances[from] -= i64::from(amount);
        balances[to] += i64::from(amount);
        Ok(())
    }

    #[track_caller]
    fn read(&self) -> RwLockReadGuard<'_, Vec<i64>> {
        self.balances.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    fn write(&self) -> RwLockWriteGuard<'_, Vec<i64>> {
        self.balances.write().unwrap_or_else(PoisonError::into_inner)
    }
}
