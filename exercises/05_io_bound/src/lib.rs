//! Fetches many pages at once, because almost all of the time is spent waiting for the network.

use std::any::Any;

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
    let _ = (urls, fetch, limit);
    todo!("fetch all pages, at most `limit` at the same time")
}
