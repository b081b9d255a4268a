//! Contract: a `Lock` can be shared between threads, and its guard moved to another one.
//! Type: LockGuard
//! Broken: the lock cannot be shared between threads, or its guard cannot be moved to another one. This
//! lock has no owner, so a guard may be dropped on any thread.

use lock::{Lock, LockGuard};

fn may_be_shared<T: Send + Sync>() {}

fn may_move<T: Send>() {}

fn main() {
    may_be_shared::<Lock>();
    // If this line is refused, something in the guard ties it to its thread.
    may_move::<LockGuard<'static>>();
}
