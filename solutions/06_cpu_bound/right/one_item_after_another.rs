//! Make: the threads share the index of the next item; the results carry their indices and are sorted by index.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Maps each item of `data` and reduces the results to a single value. The work is shared by
/// `threads` threads, and is done when this returns.
///
/// `map` is called once for each item. `reduce` combines two neighbouring results, the left one
/// first. It is associative, so it does not matter which neighbours are combined earlier and which
/// later: `(a b) c` is `a (b c)`. It need not be commutative: `a b` may differ from `b a`. The
/// value returned is that of all of `data`, combined in its order. It is `None` if `data` is empty.
///
/// Exactly `threads` threads take part, or one for each item if there are fewer items. (The calling
/// thread may be one of them, or it may sleep, and combine what the others return.) They map at the
/// same time, none is left without an item, and none gets more than its share: at most one item
/// more than any other thread, unless it is quicker. So if only `map` takes time, and the same time
/// for each item, 3 threads take as long for 10 items as one thread takes for 4. A thread that
/// waits for others sleeps until one of them wakes it, and needs no timeout.
///
/// # Panics
/// If `threads` is 0, before anything is mapped. If `map` or `reduce` panics, with the same payload
/// (if several calls panic, with that of one of them), and only after all calls of both have ended.
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
