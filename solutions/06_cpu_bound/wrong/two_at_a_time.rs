//! Fault: the threads serve themselves with two items at a time, and for the last two one thread is too many.
//! Expect: the_shares_are_even = wrong

use std::panic;
use std::sync::Mutex;
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

    // Half as many visits to the lock.
    let size = if data.len() >= 2 * threads.min(data.len()) { 2 } else { 1 };
    let chunks = Mutex::new(data.chunks(size).enumerate());
    let next = || chunks.lock().expect("nobody panics with the lock").next();
    let (map, reduce, next) = (&map, &reduce, &next);
    let mut parts: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.min(data.len()))
            .map(|_| {
                scope.spawn(move || {
                    let mut done = Vec::new();
                    while let Some((index, chunk)) = next() {
                        done.push((index, chunk.iter().map(map).reduce(reduce)));
                    }
                    done
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| {
                thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
            })
            .collect()
    });
    parts.sort_unstable_by_key(|(index, _)| *index);
    parts.into_iter().filter_map(|(_, part)| part).reduce(reduce)
}
