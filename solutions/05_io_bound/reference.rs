//! Fetches many pages at once: `limit` workers serve themselves with the next URL until none is left.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Why a page is missing.
#[derive(Debug)]
pub enum FetchError<E> {
    /// The fetch returned this error.
    Failed(E),
    /// The fetch panicked. Holds what it panicked with, as `JoinHandle::join` and `catch_unwind`
    /// return it.
    Panicked(Box<dyn Any + Send>),
}

/// Calls `fetch` once for each of `urls`, at most `limit` calls at the same time, and returns when
/// all of them have ended and `fetch` has been dropped. The results are in the order of `urls`.
///
/// The calls begin in the order of `urls`, each as soon as there is room for it: while fewer than
/// `limit` calls are running and a URL is left, nothing waits. A `limit` above the number of URLs,
/// up to `usize::MAX`, means "no limit" and costs nothing.
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

    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, SeqCst);
            let Some(url) = urls.get(index) else { return done };
            done.push((index, attempt(&fetch, url)));
        }
    };
    let mut results: Vec<_> = thread::scope(|threads| {
        let workers: Vec<_> = (0..limit.min(urls.len())).map(|_| threads.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker catches every panic"))
            .collect()
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Calls `fetch`, and catches the panic if it panics.
fn attempt<T, E>(fetch: impl Fn(&str) -> Result<T, E>, url: &str) -> Result<T, FetchError<E>> {
    match panic::catch_unwind(AssertUnwindSafe(|| fetch(url))) {
        Ok(result) => result.map_err(FetchError::Failed),
        Err(payload) => Err(FetchError::Panicked(payload)),
    }
}
