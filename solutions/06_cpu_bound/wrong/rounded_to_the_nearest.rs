//! Fault: parts of a size that is rounded to the nearest number are now too small, now too large.
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

    let (map, reduce) = (&map, &reduce);
    thread::scope(|scope| {
        let parts: Vec<_> = split(data, threads)
            .into_iter()
            .map(|part| scope.spawn(move || part.iter().map(map).reduce(reduce)))
            .collect();
        // In the order of the parts, whoever is done first.
        parts
            .into_iter()
            .filter_map(|part| part.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
            .reduce(reduce)
    })
}

/// Cuts `data` into as many parts as there are threads, or as there are items.
fn split<T>(data: &[T], threads: usize) -> Vec<&[T]> {
    let takers = threads.min(data.len());
    if takers == 0 {
        return Vec::new();
    }
    let size = (data.len() + takers / 2) / takers;
    let mut parts = Vec::new();
    let mut rest = data;
    for _ in 1..takers {
        let (part, others) = rest.split_at(size.min(rest.len()));
        parts.push(part);
        rest = others;
    }
    parts.push(rest);
    parts
}
