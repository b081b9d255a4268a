//! Make: one thread of the bank owns the books and is sent letters; a deposit needs no answer.

use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

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

/// What the post brings. Account numbers have been checked.
enum Letter {
    Balance(usize, Sender<i64>),
    Audit(Sender<Vec<i64>>),
    Deposit(usize, u32),
    Withdraw(usize, u32, Sender<Result<(), Refused>>),
    Transfer(usize, usize, u32, Sender<Result<(), Refused>>),
}

/// A bank whose accounts are numbered from 0. Money is counted in cents.
#[derive(Debug)]
pub struct Bank {
    accounts: usize,
    /// `None` when the bank closes.
    post: Option<Sender<Letter>>,
    teller: Option<JoinHandle<()>>,
}

fn take(balance: &mut i64, amount: u32) -> Result<(), Refused> {
    if *balance < i64::from(amount) {
        return Err(Refused::TooLittle { available: *balance });
    }
    *balance -= i64::from(amount);
    Ok(())
}

fn put(balance: &mut i64, amount: u32) {
    *balance = balance.wrapping_add(i64::from(amount));
}

fn serve(books: &mut [i64], letter: Letter) {
    // Nobody goes away before his answer is there, so no answer is lost.
    match letter {
        Letter::Balance(account, answer) => _ = answer.send(books[account]),
        Letter::Audit(answer) => _ = answer.send(books.to_vec()),
        Letter::Deposit(account, amount) => put(&mut books[account], amount),
        Letter::Withdraw(account, amount, answer) => {
            _ = answer.send(take(&mut books[account], amount));
        }
        Letter::Transfer(from, to, amount, answer) => {
            let result = take(&mut books[from], amount);
            if result.is_ok() {
                put(&mut books[to], amount);
            }
            _ = answer.send(result);
        }
    }
}

impl Bank {
    /// Opens one account for each of `balances`, in that order.
    pub fn new(balances: &[i64]) -> Bank {
        let mut books = balances.to_vec();
        let (post, letters) = mpsc::channel();
        let teller = thread::spawn(move || {
            for letter in letters {
                serve(&mut books, letter);
            }
        });
        Bank { accounts: balances.len(), post: Some(post), teller: Some(teller) }
    }

    fn exists(&self, account: usize) -> Result<(), Refused> {
        if account < self.accounts { Ok(()) } else { Err(Refused::NoSuchAccount(account)) }
    }

    fn send(&self, letter: Letter) {
        let post = self.post.as_ref().expect("the bank is open");
        post.send(letter).expect("the teller works as long as the bank is open");
    }

    fn ask<T>(&self, letter: impl FnOnce(Sender<T>) -> Letter) -> T {
        let (answer, receiver) = mpsc::channel();
        self.send(letter(answer));
        receiver.recv().expect("the teller answers every letter")
    }

    /// What the account holds at this moment.
    #[track_caller]
    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        self.exists(account)?;
        Ok(self.ask(|answer| Letter::Balance(account, answer)))
    }

    /// What every account holds, all at one and the same moment.
    pub fn audit(&self) -> Vec<i64> {
        self.ask(Letter::Audit)
    }

    /// Puts `amount` into the account.
    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.exists(account)?;
        self.send(Letter::Deposit(account, amount));
        Ok(())
    }

    /// Takes `amount` out of the account. A balance never falls below zero.
    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.exists(account)?;
        self.ask(|answer| Letter::Withdraw(account, amount, answer))
    }

    /// Moves `amount` from one account to another in one step.
    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        self.exists(from)?;
        self.exists(to)?;
        self.ask(|answer| Letter::Transfer(from, to, amount, answer))
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.post = None;
        if let Some(teller) = self.teller.take() {
            drop(teller.join());
        }
    }
}
