//! Contract: the signatures demand no more of a caller than the ones that were given.
//! About: Bank
//! Broken: a program that keeps to the signatures of `Account` and `Bank` is rejected by rustc. Keep them as
//! they were: `approve` is called once and may be any `FnOnce`, a listener is `Send` and `Sync` and
//! not more than that, and threads may share banks and accounts.

use deadlock::{Account, Bank, Receipt, Refused};
use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::atomic::AtomicU32;

fn may_cross_threads<T: Send + Sync>() {}

fn may_be_compared<T: Clone + Debug + Eq>() {}

fn may_be_shown<T: Debug>() {}

fn main() {
    may_cross_threads::<Account>();
    may_cross_threads::<Bank>();
    may_be_compared::<Receipt>();
    may_be_compared::<Refused>();
    may_be_shown::<Account>();

    let (bank, ada, bob) = (Bank::default(), Account::new("Ada", 1), Account::new("Bob", 1));
    // It uses up its permit, which is tied to this thread, and it borrows.
    let (permit, asked) = (Rc::new(()), Cell::new(0));
    let _ = bank.transfer_if(&ada, &bob, 1, |_, _| {
        drop(permit);
        asked.set(asked.get() + 1);
        true
    });
    // It cannot be cloned.
    let heard = AtomicU32::new(0);
    bank.subscribe(move |_, _| {
        let _ = &heard;
    });
}
