//! What rustc itself must ensure, in every program that uses an `RLock`.

/// The lock may be sent to other threads and shared. A guard may not: its level belongs to the
/// thread that acquired it. On another thread its release would be refused, and the lock would stay
/// held for ever. Python can only hope that nobody does it; here such a program must not compile.
#[test]
fn only_the_lock_crosses_threads() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guard_may_not_cross_threads.rs");
}

/// A guard that is still there when its lock is gone would have nothing left to release.
/// The guard must borrow the lock, so that rustc rejects the program.
#[test]
fn a_guard_cannot_outlive_its_lock() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/contracts/guard_outlives_its_lock.rs");
}
