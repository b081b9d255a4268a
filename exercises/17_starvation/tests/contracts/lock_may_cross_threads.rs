//! Contract: threads may share a `ReadWriteLock`.
//! About: ReadWriteLock
//! Broken: a `ReadWriteLock` cannot be shared between threads, so it cannot guard anything they
//! share.

use starvation::ReadWriteLock;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<ReadWriteLock>();
}
