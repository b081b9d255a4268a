//! What rustc itself must ensure, in every program that uses a `Lock`.

/// The lock may be shared between threads, and a guard may be sent from one to another: this lock
/// has no owner, and any thread may release it. When one thread begins a request and another one
/// finishes it, the lock goes along with it.
#[test]
fn a_guard_may_move_to_another_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_and_guard_may_move.rs");
}
