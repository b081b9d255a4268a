//! What rustc itself must enforce in every program that uses a `ReadWriteLock`.

/// The lock may be shared between threads: a program that does so must compile. A guard may not be
/// sent to another thread: a program that tries must not compile.
///
/// The lock knows its readers and its writer by their threads. If one thread dropped another's
/// guard, that other thread would stay inside for ever.
#[test]
fn guards_stay_on_their_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/lock_may_cross_threads.rs");
    programs.pass("tests/contracts/guards_may_not_cross_threads.rs");
}
