//! Contract: a guard stays on the thread that took it.
//! Type: ReadGuard
//! Broken: a guard can be moved to another thread. The lock knows who is inside by the thread, so
//! dropping the guard elsewhere would let the wrong thread out and leave the right one inside for ever.
//!
//! Every type has `Movable<()>`, and a `Send` one has `Movable<ByAnyone>` as well. With two to choose
//! from, rustc cannot say which one is meant below, and asks for type annotations.

use starvation::{AlreadyInside, ReadGuard, ReadWriteLock, WriteGuard};

trait Movable<How> {
    fn name_it() {}
}

impl<T> Movable<()> for T {}

struct ByAnyone;

impl<T: Send> Movable<ByAnyone> for T {}

fn main() {
    // If one of these lines is refused, that guard is `Send`.
    <ReadGuard<'static> as Movable<_>>::name_it();
    <WriteGuard<'static> as Movable<_>>::name_it();

    // And these guards are what the lock hands out.
    let _read: fn(&ReadWriteLock) -> Result<ReadGuard<'_>, AlreadyInside> = ReadWriteLock::read;
    let _write: fn(&ReadWriteLock) -> Result<WriteGuard<'_>, AlreadyInside> = ReadWriteLock::write;
}
