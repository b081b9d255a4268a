//! Contract: a guard stays on the thread that took it.
//! About: ReadGuard
//! Broken: a guard can be moved to another thread. The lock knows who is inside by its thread, so
//! dropping the guard on another thread lets the wrong one out and leaves the right one inside for ever.
//!
//! Every type implements `Movable<()>`, and a `Send` type implements `Movable<ByAnyone>` as well. With two
//! to choose from, rustc cannot tell which one is meant below, and asks for type annotations.

use starvation::{AlreadyInside, ReadGuard, ReadWriteLock, WriteGuard};

trait Movable<How> {
    fn name_it() {}
}

impl<T> Movable<()> for T {}

struct ByAnyone;

impl<T: Send> Movable<ByAnyone> for T {}

fn main() {
    // If rustc rejects one of these lines, that guard is `Send`.
    <ReadGuard<'static> as Movable<_>>::name_it();
    <WriteGuard<'static> as Movable<_>>::name_it();

    // And these guards are what the lock hands out.
    let _read: fn(&ReadWriteLock) -> Result<ReadGuard<'_>, AlreadyInside> = ReadWriteLock::read;
    let _write: fn(&ReadWriteLock) -> Result<WriteGuard<'_>, AlreadyInside> = ReadWriteLock::write;
}
