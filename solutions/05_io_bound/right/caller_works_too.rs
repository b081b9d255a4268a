//! Make: the workers share an iterator behind a mutex, the caller is one of them, and each result has its own cell.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
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

    let cells: Vec<Mutex<Option<Result<T, FetchError<E>>>>> =
        urls.iter().map(|_| Mutex::new(None)).collect();
    let jobs = Mutex::new(urls.iter().zip(&cells));
    let work = || {
        loop {
            // The guard must not be held during the call.
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((url, cell)) = job else { break };
            let result = attempt(&fetch, url);
            *cell.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    thread::scope(|threads| {
        for _ in 1..limit.min(urls.len()) {
            threads.spawn(work);
        }
        work();
    });
    cells
        .into_iter()
        .map(|cell| cell.into_inner().unwrap_or_else(PoisonError::into_inner))
        .map(|result| result.expect("every URL has been fetched"))
        .collect()
}

/// Calls `fetch`, and catches the panic if it panics.
fn attempt<T, E>(fetch: impl Fn(&str) -> Result<T, E>, url: &str) -> Result<T, FetchError<E>> {
    match panic::catch_unwind(AssertUnwindSafe(|| fetch(url))) {
        Ok(result) => result.map_err(FetchError::Failed),
        Err(payload) => Err(FetchError::Panicked(payload)),
    }
}
