//! Make: the threads share the index of the next item; the results carry their indices and are sorted by index.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

pub fn parallel_map_reduce<T, R, M, F>(data: &[T], threads: usize, map: M, reduce: F) -> Option<R>
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    assert!(threads > 0, "0 threads cannot do anything");

    let threads = threads.min(data.len());
    // The first items are kept for the threads, one for each, so that none comes too late for its own.
    let next = AtomicUsize::new(threads);
    let work = |first: usize| {
        let mut done = Vec::new();
        let mut number = first;
        while let Some(item) = data.get(number) {
            done.push((number, map(item)));
            number = next.fetch_add(1, SeqCst);
        }
        done
    };
    let mut results = thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || work(first))).collect();
        let mut results = Vec::with_capacity(data.len());
        for worker in workers {
            results.extend(worker.join().unwrap_or_else(|payload| panic::resume_unwind(payload)));
        }
        results
    });
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).reduce(reduce)
}
