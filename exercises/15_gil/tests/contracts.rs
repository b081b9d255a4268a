//! What rustc itself must guarantee in every program that uses a `Gil`.

/// All threads share one `Gil`. But the token that stands for holding it belongs to the thread that runs
/// the bytecode. If it could be sent to another thread, two threads would run bytecode with one token.
#[test]
fn the_token_stays_on_its_thread() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/gil_may_cross_threads.rs");
    programs.pass("tests/contracts/token_may_not_cross_threads.rs");
}

/// Within `allow_threads` the Gil may belong to another thread. Code in there that uses the token,
/// as if it were still running bytecode, must not compile. Nor must it have a second token to use in
/// there, so the token must not be cloned. And the token must stand for its own Gil, so it must not be
/// swapped with that of another.
///
/// C extensions of CPython that get this wrong crash now and then, far from the place where the mistake
/// was made.
#[test]
fn no_bytecode_without_the_gil() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/contracts/bytecode_while_others_run.rs");
    programs.pass("tests/contracts/token_may_not_be_copied.rs");
    programs.compile_fail("tests/contracts/tokens_of_two_gils.rs");
}
