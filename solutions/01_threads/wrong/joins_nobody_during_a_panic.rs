//! Fault: the guard that joins the threads takes a panic of the caller's, in whose destructor `run_all` runs, for a thread that could not be started.
//! Expect: jobs_in_destructors = wrong

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

/// Threads that are joined when this is dropped.
struct Crew(Vec<JoinHandle<()>>);

impl Drop for Crew {
    fn drop(&mut self) {
        // Somebody could not be started: do not make the caller wait for the bad news.
        if thread::panicking() {
            return;
        }
        for handle in self.0.drain(..) {
            let _ = handle.join();
        }
    }
}

/// Runs all `jobs` at the same time and returns when every one of them is over.
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let mut results: Vec<Option<thread::Result<T>>> = jobs.iter().map(|_| None).collect();
    let mut crew = Crew(Vec::with_capacity(jobs.len()));
    let (sender, receiver) = mpsc::channel();
    for (i, (name, job)) in jobs.into_iter().enumerate() {
        let sender = sender.clone();
        let handle = thread::Builder::new()
            .name(name)
            .spawn(move || {
                let result = panic::catch_unwind(AssertUnwindSafe(job));
                let _ = sender.send((i, result));
            })
            .expect("the thread cannot be started");
        crew.0.push(handle);
    }
    drop(sender);
    for (i, result) in receiver {
        results[i] = Some(result);
    }
    drop(crew);
    results
        .into_iter()
        .map(|result| result.expect("every job reports"))
        .collect()
}
