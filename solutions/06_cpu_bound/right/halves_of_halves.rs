//! Make: the slice and the number of threads are halved again and again; each call does the left half itself and starts a thread for the right one.

use std::panic;
use std::thread;

pub fn parallel_map_reduce<T, R, M, F>(data: &[T], threads: usize, map: M, reduce: F) -> Option<R>
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    assert!(threads > 0, "0 threads cannot do anything");

    if data.is_empty() { None } else { Some(halve(data, threads.min(data.len()), &map, &reduce)) }
}

/// Requires at least one thread, and at least as many items as threads.
fn halve<T, R, M, F>(data: &[T], threads: usize, map: &M, reduce: &F) -> R
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    if threads == 1 {
        return data.iter().map(map).reduce(reduce).expect("there is an item for every thread");
    }
    let threads_left = threads / 2;
    let (left, right) = data.split_at(data.len() * threads_left / threads);
    let (left, right) = thread::scope(|scope| {
        let right = scope.spawn(|| halve(right, threads - threads_left, map, reduce));
        let left = halve(left, threads_left, map, reduce);
        (left, right.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
    });
    reduce(left, right)
}
