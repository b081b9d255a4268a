//! Fault: each job that is done counts itself, and one that panics never does.
//! Expect: a_panic_stays_in_its_place = lost-wakeup
//! Expect: the_others_go_on = lost-wakeup
//! Expect: few_jobs = lost-wakeup

use std::sync::{Arc, Condvar, Mutex};
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
    let running = Arc::new((Mutex::new(jobs.len()), Condvar::new()));
    let threads: Vec<_> = jobs
        .into_iter()
        .map(|(name, job)| {
            let running = Arc::clone(&running);
            let work = move || {
                let result = job();
                *running.0.lock().unwrap() -= 1;
                running.1.notify_one();
                result
            };
            thread::Builder::new().name(name).spawn(work).unwrap()
        })
        .collect();
    let (number, changed) = &*running;
    drop(changed.wait_while(number.lock().unwrap(), |number| *number > 0).unwrap());
    threads.into_iter().map(|thread| thread.join()).collect()
}
