//! Guards that go to another thread.

use semaphore::{BoundedSemaphore, Semaphore};
use std::thread;

/// Guards that are to be dropped on another thread.
struct Moving<T>(T);

trait DropElsewhere {
    fn drop_elsewhere(self) -> bool;
}

impl<T: Send> DropElsewhere for Moving<T> {
    fn drop_elsewhere(self) -> bool {
        thread::scope(|threads| {
            threads.spawn(move || drop(self.0));
        });
        true
    }
}

/// For guards that rustc does not let go to another thread, so that this file compiles all the same.
#[allow(dead_code, reason = "not used if guards may go to another thread")]
trait StayHere {
    fn drop_elsewhere(&self) -> bool {
        false
    }
}

impl<T> StayHere for Moving<T> {}

/// The main thread acquires permits with `permit` and `try_permit`, at either kind of semaphore, and
/// another thread drops the guards. Then the permits must be free.
///
/// When one thread begins a request and another one finishes it, the guard is dropped by the one that
/// finishes. If that did not count, or were not possible, each such request would cost a permit.
#[test]
fn a_guard_releases_on_any_thread() {
    let semaphore = Semaphore::new(2);
    let guard = semaphore.permit();
    let other = semaphore.try_permit().expect("try_permit() found no permit, of one");
    assert!(!semaphore.try_acquire(), "two guards hold two permits, and there is a third");
    let moved = Moving((guard, other)).drop_elsewhere();
    assert!(moved, "a Permit is not Send: rustc does not let it move to another thread");
    let free = (0..3).take_while(|_| semaphore.try_acquire()).count();
    assert_eq!(free, 2, "permits free when another thread has dropped both guards");

    let bounded = BoundedSemaphore::new(2);
    let guard = bounded.permit();
    let other = bounded.try_permit().expect("try_permit() found no permit, of one");
    assert!(!bounded.try_acquire(), "two guards hold two permits, and there is a third");
    let moved = Moving((guard, other)).drop_elsewhere();
    assert!(moved, "a BoundedPermit is not Send: rustc does not let it move to another thread");
    let free = (0..3).take_while(|_| bounded.try_acquire()).count();
    assert_eq!(free, 2, "permits free when another thread has dropped both guards");
}
