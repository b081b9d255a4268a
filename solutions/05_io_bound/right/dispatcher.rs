//! Make: the caller starts threads, learns over a channel when one has ended, and then starts the next.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
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

    let mut results: Vec<Option<Result<T, FetchError<E>>>> = urls.iter().map(|_| None).collect();
    let (ended, ends) = mpsc::channel();
    let fetch = &fetch;
    thread::scope(|threads| {
        let mut waiting = urls.iter().enumerate();
        let start = |(index, url): (usize, &&str)| {
            let (ended, url) = (ended.clone(), url.to_string());
            threads.spawn(move || {
                let result = attempt(fetch, &url);
                let _ = ended.send((index, result));
            });
        };
        waiting.by_ref().take(limit).for_each(&start);
        for _ in urls {
            let (index, result) = ends.recv().expect("this thread has a sender itself");
            results[index] = Some(result);
            waiting.next().into_iter().for_each(&start);
        }
    });
    results.into_iter().map(|result| result.expect("every URL has been fetched")).collect()
}

/// Calls `fetch`, and catches the panic if it panics.
fn attempt<T, E>(fetch: impl Fn(&str) -> Result<T, E>, url: &str) -> Result<T, FetchError<E>> {
    match panic::catch_unwind(AssertUnwindSafe(|| fetch(url))) {
        Ok(result) => result.map_err(FetchError::Failed),
        Err(payload) => Err(FetchError::Panicked(payload)),
    }
}
