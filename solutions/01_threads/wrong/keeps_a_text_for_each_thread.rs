//! Fault: it keeps a text in a thread-local variable of the caller, which may be gone when a destructor calls `run_all`.
//! Expect: jobs_in_destructors = wrong

use std::cell::RefCell;
use std::thread;

thread_local! {
    /// Which job of which job this thread runs, for messages.
    static PATH: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs all `jobs` at the same time and returns when every one of them is over.
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let path = PATH.with_borrow(String::clone);
    let mut handles = Vec::with_capacity(jobs.len());
    for (name, job) in jobs {
        let path = format!("{path}/{name}");
        let inner = path.clone();
        let started = thread::Builder::new().name(name).spawn(move || {
            PATH.set(inner);
            job()
        });
        match started {
            Ok(handle) => handles.push(handle),
            Err(error) => panic!("the thread for {path} cannot be started: {error}"),
        }
    }
    handles.into_iter().map(|handle| handle.join()).collect()
}
