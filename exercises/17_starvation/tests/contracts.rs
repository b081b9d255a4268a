//! What rustc itself must enforce in every program that uses a `ReadWriteLock`.

/// The lock may be shared between threads. A guard may not be sent to another thread: the lock knows its
/// readers and its writer by their threads, and if one thread dropped another's guard, that other thread
/// would stay inside for ever. A program that tries must not compile.
#[test]
fn guards_stay_on_their_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guards_may_not_cross_threads.rs");
}
