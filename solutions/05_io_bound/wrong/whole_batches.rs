//! Fault: a batch of `limit` pages is waited for as a whole, and one slow page keeps all other places empty.
//! Expect: a_freed_place_is_taken_at_once = wrong
//! Expect: the_timeline = wrong

use std::any::Any;
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

    let mut results = Vec::with_capacity(urls.len());
    for batch in urls.chunks(limit) {
        thread::scope(|threads| {
            let calls: Vec<_> = batch.iter().map(|url| threads.spawn(|| fetch(url))).collect();
            results.extend(calls.into_iter().map(|call| match call.join() {
                Ok(result) => result.map_err(FetchError::Failed),
                Err(payload) => Err(FetchError::Panicked(payload)),
            }));
        });
    }
    results
}
