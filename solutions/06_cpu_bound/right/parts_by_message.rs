//! Make: each thread sends its part, or the payload of its panic, together with its number, and the caller sorts the parts.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
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
    let (tell, told) = mpsc::channel();
    let mut parts: Vec<(usize, thread::Result<R>)> = thread::scope(|scope| {
        for number in 0..threads {
            let (tell, map, reduce) = (tell.clone(), &map, &reduce);
            let [from, to] = [number, number + 1].map(|end| end * data.len() / threads);
            scope.spawn(move || {
                let part = || data[from..to].iter().map(map).reduce(reduce);
                let part = panic::catch_unwind(AssertUnwindSafe(part));
                let part = part.map(|part| part.expect("no part is empty"));
                tell.send((number, part)).expect("the caller listens");
            });
        }
        drop(tell);
        told.iter().collect()
    });
    parts.sort_unstable_by_key(|(number, _)| *number);
    parts
        .into_iter()
        .map(|(_, part)| part.unwrap_or_else(|payload| panic::resume_unwind(payload)))
        .reduce(reduce)
}
