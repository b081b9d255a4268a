//! Contract: threads can share a `Lock`, and its guard can be moved to another thread.
//! About: LockGuard
//! Broken: threads cannot share the lock, or its guard cannot be moved to another thread. This lock
//! has no owner, so a guard may be dropped on any thread.

use lock::{Lock, LockGuard};

fn may_be_shared<T: Send + Sync>() {}

fn may_move<T: Send>() {}

fn main() {
    may_be_shared::<Lock>();
    // If rustc rejects this line, something in the guard ties it to its thread.
    may_move::<LockGuard<'static>>();
}
