//! Contract: threads can share an `RLock`.
//! About: RLock
//! Broken: threads cannot share an `RLock`, so it cannot guard anything that they share.

use rlock::RLock;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<RLock>();
}
