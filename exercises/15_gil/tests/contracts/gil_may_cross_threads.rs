//! Contract: threads share one `Gil`.
//! About: Gil
//! Broken: a `Gil` cannot be shared between threads. Every thread of the program has to use the same
//! one.

use gil::Gil;

fn may_cross_threads<T: Send + Sync + 'static>() {}

fn main() {
    may_cross_threads::<Gil>();
}
