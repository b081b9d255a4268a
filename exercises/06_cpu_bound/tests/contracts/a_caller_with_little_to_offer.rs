//! Contract: `parallel_map_reduce` demands no more of its caller than the signature that was given.
//! About: parallel_map_reduce
//! Broken: a program that keeps to the signature of `parallel_map_reduce` is rejected by rustc. Keep it as
//! it was: items, `map` and `reduce` are `Sync`, results are `Send`, and none of them has to be anything else.

use cpu_bound::parallel_map_reduce;
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard};

/// `Send`, but not `Sync`, not `Clone`, not `Debug`, and it borrows.
struct Piece<'a>(Cell<&'a str>);

fn main() {
    // A guard is `Sync`, but not `Send`, and so is a closure that owns one.
    let locks = [const { Mutex::new(0) }; 4];
    let [first, second, ink, glue] = locks.each_ref().map(|lock| lock.lock().unwrap());
    let book: [MutexGuard<'_, u32>; 2] = [first, second];
    let text = String::from("page");
    let text = text.as_str();

    let _: Option<Piece<'_>> = parallel_map_reduce(
        &book,
        2,
        move |page| Piece(Cell::new(if **page == *ink { text } else { "" })),
        move |left, right| if *glue == 0 { right } else { left },
    );
}
