//! What rustc itself must accept in every program that maps and reduces.

/// Whoever calls may rely on the signature. Items, `map` and `reduce` are shared between threads and never
/// sent to one; results are sent and never shared; nothing has to be cloned or to live for ever. What
/// an answer demands beyond that, some caller cannot give.
#[test]
fn the_signature_is_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/a_caller_with_little_to_offer.rs");
}
