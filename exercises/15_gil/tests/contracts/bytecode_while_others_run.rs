//! Contract: while the Gil is released, the token cannot be used.
//! About: Python::allow_threads
//! Broken: a program compiles although it runs bytecode inside `allow_threads`, after the Gil was
//! released: `py.allow_threads(|| py.checkpoint())`. It must be refused: at that moment another thread may
//! be running bytecode.

use gil::Python;

fn work(py: &mut Python<'_>) {
    py.allow_threads(|| py.checkpoint());
}

fn main() {
    let _ = work;
}
