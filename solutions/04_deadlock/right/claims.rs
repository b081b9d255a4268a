//! Make: a transfer claims all its accounts in one step; while it waits for them, it holds none of them.

use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Account {
    owner: String,
    balance: Mutex<u64>,
}

impl Account {
    pub fn new(owner: &str, balance: u64) -> Account {
        Account { owner: owner.to_string(), balance: Mutex::new(balance) }
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    pub fn balance(&self) -> u64 {
        *lock(&self.balance)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub from: String,
    pub to: String,
    pub amount: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `from` holds less than the amount.
    TooLittle,
    /// `approve` said no.
    NotApproved,
}

/// What is called for every transfer that has been made. It may itself use the bank it is given.
type Listener = Arc<dyn Fn(&Bank, &Receipt) + Send + Sync>;

#[derive(Default)]
pub struct Bank {
    listeners: Mutex<Vec<Listener>>,
    /// The addresses of the accounts that threads are using.
    claimed: Mutex<Vec<usize>>,
    given_back: Condvar,
}

impl Bank {
    pub fn new() -> Bank {
        Bank::default()
    }

    pub fn subscribe(&self, listener: impl Fn(&Bank, &Receipt) + Send + Sync + 'static) {
        lock(&self.listeners).push(Arc::new(listener));
    }

    pub fn transfer(&self, from: &Account, to: &Account, amount: u64) -> Result<(), Refused> {
        self.transfer_if(from, to, amount, |_, _| true)
    }

    pub fn transfer_if(
        &self,
        from: &Account,
        to: &Account,
        amount: u64,
        approve: impl FnOnce(u64, u64) -> bool,
    ) -> Result<(), Refused> {
        let claim = self.claim(&[from, to]);
        if from.balance() < amount {
            return Err(Refused::TooLittle);
        }
        if !approve(from.balance(), to.balance()) {
            return Err(Refused::NotApproved);
        }
        // The claim keeps transfers and audits away, but not those who only look.
        if !ptr::eq(from, to) {
            *lock(&from.balance) -= amount;
            *lock(&to.balance) += amount;
        }
        drop(claim);

        let receipt = Receipt { from: from.owner.clone(), to: to.owner.clone(), amount };
        // Calls one listener at a time, so that the list is not locked during the call.
        // Those who are subscribed meanwhile are at the end of it, and are not told.
        let how_many = lock(&self.listeners).len();
        for next in 0..how_many {
            let listener = Arc::clone(&lock(&self.listeners)[next]);
            listener(self, &receipt);
        }
        Ok(())
    }

    pub fn total(&self, accounts: &[&Account]) -> u64 {
        let _claim = self.claim(accounts);
        accounts.iter().map(|account| account.balance()).sum()
    }

    /// Waits until no thread is using any of `accounts`, and claims all of them at once.
    fn claim(&self, accounts: &[&Account]) -> Claim<'_> {
        let accounts: Vec<usize> =
            accounts.iter().map(|account| ptr::from_ref(*account).addr()).collect();
        let mut claimed = lock(&self.claimed);
        while accounts.iter().any(|account| claimed.contains(account)) {
            claimed = self.given_back.wait(claimed).unwrap_or_else(PoisonError::into_inner);
        }
        claimed.extend(&accounts);
        Claim { bank: self, accounts }
    }
}

/// Accounts that no other thread uses until this is dropped.
struct Claim<'a> {
    bank: &'a Bank,
    accounts: Vec<usize>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        lock(&self.bank.claimed).retain(|account| !self.accounts.contains(account));
        self.bank.given_back.notify_all();
    }
}

/// Locks, whether or not a thread has panicked while it held the lock. For the grader, the lock is
/// acquired on the line that called this.
#[track_caller]
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
