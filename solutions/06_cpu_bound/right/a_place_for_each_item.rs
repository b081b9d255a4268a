//! Make: each thread, including the caller, takes every n-th item, and puts each result into a slot of its own.

use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

pub fn parallel_map_reduce<T, R, M, F>(data: &[T], threads: usize, map: M, reduce: F) -> Option<R>
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    assert!(threads > 0, "0 threads cannot do anything");

    let places: Vec<Mutex<Option<R>>> = data.iter().map(|_| Mutex::new(None)).collect();
    let threads = threads.min(data.len());
    let work = |first: usize| {
        for number in (first..data.len()).step_by(threads) {
            let result = map(&data[number]);
            *places[number].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || work(first))).collect();
        if threads > 0 {
            work(0);
        }
        for other in others {
            other.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
        }
    });
    places
        .into_iter()
        .filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner))
        .reduce(reduce)
}
