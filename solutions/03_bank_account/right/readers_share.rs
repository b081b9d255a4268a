//! Make: all balances are behind one read-write lock, so that threads that only read do not wait for each other.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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
    balances: RwLock<Vec<i64>>,
}

impl Bank {
    pub fn new(balances: &[i64]) -> Bank {
        Bank { balances: RwLock::new(balances.to_vec()) }
    }

    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        let balances = self.read();
        balances.get(account).copied().ok_or(Refused::NoSuchAccount(account))
    }

    pub fn audit(&self) -> Vec<i64> {
        self.read().clone()
    }

    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.write();
        let balance = balances.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
        *balance += i64::from(amount);
        Ok(())
    }

    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        let mut balances = self.write();
        let balance = balances.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
        if *balance < i64::from(amount) {
            return Err(Refused::TooLittle { available: *balance });
        }
        *balance -= i64::from(amount);
        Ok(())
    }

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
