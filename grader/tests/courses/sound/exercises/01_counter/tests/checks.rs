use counter::Counter;
use std::thread;

/// Counts two hits of one thread.
#[test]
fn counts() {
    let counter = Counter::default();
    counter.hit();
    counter.hit();
    assert_eq!(counter.hits(), 2);
}

/// Two threads hit at the same time, and both hits count.
#[test]
fn no_hit_is_lost() {
    let counter = Counter::default();
    thread::scope(|threads| {
        threads.spawn(|| counter.hit());
        threads.spawn(|| counter.hit());
    });
    assert_eq!(counter.hits(), 2, "hits");
}
