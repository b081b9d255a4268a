//! Contract: `fetch_all` demands no more of its caller than the signature that was given.
//! About: fetch_all
//! Broken: a program that keeps to the signature of `fetch_all` is rejected by rustc. Keep it as it was:
//! `fetch` is `Sync`, pages and errors are `Send`, and none of them has to be anything else.

use io_bound::{FetchError, fetch_all};
use std::any::Any;
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard};

/// `Send`, but not `Sync`, not `Clone`, not `Debug`, and it borrows.
struct Page<'a>(Cell<&'a str>);

/// `Send`, but not `Sync`, not `Clone`, not `Debug`.
struct Fault(Cell<u32>);

fn main() {
    let (text, line) = (String::from("page"), Mutex::new(0));
    // `Sync`, but not `Send`, and so is a closure that borrows or owns it.
    let line: MutexGuard<'_, u32> = line.lock().unwrap();
    let text = text.as_str();
    let fetch = move |url: &str| {
        if url == "gone" { Err(Fault(Cell::new(*line))) } else { Ok(Page(Cell::new(text))) }
    };
    let pages: Vec<Result<Page<'_>, FetchError<Fault>>> = fetch_all(&["a", "gone"], fetch, 2);
    for page in pages {
        let _: Result<&str, Result<u32, Box<dyn Any + Send>>> = match page {
            Ok(Page(text)) => Ok(text.get()),
            Err(FetchError::Failed(Fault(code))) => Err(Ok(code.get())),
            Err(FetchError::Panicked(payload)) => Err(Err(payload)),
        };
    }
}
