//! Fault: threads are started under a static lock, which a start that fails poisons.
//! Expect: a_thread_that_cannot_start = wrong

use std::sync::Mutex;
use std::thread;

/// Held while a list of jobs is being started, so that two lists do not start interleaved.
static STARTING: Mutex<()> = Mutex::new(());

/// Runs all `jobs` at the same time and returns when every one of them is over.
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let starting = STARTING.lock().unwrap();
    let handles: Vec<_> = jobs
        .into_iter()
        .map(|(name, job)| {
            thread::Builder::new()
                .name(name)
                .spawn(job)
                .expect("the thread cannot be started")
        })
        .collect();
    drop(starting);
    handles.into_iter().map(|handle| handle.join()).collect()
}
