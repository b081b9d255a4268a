//! What rustc itself must accept in every program that uses the bank.

/// A program that uses the given signatures must compile. `approve` is called once, on the thread
/// that wants the transfer, so it may use things up and need not be safe to send; a listener need
/// not be cloned; and threads share the bank and its accounts. What an answer demands beyond that,
/// some caller cannot give.
#[test]
fn the_signatures_are_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/callers_of_a_bank.rs");
}
