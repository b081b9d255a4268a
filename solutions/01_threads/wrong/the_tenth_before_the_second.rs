//! Fault: the results are sorted by a key that is a text, and `"10"` comes before `"2"`.
//! Expect: a_whole_ensemble = wrong

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
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
    let (tell, told) = mpsc::channel();
    let threads: Vec<_> = jobs
        .into_iter()
        .enumerate()
        .map(|(number, (name, job))| {
            let tell = tell.clone();
            let work = move || {
                let result = panic::catch_unwind(AssertUnwindSafe(job));
                tell.send((number.to_string(), result)).expect("the caller listens");
            };
            thread::Builder::new().name(name).spawn(work).expect("a thread can be started")
        })
        .collect();
    drop(tell);

    for thread in threads {
        thread.join().expect("the panics of the jobs are caught");
    }
    told.into_iter().collect::<BTreeMap<String, _>>().into_values().collect()
}
