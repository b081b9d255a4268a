//! Contract: the token stays on the thread that runs bytecode.
//! About: Python
//! Broken: the token (`Python`) can be moved to another thread. Then two threads could run bytecode
//! with one token.
//!
//! There are two ways to be `Movable`, and a type that is `Send` is `Movable` in both. Then rustc
//! cannot tell which of them is meant below, and gives up with "type annotations needed".

use gil::{Gil, Python};

trait Movable<Way> {
    fn look() {}
}

struct AsAnything;
struct AsSend;

impl<T> Movable<AsAnything> for T {}
impl<T: Send> Movable<AsSend> for T {}

fn main() {
    // If this line is refused, the token is `Send`.
    <Python<'static> as Movable<_>>::look();

    // And the token must be what the bytecode gets.
    let gil: fn(&Gil) = |gil| gil.run(|py: &mut Python<'_>| py.checkpoint());
    let _ = gil;
}
