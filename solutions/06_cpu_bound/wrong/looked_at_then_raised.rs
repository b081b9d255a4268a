//! Fault: the number of the next item is read, then raised, and two threads may get the same one.
//! Expect: each_item_once = wrong

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Maps each item of `data` and reduces what comes out of it to a single value. The work is shared
/// by `threads` threads, and done when this returns.
///
/// `map` is called once for each item. `reduce` puts two neighbouring results together, the left one
/// first. It is associative, so it does not matter which neighbours are put together earlier and
/// which later: `(a b) c` is `a (b c)`. It need not be commutative: `a b` may differ from `b a`. The
/// value returned is that of the whole of `data`, in its order. It is `None` if `data` is empty.
///
/// Exactly `threads` threads take part, or one for each item if there are fewer items. (The thread
/// that calls may be one of them, or it may sleep.) They map at the same time, none is left without
/// an item, and none gets more than its share: never more items than the others, give or take one,
/// unless it has been quicker. So with `map` alone to pay for, and items that all cost the same, 10
/// items take 3 threads as long as 4 items take one.
///
/// # Panics
/// If `threads` is 0, before anything is mapped. If `map` or `reduce` panics, with what it panicked
/// with (if several calls do, with that of one of them), and not before all threads have ended.
pub fn parallel_map_reduce<T, R, M, F>(data: &[T], threads: usize, map: M, reduce: F) -> Option<R>
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    assert!(threads > 0, "0 threads cannot do anything");

    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.load(SeqCst);
            next.store(number + 1, SeqCst);
            let Some(item) = data.get(number) else { return done };
            done.push((number, map(item)));
        }
    };
    let mut results = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(data.len())).map(|_| scope.spawn(work)).collect();
        let mut results = Vec::with_capacity(data.len());
        for worker in workers {
            results.extend(worker.join().unwrap_or_else(|payload| panic::resume_unwind(payload)));
        }
        results
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).reduce(reduce)
}
