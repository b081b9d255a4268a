//! Make: one thread for each URL; the caller parks while `limit` of them are running, and each thread unparks it when it ends.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

#[derive(Debug)]
pub enum FetchError<E> {
    /// The fetch returned this error.
    Failed(E),
    /// The fetch panicked. Holds what it panicked with, as `JoinHandle::join` and `catch_unwind`
    /// return it.
    Panicked(Box<dyn Any + Send>),
}

pub fn fetch_all<T, E, F>(urls: &[&str], fetch: F, limit: usize) -> Vec<Result<T, FetchError<E>>>
where
    T: Send,
    E: Send,
    F: Fn(&str) -> Result<T, E> + Sync,
{
    assert!(limit > 0, "with a limit of 0, nothing may ever be fetched");

    let running = AtomicUsize::new(0);
    let caller = thread::current();
    let (fetch, running, caller) = (&fetch, &running, &caller);
    thread::scope(|threads| {
        let mut calls = Vec::with_capacity(urls.len());
        for url in urls {
            // Only this thread increases the number, so it cannot grow after this check.
            while running.load(SeqCst) >= limit {
                thread::park();
            }
            running.fetch_add(1, SeqCst);
            calls.push(threads.spawn(move || {
                let result = attempt(fetch, url);
                running.fetch_sub(1, SeqCst);
                caller.unpark();
                result
            }));
        }
        calls.into_iter().map(|call| call.join().expect("the panic was caught")).collect()
    })
}

/// Calls `fetch`, and catches the panic if it panics.
fn attempt<T, E>(fetch: impl Fn(&str) -> Result<T, E>, url: &str) -> Result<T, FetchError<E>> {
    match panic::catch_unwind(AssertUnwindSafe(|| fetch(url))) {
        Ok(result) => result.map_err(FetchError::Failed),
        Err(payload) => Err(FetchError::Panicked(payload)),
    }
}
