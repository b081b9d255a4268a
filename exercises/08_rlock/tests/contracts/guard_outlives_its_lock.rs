//! Contract: a guard cannot outlive its lock.
//! About: RLockGuard
//! Broken: rustc accepts a program that still has a guard when the lock is gone. It must not:
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
