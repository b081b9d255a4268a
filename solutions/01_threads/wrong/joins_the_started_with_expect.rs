//! Fault: if a thread cannot be started, a guard joins the others with `expect`; if one of these has panicked, that is a panic during a panic.
//! Expect: a_thread_that_cannot_start = crash

use std::thread::{self, JoinHandle};

/// The threads under way. Nobody is left behind, even if a later one cannot be started.
struct Crew<T>(Vec<JoinHandle<T>>);

impl<T> Drop for Crew<T> {
    fn drop(&mut self) {
        for handle in self.0.drain(..) {
            handle.join().expect("a job has failed");
        }
    }
}

/// Runs all `jobs` at the same time and returns when every one of them is over.
pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let mut crew = Crew(Vec::with_capacity(jobs.len()));
    for (name, job) in jobs {
        let handle = thread::Builder::new()
            .name(name)
            .spawn(job)
            .expect("the thread cannot be started");
        crew.0.push(handle);
    }
    crew.0.drain(..).map(JoinHandle::join).collect()
}
