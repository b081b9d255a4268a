//! Compiles only if a `Gil` may be moved to another thread, and used by several at once.

use gil::Gil;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<Gil>();
}
