//! Make: one thread, the clerk, owns the books. All others send it jobs, and it does them one after another.

use std::fmt;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

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

/// A job for the clerk to do on the books.
type Job = Box<dyn FnOnce(&mut Vec<i64>) + Send>;

pub struct Bank {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    clerk: Option<JoinHandle<()>>,
}

impl Bank {
    pub fn new(balances: &[i64]) -> Bank {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let mut books = balances.to_vec();
        let clerk = thread::spawn(move || inbox.into_iter().for_each(|job| job(&mut books)));
        Bank { jobs: Mutex::new(Some(jobs)), clerk: Some(clerk) }
    }

    pub fn balance(&self, account: usize) -> Result<i64, Refused> {
        self.ask(move |books| books.get(account).copied().ok_or(Refused::NoSuchAccount(account)))
    }

    pub fn audit(&self) -> Vec<i64> {
        self.ask(|books| books.clone())
    }

    pub fn deposit(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.ask(move |books| {
            let balance = books.get_mut(account).ok_or(Refused::NoSuchAccount(account))?;
            *balance += i64::from(amount);
            Ok(())
        })
    }

    pub fn withdraw(&self, account: usize, amount: u32) -> Result<(), Refused> {
        self.ask(move |books| take(books, account, amount))
    }

    pub fn transfer(&self, from: usize, to: usize, amount: u32) -> Result<(), Refused> {
        self.ask(move |books| {
            if to >= books.len() {
                return Err(Refused::NoSuchAccount(to));
            }
            take(books, from, amount)?;
            books[to] += i64::from(amount);
            Ok(())
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Vec<i64>) -> T + Send + 'static,
    ) -> T {
        let (answer, wait) = mpsc::channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let job: Job = Box::new(move |books| drop(answer.send(question(books))));
        jobs.expect("open until dropped").send(job).expect("the clerk is there");
        wait.recv().expect("the clerk answers everybody")
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        *self.jobs.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(clerk) = self.clerk.take() {
            let _ = clerk.join();
        }
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bank").finish_non_exhaustive()
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
