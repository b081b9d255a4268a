//! Make: scoped threads, each joined by hand.

use std::thread;

pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(jobs.len());
        for (name, job) in jobs {
            let named = thread::Builder::new().name(name);
            threads.push(named.spawn_scoped(scope, job).expect("a thread can be started"));
        }
        threads.into_iter().map(|thread| thread.join()).collect()
    })
}
