//! What rustc itself must accept in every program that uses a future.

/// A program that uses the given signatures must compile. Handles and iterators may go to other
/// threads whenever the result may, even if the result itself cannot be shared: a `Cell`, a
/// receiver, a job.
#[test]
fn the_signatures_are_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/a_result_that_is_not_shared.rs");
}
