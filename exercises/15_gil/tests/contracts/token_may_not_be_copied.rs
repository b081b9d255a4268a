//! Contract: the token cannot be cloned or copied.
//! About: Python
//! Broken: the token (`Python`) can be cloned or copied. A copy that was made before can be used inside
//! `allow_threads`, after the Gil was released, and then two threads run bytecode.
//!
//! There are two ways to be `Doubled`, and a type that is `Clone` is `Doubled` in both. Then rustc
//! cannot tell which of them is meant below, and gives up with "type annotations needed".

use gil::{Gil, Python};

trait Doubled<Way> {
    fn look() {}
}

struct AsAnything;
struct AsClone;

impl<T> Doubled<AsAnything> for T {}
impl<T: Clone> Doubled<AsClone> for T {}

fn main() {
    // If this line is refused, the token is `Clone`.
    <Python<'static> as Doubled<_>>::look();

    // And the token must be what the bytecode gets.
    let gil: fn(&Gil) = |gil| gil.run(|py: &mut Python<'_>| py.checkpoint());
    let _ = gil;
}
