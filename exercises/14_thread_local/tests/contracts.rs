//! What rustc itself must guarantee in every program that uses a `Local`.

/// A value never leaves its thread. So threads can share a `Local` whatever its values are, even
/// values that may not be sent or shared themselves: an `Rc`, a `Cell`, a connection that works on
/// one thread only. This is half of what thread-local variables are for, and rustc must accept it.
#[test]
fn any_value_will_do() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/contracts/any_local_may_be_shared.rs");
}
