//! Fault: long lists are run in batches of 512; a job of the next batch starts only when all of the last one are over.
//! Expect: hundreds_of_dancers = time-out

use std::thread;

/// More threads than this at a time only get into each other's way.
const BATCH: usize = 512;

/// Runs all `jobs` at the same time and returns when every one of them is over.
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let mut results = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter().peekable();
    while jobs.peek().is_some() {
        let batch: Vec<_> = jobs
            .by_ref()
            .take(BATCH)
            .map(|(name, job)| {
                thread::Builder::new()
                    .name(name)
                    .spawn(job)
                    .expect("the thread cannot be started")
            })
            .collect();
        results.extend(batch.into_iter().map(|handle| handle.join()));
    }
    results
}
