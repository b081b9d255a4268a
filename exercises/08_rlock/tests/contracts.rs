//! What rustc itself must ensure, in every program that uses an `RLock`.

/// A program that shares the lock between threads must compile. One that moves a guard to another
/// thread must not: its level belongs to the thread that acquired it. On another thread its release
/// would be refused, and the lock would stay held for ever. Python can only hope that nobody does
/// it.
#[test]
fn only_the_lock_crosses_threads() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guard_may_not_cross_threads.rs");
}

/// A guard that is still there when its lock is gone would have nothing left to release. A program
/// that has such a guard must not compile: the guard must borrow the lock.
#[test]
fn a_guard_cannot_outlive_its_lock() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/contracts/guard_outlives_its_lock.rs");
}
