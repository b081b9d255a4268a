//! What rustc itself must accept in every program that fetches pages.

/// Whoever fetches may rely on the signature. `fetch` is shared between threads and never sent to one; pages
/// and errors are sent and never shared; nothing has to be cloned or to live for ever. What an answer
/// demands beyond that, some caller cannot give.
#[test]
fn the_signature_is_kept() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/a_caller_with_little_to_offer.rs");
}
