//! Fault: a panic ends the worker that met it, and with all workers gone the other pages are never fetched.
//! Expect: a_panic_spoils_its_own_result_only = wrong

use std::any::Any;
use std::sync::{Mutex, PoisonError};
use std::thread;

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

    let mut results: Vec<Option<Result<T, FetchError<E>>>> = urls.iter().map(|_| None).collect();
    let jobs = Mutex::new(urls.iter().zip(&mut results));
    let work = || {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((url, result)) = job else { break };
            *result = Some(fetch(url).map_err(FetchError::Failed));
        }
    };
    thread::scope(|threads| {
        let workers: Vec<_> = (0..limit.min(urls.len())).map(|_| threads.spawn(work)).collect();
        for worker in workers {
            let _ = worker.join(); // a page that panics must not stop the others
        }
    });
    results
        .into_iter()
        .map(|result| result.unwrap_or_else(|| Err(FetchError::Panicked(Box::new("no result")))))
        .collect()
}
