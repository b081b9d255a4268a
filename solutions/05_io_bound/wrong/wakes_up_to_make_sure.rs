//! Fault: who waits is woken when a place is free, and every second besides, to make sure.
//! Expect: nobody_polls = busy-wait

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Why a page is missing.
#[derive(Debug)]
pub enum FetchError<E> {
    /// The fetch returned this error.
    Failed(E),
    /// The fetch panicked. Holds what it panicked with, as `JoinHandle::join` and `catch_unwind`
    /// give it.
    Panicked(Box<dyn Any + Send>),
}

/// Calls `fetch` once for each of `urls`, at most `limit` calls at the same time, and returns when
/// all of them have ended. The results are in the order of `urls`.
///
/// The calls begin in the order of `urls`, each as soon as there is room for it: while fewer than
/// `limit` calls are running and a URL is left, nobody waits. A `limit` above the number of URLs, up
/// to `usize::MAX`, stands for "no limit" and costs nothing.
///
/// A call that returns an error or panics spoils its own result and no other.
///
/// # Panics
/// If `limit` is 0, before anything is fetched.
pub fn fetch_all<T, E, F>(urls: &[&str], fetch: F, limit: usize) -> Vec<Result<T, FetchError<E>>>
where
    T: Send,
    E: Send,
    F: Fn(&str) -> Result<T, E> + Sync,
{
    assert!(limit > 0, "with a limit of 0, nothing may ever be fetched");

    let free = Mutex::new(limit);
    let freed = Condvar::new();
    let (fetch, free, freed) = (&fetch, &free, &freed);
    let give_back = || {
        *free.lock().expect("nobody panics with the lock") += 1;
        freed.notify_one();
    };
    thread::scope(|threads| {
        let mut calls = Vec::with_capacity(urls.len());
        for url in urls {
            let mut places = free.lock().expect("nobody panics with the lock");
            while *places == 0 {
                places = freed
                    .wait_timeout(places, Duration::from_secs(1))
                    .expect("nobody panics with the lock")
                    .0;
            }
            *places -= 1;
            drop(places);
            calls.push(threads.spawn(move || {
                let result = attempt(fetch, url);
                give_back();
                result
            }));
        }
        calls.into_iter().map(|call| call.join().expect("the panic was caught")).collect()
    })
}

/// Calls `fetch`, and keeps a panic of its from going further.
fn attempt<T, E>(fetch: impl Fn(&str) -> Result<T, E>, url: &str) -> Result<T, FetchError<E>> {
    match panic::catch_unwind(AssertUnwindSafe(|| fetch(url))) {
        Ok(result) => result.map_err(FetchError::Failed),
        Err(payload) => Err(FetchError::Panicked(payload)),
    }
}
