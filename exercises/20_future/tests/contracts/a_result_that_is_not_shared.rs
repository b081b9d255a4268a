//! Contract: a handle may go to another thread if the result may; the result need not be `Sync` or `Clone`.
//! About: Future
//! Broken: a program whose result may be sent to another thread, but not shared (a `Cell`, a receiver),
//! is rejected by rustc. Only `Send` was asked of a result. If threads look at it only under a lock, one at a
//! time, it need not be `Sync`. Nor need it be `Clone`, except where `result` or `result_timeout` copies it.

use future::{AsCompleted, DoneAndNotDone, Future, ReturnWhen, as_completed, wait};
use std::cell::Cell;
use std::sync::mpsc::Receiver;

fn may_cross_threads<T: Send>() {}

fn may_be_shared<T: Sync>() {}

fn main() {
    may_cross_threads::<Future<Receiver<u32>>>();
    may_be_shared::<Future<Cell<u32>>>();
    may_cross_threads::<AsCompleted<Cell<u32>>>();
    may_cross_threads::<DoneAndNotDone<Cell<u32>>>();

    // And the functions must accept such results.
    let _set = Future::<Receiver<u32>>::set_result;
    let _result: fn(&Future<Cell<u32>>) -> _ = Future::result;
    let _exception: fn(&Future<Receiver<u32>>) -> _ = Future::exception;
    let _as_completed: fn(&[Future<Receiver<u32>>]) -> _ = as_completed;
    let _wait: fn(&[Future<Receiver<u32>>], ReturnWhen) -> _ = wait;
}
