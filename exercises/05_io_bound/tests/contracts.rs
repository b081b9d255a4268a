//! What rustc itself must accept in every program that fetches pages.

/// A program that relies on nothing but the signature must compile: no bound may be added. Its `fetch` can be
/// shared between threads but not sent to one; its pages and errors can be sent but not shared;
/// none of them can be cloned, and not all of them live for ever.
///
/// If your answer demands more than that, there are callers that cannot use it.
#[test]
fn the_signature_is_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/a_caller_with_little_to_offer.rs");
}
