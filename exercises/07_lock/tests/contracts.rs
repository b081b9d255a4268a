//! What rustc itself must ensure, in every program that uses a `Lock`.

/// A program that shares the lock between threads, and sends a guard from one thread to another,
/// must compile: this lock has no owner, and any thread may release it. When one thread begins a
/// request and another one finishes it, the lock goes along with it.
#[test]
fn a_guard_may_move_to_another_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_and_guard_may_move.rs");
}
