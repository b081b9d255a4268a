//! Fault: nobody is joined, for the end of the scope waits; but it waits for the jobs, and not for the threads.
//! Expect: nobody_is_left_behind = wrong

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
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
    let places: Vec<Mutex<Option<thread::Result<T>>>> =
        jobs.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for ((name, job), place) in jobs.into_iter().zip(&places) {
            let work = move || {
                let result = panic::catch_unwind(AssertUnwindSafe(job));
                *place.lock().unwrap() = Some(result);
            };
            thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, work)
                .expect("a thread can be started");
        }
    });
    let result = |place: Mutex<Option<_>>| place.into_inner().unwrap().expect("the job is done");
    places.into_iter().map(result).collect()
}
