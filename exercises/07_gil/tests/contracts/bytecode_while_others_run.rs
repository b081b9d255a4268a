//! Must not compile: bytecode runs while the Gil is given up.

use gil::Python;

fn work(py: &mut Python<'_>) {
    py.allow_threads(|| py.checkpoint());
}

fn main() {
    let _ = work;
}
