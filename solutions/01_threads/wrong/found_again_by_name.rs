//! Fault: the results are kept in a map by name, and of two jobs with one name one is lost.
//! Expect: threads_bear_their_names = wrong

use std::collections::HashMap;
use std::thread;

/// Runs all `jobs` at the same time and returns when every one of them is over.
///
/// Each job is a name and a closure. It gets a thread of its own, which bears that name: names are
/// for people who read them, and several jobs may be called the same. The thread that calls
/// `run_all` does no job itself. It waits, asleep, and when `run_all` returns, the threads have all
/// ended.
///
/// The results are in the order of `jobs`, whichever job was done first. A job that panics has an
/// `Err` in its place, with what it panicked with. That is all it does: the other jobs go on, and
/// `run_all` returns as ever.
///
/// # Panics
/// If a thread cannot be started. (A name must not contain a null byte.)
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let names: Vec<String> = jobs.iter().map(|(name, _)| name.clone()).collect();
    let mut threads = HashMap::new();
    for (name, job) in jobs {
        let thread = thread::Builder::new().name(name.clone()).spawn(job).unwrap();
        threads.insert(name, thread);
    }
    names.iter().filter_map(|name| threads.remove(name)).map(|thread| thread.join()).collect()
}
