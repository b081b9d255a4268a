//! Make: each thread writes its result to its own slot in a shared list, and all threads are joined.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;

/// Runs all `jobs` at the same time and returns when every one of them is over.
///
/// Each job is a name and a closure. It gets a thread of its own, which bears that name. Names are
/// for people to read, and several jobs may have the same one. The thread that calls `run_all` runs
/// no job itself. It waits, asleep, and when `run_all` returns, all the threads have ended.
///
/// A job may call `run_all` itself, and so may other threads while this call is under way.
///
/// The results are in the order of `jobs`, whichever job was done first. A job that panics has an
/// `Err` in its place, with what it panicked with. A panic does nothing else: the other jobs go on,
/// and `run_all` returns as usual.
///
/// # Panics
/// If a thread cannot be started. (A name must not contain a null byte.)
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let places: Arc<Vec<Mutex<Option<thread::Result<T>>>>> =
        Arc::new(jobs.iter().map(|_| Mutex::new(None)).collect());
    let mut threads = Vec::new();
    for (number, (name, job)) in jobs.into_iter().enumerate() {
        let places = Arc::clone(&places);
        let thread = thread::Builder::new().name(name).spawn(move || {
            let result = panic::catch_unwind(AssertUnwindSafe(job));
            *places[number].lock().unwrap() = Some(result);
        });
        threads.push(thread.unwrap());
    }
    for thread in threads {
        thread.join().unwrap();
    }
    places.iter().map(|place| place.lock().unwrap().take().unwrap()).collect()
}
