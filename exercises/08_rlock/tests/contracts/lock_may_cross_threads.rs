//! Contract: threads share an `RLock`.
//! Type: RLock
//! Broken: an `RLock` cannot be shared between threads, so it cannot guard anything that they share.

use rlock::RLock;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<RLock>();
}
