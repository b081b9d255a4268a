//! Make: optimistic: each change is made on a copy of the books, which replaces the original unless another thread got in first.

use std::sync::{Arc, Mutex, PoisonError};

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
    books: Mutex<Arc<Vec<i64>>>,
}

impl Bank {
    pub fn new(balances: &[i64]) -> Bank {
        Bank { books: Mutex::new(Arc::new(balances.to_vec())) }
    }

    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        self.open().get(account).copied().ok_or(Refused::NoSuchAccount(account))
    }

    pub fn audit(&self) -> Vec<i64> {
        self.open().to_vec()
    }

    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.rewrite(|books| {
            let balance = books.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
            *balance += i64::from(amount);
            Ok(())
        })
    }

    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.rewrite(|books| take(books, account, amount))
    }

    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        self.rewrite(|books| {
            take(books, from, amount)?;
            let balance = books.get_mut(to).ok_or(Refused::NoSuchAccount(to))?;
            *balance += i64::from(amount);
            Ok(())
        })
    }

    /// The current books. They are never modified, only replaced.
    fn open(&self) -> Arc<Vec<i64>> {
        Arc::clone(&self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rewrite(
        &self,
        change: impl Fn(&mut Vec<i64>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        loop {
            let old = self.open();
            let mut new = old.to_vec();
            change(&mut new)?;
            let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&books, &old) {
                *books = Arc::new(new);
                return Ok(());
            }
        }
    }
}

fn take(books: &mut [i64], account: usize, amount: u32) -> Result<(), Refused> {
    let balance = books.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
    if *balance < i64::from(amount) {
        return Err(Refused::TooLittle { available: *balance });
    }
    *balance -= i64::from(amount);
    Ok(())
}
