//! What rustc itself must see to, in every program that uses a `ReadWriteLock`.

/// The lock may be shared between threads. A guard may not be sent to another one: the lock knows its
/// readers and its writer by their threads, and whoever left for somebody else would leave that one
/// inside for ever. A program that tries must not compile.
#[test]
fn guards_stay_on_their_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guards_may_not_cross_threads.rs");
}
