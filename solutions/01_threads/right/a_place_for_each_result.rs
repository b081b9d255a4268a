//! Make: each thread writes its result to its own slot in a shared list, and all threads are joined.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;

pub fn run_all<T, J>(jobs: Vec<(String, J)>) -> Vec<thread::Result<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let places: Arc<Vec<Mutex<Option<thread::Result<T>>>>> =
        Arc::new(jobs.iter().map(|_| Mutex::new(None)).collect());
    let mut threads = Vec::new();
    for (number, (name, job)) in jobs.into_iter().enumerate() {
        let places = Arc::clone(&places);
        let thread = thread::Builder::new().name(name).spawn(move || {
            let result = panic::catch_unwind(AssertUnwindSafe(job));
            *places[number].lock().unwrap() = Some(result);
        });
        threads.push(thread.unwrap());
    }
    for thread in threads {
        thread.join().unwrap();
    }
    places.iter().map(|place| place.lock().unwrap().take().unwrap()).collect()
}
