//! Compiles only if a lock may be shared between threads, and its guard be moved to another one.

use lock::{Lock, LockGuard};

fn may_be_shared<T: Send + Sync>() {}

fn may_move<T: Send>() {}

fn main() {
    may_be_shared::<Lock>();
    // If this line is refused, something in the guard ties it to its thread.
    may_move::<LockGuard<'static>>();
}
