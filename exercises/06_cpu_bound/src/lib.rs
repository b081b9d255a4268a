//! Shares out work that keeps processors busy, on data that stays where it is.

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
    let _ = (data, threads, map, reduce);
    todo!("share out the items, map them on all threads, and combine the results in order")
}
