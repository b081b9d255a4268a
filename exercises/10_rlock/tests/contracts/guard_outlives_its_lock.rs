//! Must not compile: the guard is used when its lock is gone.

use rlock::RLock;

fn main() {
    let guard;
    {
        let lock = RLock::new();
        guard = lock.lock();
    }
    drop(guard);
}
