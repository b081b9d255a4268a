//! Contract: a guard cannot outlive its lock.
//! Type: RLockGuard
//! Broken: a program that still has a guard when the lock is gone compiles. rustc must reject it:
//! the guard has to borrow the lock.

use rlock::RLock;

fn main() {
    let guard;
    {
        let lock = RLock::new();
        guard = lock.lock();
    }
    drop(guard);
}
