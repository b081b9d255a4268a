//! Compiles only if a `ReadWriteLock` may be moved to another thread, and used by several at once.

use starvation::ReadWriteLock;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<ReadWriteLock>();
}
