//! Contract: the tokens of two Gils cannot be swapped.
//! About: Gil::run
//! Broken: a program compiles although it swaps the tokens (`Python`) of two Gils:
//! `one.run(|py| other.run(|other_py| mem::swap(py, other_py)))`. It must be refused: each token would then
//! stand for a Gil that is not its own, and perhaps belongs to another thread.

use gil::Gil;

fn work(one: &Gil, other: &Gil) {
    one.run(|py| other.run(|other_py| std::mem::swap(py, other_py)));
}

fn main() {
    let _ = work;
}
