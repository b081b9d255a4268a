//! Contract: a guard stays on the thread that acquired it.
//! About: RLockGuard
//! Broken: an `RLockGuard` can be moved to another thread. Dropped there, it would release a level
//! that this thread does not own, and the lock would stay held for ever.
//!
//! Every type is `Sendable<()>`. A type that is `Send` is `Sendable<ByAnyone>` as well; then rustc
//! cannot tell which of the two is meant below, and reports "type annotations needed".

use rlock::{RLock, RLockGuard};

trait Sendable<How> {
    fn name_it() {}
}

impl<T> Sendable<()> for T {}

struct ByAnyone;

impl<T: Send> Sendable<ByAnyone> for T {}

fn main() {
    // If rustc rejects this line, an `RLockGuard` is `Send`.
    <RLockGuard<'static> as Sendable<_>>::name_it();

    // And a guard is what the lock returns.
    let _lock: fn(&RLock) -> RLockGuard<'_> = RLock::lock;
    let _try_lock: fn(&RLock) -> Option<RLockGuard<'_>> = RLock::try_lock;
}
