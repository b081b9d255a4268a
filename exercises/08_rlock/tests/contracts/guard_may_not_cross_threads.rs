//! Contract: a guard stays on the thread that took it.
//! Type: RLockGuard
//! Broken: an `RLockGuard` can be moved to another thread. Dropped there, it would give back a level
//! that its thread does not own, and the lock would stay shut for ever.
//!
//! Each type has `Sendable<()>`. A type that is `Send` has `Sendable<ByAnyone>` as well, and then
//! rustc cannot tell which of the two is meant below, and gives up with "type annotations needed".

use rlock::{RLock, RLockGuard};

trait Sendable<How> {
    fn name_it() {}
}

impl<T> Sendable<()> for T {}

struct ByAnyone;

impl<T: Send> Sendable<ByAnyone> for T {}

fn main() {
    // If this line is refused, an `RLockGuard` is `Send`.
    <RLockGuard<'static> as Sendable<_>>::name_it();

    // And a guard is what the lock hands out.
    let _lock: fn(&RLock) -> RLockGuard<'_> = RLock::lock;
    let _try_lock: fn(&RLock) -> Option<RLockGuard<'_>> = RLock::try_lock;
}
