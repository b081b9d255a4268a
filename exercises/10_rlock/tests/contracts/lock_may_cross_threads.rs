//! Compiles only if an `RLock` may be moved to another thread, and used by several at once.

use rlock::RLock;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<RLock>();
}
