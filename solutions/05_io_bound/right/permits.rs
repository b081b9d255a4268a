//! Make: one thread for each URL, started when one of `limit` permits is free (mutex and condvar).

use std::any::Any;
use std::sync::{Condvar, Mutex, PoisonError};
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

    let permits = Permits { left: Mutex::new(limit), returned: Condvar::new() };
    let fetch = &fetch;
    thread::scope(|threads| {
        let calls: Vec<_> = urls
            .iter()
            .map(|url| {
                let permit = permits.acquire();
                threads.spawn(move || {
                    let _permit = permit;
                    fetch(url)
                })
            })
            .collect();
        calls
            .into_iter()
            .map(|call| match call.join() {
                Ok(result) => result.map_err(FetchError::Failed),
                Err(payload) => Err(FetchError::Panicked(payload)),
            })
            .collect()
    })
}

/// How many more calls may run.
struct Permits {
    left: Mutex<usize>,
    returned: Condvar,
}

/// The right to run one call. It is returned when this is dropped, even during a panic.
struct Permit<'a>(&'a Permits);

impl Permits {
    fn acquire(&self) -> Permit<'_> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        while *left == 0 {
            left = self.returned.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
        *left -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.left.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.returned.notify_one();
    }
}
