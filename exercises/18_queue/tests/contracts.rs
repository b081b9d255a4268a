//! What rustc itself must accept in every program that uses a queue.

/// A program that uses the given signatures must compile. Threads share a queue of whatever may be sent
/// from one thread to another, even if the items themselves cannot be shared: no item is ever in
/// two hands.
#[test]
fn the_signatures_are_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/callers_of_a_queue.rs");
}
