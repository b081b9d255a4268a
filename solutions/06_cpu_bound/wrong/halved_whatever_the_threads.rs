//! Fault: the items are cut in the middle also where an odd number of threads is to share them.
//! Expect: the_shares_are_even = wrong

use std::panic;
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

    let threads = threads.min(data.len());
    (threads > 0).then(|| halve(data, threads, &map, &reduce))
}

/// The caller does the left half, another thread the right one.
fn halve<T, R, M, F>(data: &[T], threads: usize, map: &M, reduce: &F) -> R
where
    T: Sync,
    R: Send,
    M: Fn(&T) -> R + Sync,
    F: Fn(R, R) -> R + Sync,
{
    if threads == 1 {
        return data.iter().map(map).reduce(reduce).expect("each thread has an item");
    }
    let (left, right) = data.split_at(data.len() / 2);
    let (left, right) = thread::scope(|scope| {
        let right = scope.spawn(|| halve(right, threads - threads / 2, map, reduce));
        let left = halve(left, threads / 2, map, reduce);
        (left, right.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
    });
    reduce(left, right)
}
