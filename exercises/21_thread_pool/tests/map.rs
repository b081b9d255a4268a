//! What `map` makes of many items.

use probe as _; // Names the checks that hang at your desk.
use std::fmt::Debug;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use thread_pool::{Exception, FutureError, SubmitError, ThreadPoolExecutor};

/// A pool of two works on three items; nobody knows how many there are until the last is read. The
/// first can only be done when the second is, and the second panics. The results must be in the order
/// of the items all the same, with the panic in its place and nowhere else. Then there are items that
/// wait for the main thread: `map` must return without waiting for them.
///
/// Even if the caller does not look at a single result, everything must be done. No items give no
/// results. And the results of one `map` may be the items of another, in the same pool.
#[test]
fn map_keeps_the_order() {
    let pool = ThreadPoolExecutor::new(2);
    let (tell, told) = mpsc::channel();
    let (tell, told) = (Mutex::new(tell), Mutex::new(told));
    let task = move |item: usize| {
        match item {
            1 => told.lock().unwrap().recv().expect("the second item comes"),
            2 => tell.lock().unwrap().send(()).expect("the first item waits"),
            _ => {}
        }
        assert_ne!(item, 2, "item 2, on purpose");
        10 * item
    };
    // For all that this iterator says of itself, it may have as many items as there are numbers.
    let items = (1..usize::MAX).take_while(|&item| item < 4);
    let results = pool.map(task, items).expect("the pool takes work");
    let results: Vec<_> = results.collect();
    let [Ok(10), Err(FutureError::Failed(Exception::Panicked(message))), Ok(30)] = &results[..]
    else {
        panic!("the results of 1, 2 and 3 should be 10, a panic, and 30; they are {results:?}");
    };
    assert!(message.contains("item 2, on purpose"), "the panic of item 2 said: {message}");
    assert!(pool.map(|item: u32| item, []).expect("the pool takes work").next().is_none());

    let calls = Arc::new(AtomicUsize::new(0));
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let count = {
        let calls = Arc::clone(&calls);
        move |item: u32| {
            // Nothing is ever sent: this ends when the other side is dropped.
            let _ = told.lock().unwrap().recv();
            calls.fetch_add(1, SeqCst);
            item + 1
        }
    };
    let first = pool.map(count, [1, 2]).expect("the pool takes work");
    drop(tell);
    let items = first.map(|result| result.expect("no item panics"));
    let second = pool.map(|item| item * item, items).expect("the pool takes work");
    pool.shutdown(true, false);
    assert_eq!(calls.load(SeqCst), 2, "items worked on when the pool was shut down");
    let squares: Vec<_> = second.collect();
    assert_eq!(squares, [Ok(4), Ok(9)], "the squares of 1 + 1 and 2 + 1");
    let refused = pool.map(|item: u32| item, [1]).err();
    assert_eq!(refused, Some(SubmitError::ShutDown), "map() after shutdown()");
}

/// A pool is shut down at the moment when `map` reads the second of two items, and then another
/// pool while `map_timeout` does. So the pool does not accept both items, and the caller must be
/// told: there is no such thing as half a `map`.
///
/// Whoever gets one result for two items may never notice.
#[test]
fn map_is_refused_half_way() {
    for timed in [false, true] {
        let pool = ThreadPoolExecutor::new(1);
        let items = [1, 2].into_iter().inspect(|&item| {
            if item == 2 {
                pool.shutdown(false, false);
            }
        });
        let task = |item: u32| item;
        let refused = if timed {
            pool.map_timeout(task, items, Duration::MAX).err()
        } else {
            pool.map(task, items).err()
        };
        assert_eq!(refused, Some(SubmitError::ShutDown), "map(), shut down at the second item");
    }
}

/// A pool of one thread is busy when `map` is given 1,100 items, one of which makes the task panic.
/// `map` must return before any of them can be begun. When the thread is free again, it must work
/// on the items in their order, and each result must be in its place, with the panic in its place
/// and nowhere else.
///
/// There is no bound on what a pool accepts. What has room for a thousand tasks works until the day
/// of the great rain, and then the caller waits.
#[test]
fn a_thousand_items() {
    const ITEMS: u32 = 1_100;
    let pool = ThreadPoolExecutor::new(1);
    let (go, may_go) = mpsc::channel::<()>();
    // Nothing is ever sent: this ends when the other side is dropped.
    let busy = pool.submit(move || may_go.recv().is_err()).expect("the pool takes work");
    let order = Arc::new(Mutex::new(Vec::new()));
    let task = {
        let order = Arc::clone(&order);
        move |item: u32| {
            order.lock().unwrap().push(item);
            assert_ne!(item, 700, "on purpose");
            item
        }
    };
    let results = pool.map(task, 0..ITEMS).expect("the pool takes work");
    drop(go);
    for (item, result) in (0..).zip(results) {
        if item == 700 {
            assert!(result.is_err(), "the result of item 700, which makes the task panic");
        } else {
            assert_eq!(result, Ok(item), "the result of item {item}");
        }
    }
    assert_eq!(busy.result(), Ok(true), "the task that kept the thread busy");
    let order = order.lock().unwrap();
    assert_eq!(order.len(), ITEMS as usize, "calls made for 1,100 items");
    assert!(order.is_sorted(), "the order in which the items were worked on: {order:?}");
}

/// A pool of one thread works on the first of three items when it is shut down with
/// `cancel_futures`. So the second and the third are cancelled, and each of them must say so in its
/// place.
///
/// Whoever gets one result for three items cannot know which one it is.
#[test]
fn a_cancelled_item_keeps_its_place() {
    let pool = ThreadPoolExecutor::new(1);
    let (begin, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let (begin, may_go) = (Mutex::new(begin), Mutex::new(may_go));
    let task = move |item: u32| {
        begin.lock().unwrap().send(()).expect("the main thread listens");
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go.lock().unwrap().recv();
        item
    };
    let results = pool.map(task, [1, 2, 3]).expect("the pool takes work");
    has_begun.recv().expect("the first call begins");
    pool.shutdown(false, true);
    drop(go);
    let results: Vec<_> = results.collect();
    let cancelled = || Err(FutureError::Cancelled);
    assert_eq!(results, [Ok(1), cancelled(), cancelled()], "the results of 1, 2 and 3");
}

/// A pool of one thread works on the first of three items when the results are dropped, once as
/// usual and once by a panic. What has begun must come to its end, and the two other calls must
/// never be made: nobody will ask for their results.
///
/// A search that stops at the first hit should not read the other ten thousand files.
#[test]
fn dropped_results_cancel_the_rest() {
    for by_a_panic in [false, true] {
        let pool = ThreadPoolExecutor::new(1);
        let calls = Arc::new(AtomicUsize::new(0));
        let (begin, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let (begin, may_go) = (Mutex::new(begin), Mutex::new(may_go));
        let task = {
            let calls = Arc::clone(&calls);
            move |_: u32| {
                calls.fetch_add(1, SeqCst);
                // The later calls have nobody to tell.
                let _ = begin.lock().unwrap().send(());
                // Nothing is ever sent: this ends when the other side is dropped.
                let _ = may_go.lock().unwrap().recv();
            }
        };
        let results = pool.map(task, [1, 2, 3]).expect("the pool takes work");
        has_begun.recv().expect("the first call begins");
        let panicked = panic::catch_unwind(AssertUnwindSafe(move || {
            let _results = results;
            assert!(!by_a_panic, "on purpose");
        }));
        assert_eq!(panicked.is_err(), by_a_panic, "the results were dropped by a panic");
        drop(go);
        pool.shutdown(true, false);
        assert_eq!(
            calls.load(SeqCst),
            1,
            "calls made, when the results were dropped during the first"
        );
    }
}

/// A pool of one thread is busy when `map_timeout` is called with three items and a timeout of zero.
/// Two results are asked for, and must be `TimedOut`. Then the results are dropped, and the thread is
/// free again. No call had begun, so none may be made, not even a late one: nobody will ask for the
/// results. In a second round they are kept: then all calls must be made.
///
/// A search that was given up should not go on, least of all where it was slow. And one that is
/// only late has not been given up.
#[test]
fn a_late_call_is_cancelled_too() {
    for kept in [false, true] {
        let pool = ThreadPoolExecutor::new(1);
        let calls = Arc::new(AtomicUsize::new(0));
        let (go, may_go) = mpsc::channel::<()>();
        // Nothing is ever sent: this ends when the other side is dropped.
        let busy = pool.submit(move || may_go.recv().is_err()).expect("the pool takes work");
        let task = {
            let calls = Arc::clone(&calls);
            move |_: u32| {
                calls.fetch_add(1, SeqCst);
            }
        };
        let results = pool.map_timeout(task, [1, 2, 3], Duration::ZERO);
        let mut results = results.expect("the pool takes work");
        assert_eq!(results.next(), Some(Err(FutureError::TimedOut)), "the first result");
        assert_eq!(results.next(), Some(Err(FutureError::TimedOut)), "the second result");
        let kept_results = kept.then_some(results);
        drop(go);
        pool.shutdown(true, false);
        assert_eq!(busy.result(), Ok(true), "the task that kept the thread busy");
        let calls = calls.load(SeqCst);
        if kept_results.is_some() {
            assert_eq!(calls, 3, "calls made, when the results were late but not dropped");
        } else {
            assert_eq!(calls, 0, "calls made after the results were dropped");
        }
    }
}

/// How long a tick of the check below is: an odd length, so that no thread that looks again every
/// millisecond is on time by chance.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// The time that has passed, in microseconds.
fn micros(since: Instant) -> u128 {
    since.elapsed().as_micros()
}

/// A number of ticks, in microseconds.
fn ticks(number: u32) -> u128 {
    (number * TICK).as_micros()
}

/// Sleeps for a tick, and says whether the clock is exact. The grader's is. Any other clock shows by
/// this very sleep that it is not, and then no thread is to blame for being late: a machine may be as
/// slow as it likes.
fn clock_is_exact() -> bool {
    let slept_at = Instant::now();
    thread::sleep(TICK);
    slept_at.elapsed() == TICK
}

/// Checks what was found at a certain tick, if the clock is `exact`.
#[track_caller]
fn check<T: PartialEq + Debug>(exact: bool, found: T, expected: T, what: &str) {
    assert!(found == expected || !exact, "{what}: {found:?}, but it should be {expected:?}");
}

/// Two items that take their time: there is a tick before anything comes, and one before each of them.
struct SlowItems;

impl IntoIterator for SlowItems {
    type Item = u32;
    type IntoIter = Box<dyn Iterator<Item = u32>>;

    fn into_iter(self) -> Self::IntoIter {
        thread::sleep(TICK);
        Box::new([7, 1].into_iter().inspect(|_| thread::sleep(TICK)))
    }
}

/// `map_timeout` has a limit of a few ticks (a tick is 100 ms, or 100,000 µs). It must be one limit
/// for all results together, counted from the call, so the time that the items take to come must
/// count, too. When it is up, results that are there must still be handed out, and each of the
/// others must be reported as `TimedOut`.
///
/// A page of forty pictures with a timeout of one second may take a second, but not forty.
#[test]
fn map_has_one_time_limit() {
    let exact = clock_is_exact();
    let pool = ThreadPoolExecutor::new(1);
    let nap = |ticks: u32| {
        thread::sleep(ticks * TICK);
        ticks
    };
    let late = || Some(Err(FutureError::TimedOut));
    let clock = Instant::now();
    let mut results = pool.map_timeout(nap, [2, 2], 3 * TICK).expect("the pool takes work");
    let mut next = || (results.next(), micros(clock));
    check(exact, next(), (Some(Ok(2)), ticks(2)), "(result, time in µs), done after 2 ticks");
    check(
        exact,
        next(),
        (late(), ticks(3)),
        "(result, time in µs), with a limit of 3 ticks, not done before tick 4",
    );
    check(exact, next(), (None, ticks(3)), "(nothing, time in µs), after both items");
    let mut results = pool.map_timeout(nap, [1, 6], 3 * TICK).expect("the pool takes work");
    check(
        exact,
        micros(clock),
        ticks(3),
        "time in µs when map_timeout() returned, called at tick 3",
    );
    thread::sleep(4 * TICK);
    let mut next = || (results.next(), micros(clock));
    check(
        exact,
        next(),
        (Some(Ok(1)), ticks(7)),
        "(result, time in µs), done before it was asked for",
    );
    check(
        exact,
        next(),
        (late(), ticks(7)),
        "(result, time in µs), asked for after the time was up",
    );
    let mut results = pool.map_timeout(nap, [0], Duration::MAX).expect("the pool takes work");
    assert_eq!(results.next(), Some(Ok(0)), "the result, with all the time there is");

    let moment = Duration::from_micros(300);
    let nap_briefly = move |_: u32| thread::sleep(moment);
    let results = pool.map_timeout(nap_briefly, [1, 2], 3 * moment).expect("the pool takes work");
    check(
        exact,
        results.collect(),
        vec![Ok(()), Ok(())],
        "the results of two calls of 300 µs each, one after the other, with a limit of 900 µs",
    );

    let pool = ThreadPoolExecutor::new(2);
    let clock = Instant::now();
    let mut results = pool.map_timeout(nap, SlowItems, 5 * TICK).expect("the pool takes work");
    check(exact, micros(clock), ticks(3), "time in µs when map_timeout() had read all items");
    let mut next = || (results.next(), micros(clock));
    check(
        exact,
        next(),
        (late(), ticks(5)),
        "(result, time in µs), with a limit of 5 ticks, not done before tick 9",
    );
    check(exact, next(), (Some(Ok(1)), ticks(5)), "(result, time in µs), done at tick 4");
    check(exact, next(), (None, ticks(5)), "(nothing, time in µs), after both items");
}
