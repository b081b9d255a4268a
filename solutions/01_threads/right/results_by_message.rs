//! Make: each thread catches its job's panic and sends the result together with the job's number; then all threads are joined.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread;

pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let (tell, told) = mpsc::channel();
    let mut threads = Vec::new();
    for (number, (name, job)) in jobs.into_iter().enumerate() {
        let tell = tell.clone();
        let report = move || {
            let result = panic::catch_unwind(AssertUnwindSafe(job));
            tell.send((number, result)).expect("the caller listens");
        };
        let thread = thread::Builder::new().name(name).spawn(report);
        threads.push(thread.expect("a thread can be started"));
    }
    drop(tell);

    let mut results: Vec<_> = told.iter().collect();
    for thread in threads {
        thread.join().expect("the panic was caught");
    }
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
