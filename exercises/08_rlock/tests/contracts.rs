//! What rustc itself must see to, in every program that uses an `RLock`.

/// The lock may be sent to and shared between threads. A guard may not: its level belongs to the
/// thread that took it, and any other thread that dropped it would be refused, leaving the lock shut
/// for ever. Python can only hope that nobody does it; here such a program must not compile.
#[test]
fn only_the_lock_crosses_threads() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guard_may_not_cross_threads.rs");
}

/// A guard that is still there when its lock is gone would give its level back to nothing. The guard
/// must borrow the lock, so that rustc refuses the program.
#[test]
fn a_guard_cannot_outlive_its_lock() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/contracts/guard_outlives_its_lock.rs");
}
