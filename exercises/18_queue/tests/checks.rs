//! How items go into a queue and come out: in order, within bounds, by blocking or with a timeout.

use queue::{GetError, LifoQueue, NothingUnfinished, PriorityQueue, PutError, Queue};
use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with a queue.
fn start<Q, R>(queue: &Arc<Q>, work: impl FnOnce(&Q) -> R + Send + 'static) -> JoinHandle<R>
where
    Q: Send + Sync + 'static,
    R: Send + 'static,
{
    let queue = Arc::clone(queue);
    thread::spawn(move || work(&queue))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the queue should not have panicked")
}

/// One thread puts letters into a queue with room for two and takes them out again. They must come
/// out in the order in which they went in; the queue must say how full it is; and a refused item must
/// come back and leave the queue as it was. A queue of size 0 accepts any number of items, and one with
/// room for more than anybody needs has room for two.
#[test]
fn first_in_first_out() {
    let queue = Queue::new(2);
    let looks = |queue: &Queue<_>| (queue.qsize(), queue.empty(), queue.full());
    assert_eq!(looks(&queue), (0, true, false), "(qsize, empty, full) of a new queue");
    assert_eq!(queue.try_get(), Err(GetError::Empty), "try_get() from an empty queue");

    assert_eq!(queue.try_put("a"), Ok(()), "try_put() with room for two");
    assert_eq!(looks(&queue), (1, false, false), "(qsize, empty, full) with one of two");
    assert_eq!(queue.put("b"), Ok(()), "put() with room for one");
    assert_eq!(looks(&queue), (2, false, true), "(qsize, empty, full) with two of two");
    assert_eq!(queue.try_put("c"), Err(PutError::Full("c")), "try_put() into a full queue");
    assert_eq!(looks(&queue), (2, false, true), "a refused item should leave no trace");
    let put_errors = [PutError::Full("c"), PutError::ShutDown("c")].map(|why| why.to_string());
    let get_errors = [GetError::Empty, GetError::ShutDown].map(|why| why.to_string());
    for words in put_errors.iter().chain(&get_errors) {
        assert!(!words.is_empty(), "an error should say in words what went wrong");
    }

    assert_eq!(queue.get(), Ok("a"), "the first item should come out first");
    assert_eq!(queue.try_put("d"), Ok(()), "try_put() with room for one");
    assert_eq!([queue.try_get(), queue.get()], [Ok("b"), Ok("d")], "the rest, in order");
    assert_eq!(looks(&queue), (0, true, false), "(qsize, empty, full) when all is out");

    // Of the second and third bound little is left in a type that is too small for them.
    let half = 1 << (usize::BITS / 2);
    for room in [usize::MAX, half + 1, usize::MAX / 2 + 2] {
        let vast = Queue::new(room);
        assert_eq!(vast.put("a"), Ok(()), "put() with room for {room} items");
        assert_eq!(looks(&vast), (1, false, false), "(qsize, empty, full) with one of {room}");
        assert_eq!(vast.try_put("b"), Ok(()), "try_put() with room for {room} items, one is there");
    }

    let boundless = Queue::new(0);
    for n in 0..20 {
        assert_eq!(boundless.try_put(n), Ok(()), "a queue of size 0 has no bound");
    }
    assert!(!boundless.full(), "a queue without a bound is never full");
    for n in 0..20 {
        assert_eq!(boundless.try_get(), Ok(n), "in order, even without a bound");
    }
}

/// The same for the other two kinds: a `LifoQueue` hands out the item that came last, a `PriorityQueue`
/// the least item, whenever it came. They must keep to their bounds, too.
#[test]
fn newest_or_least_first() {
    let newest = LifoQueue::new(3);
    for n in [1, 2, 3] {
        assert_eq!(newest.try_put(n), Ok(()), "a LifoQueue with room for three");
    }
    assert_eq!(newest.try_put(4), Err(PutError::Full(4)), "a full LifoQueue");
    assert_eq!(newest.get(), Ok(3), "the newest of 1, 2, 3");
    assert_eq!(newest.put(5), Ok(()), "a LifoQueue with room for one");
    assert_eq!([newest.get(), newest.get(), newest.try_get()], [Ok(5), Ok(2), Ok(1)]);
    assert_eq!(newest.try_get(), Err(GetError::Empty), "an empty LifoQueue");

    let least = PriorityQueue::new(4);
    for n in [6, 2, 8, 2] {
        assert_eq!(least.try_put(n), Ok(()), "a PriorityQueue with room for four");
    }
    assert_eq!(least.try_put(1), Err(PutError::Full(1)), "a full PriorityQueue");
    assert_eq!((least.qsize(), least.full()), (4, true), "(qsize, full) with four of four");
    assert_eq!([least.get(), least.get()], [Ok(2), Ok(2)], "the least of 6, 2, 8, 2, twice");
    assert_eq!(least.put(7), Ok(()), "a PriorityQueue with room for two");
    assert_eq!([least.get(), least.get(), least.try_get()], [Ok(6), Ok(7), Ok(8)]);
    assert_eq!(least.try_get(), Err(GetError::Empty), "an empty PriorityQueue");

    let (newest, least) = (LifoQueue::new(0), PriorityQueue::new(0));
    for n in (0..100).map(|n| n * 37 % 100) {
        assert_eq!((newest.put(n), least.put(n)), (Ok(()), Ok(())), "queues without a bound");
    }
    for n in 0..100 {
        assert_eq!(
            newest.get(),
            Ok((99 - n) * 37 % 100),
            "the newest of a hundred, or of the rest"
        );
        assert_eq!(least.get(), Ok(n), "the least of a hundred, or of the rest");
    }
}

/// A queue with room for one is full, and two threads wait to put something in. Each `put` may return
/// only after the main thread has begun to take an item out to make room for it. The main thread takes
/// three items, and checks before each.
///
/// The bound is there to slow down producers that are too fast. If it leaks, memory fills up; if a
/// waiting thread is forgotten, its work is never done.
#[test]
fn never_above_maxsize() {
    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(0), Ok(()), "put() into an empty queue");
    let returned = Arc::new(AtomicUsize::new(0));
    let putters = [1, 2].map(|item| {
        let returned = Arc::clone(&returned);
        start(&queue, move |queue| {
            let outcome = queue.put(item);
            returned.fetch_add(1, SeqCst);
            outcome
        })
    });

    let mut got = Vec::new();
    for taken in 0..3 {
        let (put, size) = (returned.load(SeqCst), queue.qsize());
        assert!(put <= taken, "{put} more items were put, but {taken} taken: the queue was full");
        assert!(size <= 1, "a queue with room for one says that it holds {size}");
        got.push(queue.get().expect("an item comes, and nobody shuts the queue down"));
    }
    assert_eq!(putters.map(finish), [Ok(()), Ok(())], "each put() should have found room");
    assert_eq!(got[0], 0, "the item that was there first");
    got.sort();
    assert_eq!(got, [0, 1, 2], "each item should have come out once");
}

/// The main thread puts 1, 2 and 3, and meanwhile two threads take one item each. When they are done,
/// the rest is taken out. Each item must come out exactly once, and the items must leave in the order
/// in which they were put, no matter who takes them: the two threads must have got 1 and 2.
///
/// A lost item is an order that is never shipped. An item that overtakes another is a cancellation that
/// comes before its order.
#[test]
fn nothing_lost_nothing_twice() {
    let queue = Arc::new(Queue::new(3));
    let getters = [0, 1].map(|_| start(&queue, Queue::get));
    assert_eq!([1, 2, 3].map(|item| queue.put(item)), [Ok(()); 3], "room for three");
    let mut taken = getters.map(|getter| finish(getter).expect("three items, two getters"));
    taken.sort();
    assert_eq!(queue.qsize(), 1, "what is left of three items, when two were taken");
    assert_eq!((taken, queue.try_get()), ([1, 2], Ok(3)), "what two took, and what was left");
    assert_eq!(queue.try_get(), Err(GetError::Empty), "nothing else was put");
}

/// Sleeps for a little over 20 ms, so that a thread that looks every millisecond is not in time by chance.
/// Returns how late a thread may be here. On the grader's exact clock that is not at all, and months
/// of sleep cost nothing, except to a thread that looks again every now and then. Any other clock
/// shows by this very sleep that it is not exact, and there lateness is no fault of the queue's: a
/// machine may be as slow as it likes.
fn nap() -> Duration {
    let length = Duration::from_nanos(20_000_123);
    let slept_at = Instant::now();
    thread::sleep(length);
    if slept_at.elapsed() > length {
        return Duration::MAX;
    }
    thread::sleep(MONTHS);
    Duration::ZERO
}

/// On an exact clock months pass at once, unless a thread wakes up every now and then.
const MONTHS: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// The longest timeout there is. No clock can hold its end, so it must simply never run out.
const EVER: Duration = Duration::MAX;

/// A thread waits in `get` for an item, and then one in `put` for room. Each must continue at the very
/// moment it can. Meanwhile others are served: a caller that does not want to wait, or has no time for it,
/// is refused at once.
fn goes_on_at_once(
    get: fn(&Queue<u32>) -> Result<u32, GetError>,
    put: fn(&Queue<u32>, u32) -> Result<(), PutError<u32>>,
) {
    let queue = Arc::new(Queue::new(1));

    let getter = start(&queue, move |queue| (get(queue), Instant::now()));
    let tolerance = nap();
    let (tried, lasted) = timed(|| queue.try_get());
    assert_eq!(tried, Err(GetError::Empty), "try_get() while another thread waits");
    assert!(lasted <= tolerance, "try_get() took {lasted:?}, although it should not wait");
    let tried = queue.get_timeout(Duration::ZERO);
    assert_eq!(tried, Err(GetError::Empty), "get_timeout() with no time at all");
    let came = Instant::now();
    assert_eq!(queue.try_put(1), Ok(()), "try_put() into an empty queue");
    let (got, at) = finish(getter);
    assert_eq!(got, Ok(1), "what the waiting getter was given");
    let late = at.saturating_duration_since(came);
    assert!(late <= tolerance, "the getter went on {late:?} after the item had come");

    assert_eq!(queue.put(2), Ok(()), "put() into an empty queue");
    let putter = start(&queue, move |queue| (put(queue, 3), Instant::now()));
    let tolerance = nap();
    let (tried, lasted) = timed(|| queue.try_put(4));
    assert_eq!(tried, Err(PutError::Full(4)), "try_put() while another thread waits");
    assert!(lasted <= tolerance, "try_put() took {lasted:?}, although it should not wait");
    let tried = queue.put_timeout(4, Duration::ZERO);
    assert_eq!(tried, Err(PutError::Full(4)), "put_timeout() with no time at all");
    let left = Instant::now();
    assert_eq!(queue.try_get(), Ok(2), "try_get() from a full queue");
    let (put, at) = finish(putter);
    assert_eq!(put, Ok(()), "what became of the waiting putter");
    let late = at.saturating_duration_since(left);
    assert!(late <= tolerance, "the putter went on {late:?} after an item had left");
    assert_eq!(queue.try_get(), Ok(3), "what the waiting putter put");
}

/// A thread waits for an item, then one for room, and at the end one in `join`. Each must continue
/// at the very moment it can, and sleep until then. Meanwhile a caller that does not want to wait,
/// or has no time for it, must be refused at once. In between, two threads wait for room, and two
/// items leave one right after the other: both threads must continue.
///
/// A thread that asks in a loop, or looks again every now and then, does not sleep.
#[test]
fn a_blocked_thread_sleeps() {
    goes_on_at_once(Queue::get, Queue::put);

    let queue = Arc::new(Queue::new(2));
    assert_eq!([queue.put(5), queue.put(6)], [Ok(()), Ok(())], "room for two");
    let putters = [7, 7].map(|item| start(&queue, move |queue| queue.put(item)));
    nap();
    assert_eq!([queue.get(), queue.get()], [Ok(5), Ok(6)], "two items, two gets");
    assert_eq!(putters.map(finish), [Ok(()), Ok(())], "room for two, two waiting putters");

    assert_eq!([(); 3].map(|()| queue.task_done()), [Ok(()); 3], "four items were put");
    let joiner = start(&queue, |queue| {
        queue.join();
        Instant::now()
    });
    let tolerance = nap();
    let done = Instant::now();
    assert_eq!(queue.task_done(), Ok(()), "four items were put");
    let late = finish(joiner).saturating_duration_since(done);
    assert!(late <= tolerance, "join() returned {late:?} after the last task was done");
}

/// A thread waits for an item, then another for room, each with the longest timeout there is. Each
/// must continue at the very moment it can, and sleep until then. Meanwhile a caller that does not
/// want to wait must be refused at once. Then one thread waits for an item and one for room when
/// their queues are shut down: both must return `ShutDown` at once.
///
/// The reason they get nothing is the shutdown, and not that their time is over.
#[test]
fn who_has_a_limit_sleeps_too() {
    goes_on_at_once(|queue| queue.get_timeout(EVER), |queue, item| queue.put_timeout(item, EVER));

    let (empty, full) = (Arc::new(Queue::<u32>::new(0)), Arc::new(Queue::new(1)));
    assert_eq!(full.put(1), Ok(()), "put() into an empty queue");
    let getter = start(&empty, |queue| (queue.get_timeout(EVER), Instant::now()));
    let putter = start(&full, |queue| (queue.put_timeout(2, EVER), Instant::now()));
    let tolerance = nap();
    let ended = Instant::now();
    empty.shutdown(false);
    full.shutdown(false);
    let ((got, at), (put, put_at)) = (finish(getter), finish(putter));
    assert_eq!(got, Err(GetError::ShutDown), "what the waiting getter was told");
    assert_eq!(put, Err(PutError::ShutDown(2)), "what the waiting putter was told");
    let late = at.max(put_at).saturating_duration_since(ended);
    assert!(late <= tolerance, "they were told {late:?} after the shutdown");
}

/// One thread waits in `join` while another waits for room, in a full queue from which the main thread
/// takes one item. Then one waits in `join` while another waits for an item, which the main thread
/// puts. Neither event concerns `join`. So the other thread must be woken, or both wait for ever.
///
/// A notification to "one of the waiters" goes to whichever happens to be first.
#[test]
fn each_hears_its_own_news() {
    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(0), Ok(()), "put() into an empty queue");
    let joiner = start(&queue, Queue::join);
    let putter = start(&queue, |queue| queue.put(1));
    assert_eq!(queue.get(), Ok(0), "the item that was there first");
    assert_eq!(finish(putter), Ok(()), "put() by the thread that waited for room");
    assert_eq!(queue.get(), Ok(1), "the item of the thread that waited for room");
    assert_eq!([queue.task_done(), queue.task_done()], [Ok(()), Ok(())], "two items were put");
    finish(joiner);

    assert_eq!((queue.put(2), queue.get()), (Ok(()), Ok(2)), "an item that is being worked on");
    let joiner = start(&queue, Queue::join);
    let getter = start(&queue, Queue::get);
    assert_eq!(queue.put(3), Ok(()), "put() into an empty queue");
    assert_eq!(finish(getter), Ok(3), "get() by the thread that waited for an item");
    assert_eq!([queue.task_done(), queue.task_done()], [Ok(()), Ok(())], "two items were put");
    finish(joiner);
}

/// The length of a tick in the checks below. It is an odd length, so that a thread that looks again every
/// millisecond is not in time by chance, and one that sleeps whole milliseconds has much left to wait.
const TICK: Duration = Duration::from_nanos(100_987_123);

/// Runs `f` and says how long it took.
fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let began = Instant::now();
    let result = f();
    (result, began.elapsed())
}

/// Getters and putters with a timeout must give up when the time is over, no sooner and no later.
/// So must those that may be woken for nothing, because an item is put and taken back at once, or
/// taken and put back, twice; but they may succeed before that. The next waiter must be served.
/// Even with no time at all, an item or room that is there must be given.
///
/// A thread that has given up is gone. And a timeout that starts again with every wakeup is no
/// timeout: on a busy queue it never ends.
#[test]
fn timeouts_are_total() {
    // Only an exact clock can tell who is late. No thread may be early, on any clock.
    let (_, asleep) = timed(|| thread::sleep(TICK));
    let exact = asleep == TICK;
    let gave_up_after = |limit: Duration, lasted: Duration| {
        assert!(lasted >= limit, "a limit of {limit:?} was over after {lasted:?}");
        assert!(lasted == limit || !exact, "a limit of {limit:?} was over after {lasted:?}");
    };
    let had_its_way_within = |limit: Duration, lasted: Duration| {
        assert!(lasted < limit || !exact, "it succeeded after {lasted:?}; the limit was {limit:?}");
    };

    let queue = Arc::new(Queue::new(1));
    let (empty, lasted) = timed(|| queue.get_timeout(2 * TICK));
    assert_eq!(empty, Err(GetError::Empty), "get_timeout() from an empty queue");
    gave_up_after(2 * TICK, lasted);

    let getter = start(&queue, |queue| timed(|| queue.get_timeout(3 * TICK)));
    let mut taken_back = 0;
    for item in [1, 2] {
        thread::sleep(TICK);
        assert_eq!(queue.try_put(item), Ok(()), "try_put() into an empty queue");
        taken_back += usize::from(queue.try_get().is_ok());
    }
    let (got, lasted) = finish(getter);
    match got {
        Ok(_) => had_its_way_within(3 * TICK, lasted),
        Err(why) => {
            assert_eq!(why, GetError::Empty, "why the disturbed getter gave up");
            gave_up_after(3 * TICK, lasted);
        }
    }
    let left = queue.qsize();
    assert_eq!(taken_back + usize::from(got.is_ok()) + left, 2, "items accounted for, out of 2");
    while queue.try_get().is_ok() {}
    let next = start(&queue, Queue::get);
    thread::sleep(TICK);
    assert_eq!(queue.try_put(0), Ok(()), "try_put() into an empty queue");
    assert_eq!(finish(next), Ok(0), "the getter that came after the others had given up");

    assert_eq!(queue.put_timeout(3, Duration::ZERO), Ok(()), "there is room, if no time");
    let (full, lasted) = timed(|| queue.put_timeout(4, 2 * TICK));
    assert_eq!(full, Err(PutError::Full(4)), "put_timeout() into a full queue");
    gave_up_after(2 * TICK, lasted);

    let putter = start(&queue, |queue| timed(|| queue.put_timeout(5, 3 * TICK)));
    for _ in 0..2 {
        thread::sleep(TICK);
        let item = queue.try_get().expect("the queue was full");
        // Refused if the waiting putter was faster.
        let _ = queue.try_put(item);
    }
    let (put, lasted) = finish(putter);
    match put {
        Ok(()) => had_its_way_within(3 * TICK, lasted),
        Err(why) => {
            assert_eq!(why, PutError::Full(5), "why the disturbed putter gave up");
            gave_up_after(3 * TICK, lasted);
        }
    }
    assert_eq!(queue.qsize(), 1, "the queue should be full again");
    let next = start(&queue, |queue| queue.put(6));
    thread::sleep(TICK);
    assert!(queue.get_timeout(Duration::ZERO).is_ok(), "there is an item, if no time");
    assert_eq!(finish(next), Ok(()), "the putter that came after the others had given up");
}

/// Two threads wait for an item, one of them only for a moment, and two items come, perhaps just as
/// the moment is over. Then a thread waits a moment for room. The hasty thread may succeed or give up.
/// But what it reports must be true, nothing may get lost between its giving up and the item's arrival,
/// and the patient thread must succeed in any case.
///
/// Such moments are rare, so it is only the customer who finds them.
#[test]
fn a_late_timeout_loses_nothing() {
    let moment = Duration::from_millis(1);

    let queue = Arc::new(Queue::new(0));
    let hasty = start(&queue, move |queue| queue.get_timeout(moment));
    let patient = start(&queue, Queue::get);
    assert_eq!([queue.put(1), queue.put(2)], [Ok(()), Ok(())], "a queue without a bound");
    let mut items = vec![finish(patient).expect("two items came, and one other getter")];
    match finish(hasty) {
        Ok(item) => items.push(item),
        Err(why) => {
            assert_eq!(why, GetError::Empty, "why the hasty getter gave up");
            items.push(queue.try_get().expect("the item that the hasty getter did not wait for"));
        }
    }
    items.sort();
    assert_eq!(items, [1, 2], "each item should have come out once");
    assert!(queue.empty(), "nothing else was put");

    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(3), Ok(()), "put() into an empty queue");
    let hasty = start(&queue, move |queue| queue.put_timeout(4, moment));
    assert_eq!(queue.get_timeout(moment), Ok(3), "an item is there, however late it is");
    match finish(hasty) {
        Ok(()) => assert_eq!(queue.try_get(), Ok(4), "the item that the hasty putter put"),
        Err(why) => assert_eq!(why, PutError::Full(4), "the item should come back to its sender"),
    }
    assert!(queue.empty(), "nothing else was put");
}

/// A thread waits for an item or for room. At the very moment its time is up, items come, a place
/// becomes free, or the queue is shut down and emptied. What it reports must be true, whether it
/// succeeds or not. Items must come out in order, never more than there is room for; a thread that
/// comes later must be served; and nothing may be put after a shutdown.
///
/// A thread whose time is over has not left yet: others still count on it, and it must not upset what they
/// have done in the meantime.
#[test]
fn at_the_last_moment() {
    for room in [1, 2] {
        let queue = Arc::new(Queue::new(room));
        let hasty = start(&queue, |queue| queue.get_timeout(TICK));
        thread::sleep(TICK);
        let put: Vec<u32> = [1, 2].into_iter().filter(|n| queue.try_put(*n).is_ok()).collect();
        let mut out: Vec<u32> = finish(hasty).into_iter().collect();
        let size = queue.qsize();
        assert!(size <= room, "a queue with room for {room} says that it holds {size}");
        out.extend(std::iter::from_fn(|| queue.try_get().ok()));
        assert_eq!(out, put, "what came out, the hasty getter first, and what was put");
    }

    let queue = Arc::new(Queue::new(0));
    let hasty = start(&queue, |queue| queue.get_timeout(TICK));
    thread::sleep(TICK);
    assert_eq!(queue.put(1), Ok(()), "a queue without a bound");
    let taken_back = queue.try_get().is_ok();
    let patient = start(&queue, Queue::get);
    thread::sleep(TICK);
    assert_eq!(queue.put(2), Ok(()), "a queue without a bound");
    assert_eq!(finish(patient), Ok(2), "what the patient getter was given");
    assert_eq!(finish(hasty).is_ok(), !taken_back, "did the hasty getter get the other item?");

    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(0), Ok(()), "put() into an empty queue");
    let hasty = start(&queue, |queue| queue.put_timeout(1, TICK));
    thread::sleep(TICK);
    assert_eq!(queue.get(), Ok(0), "the item that was there first");
    let put_back = queue.try_put(2).is_ok();
    let patient = start(&queue, |queue| queue.put(3));
    thread::sleep(TICK);
    assert_eq!(queue.get(), Ok(if put_back { 2 } else { 1 }), "what the place was taken by");
    assert_eq!(finish(patient), Ok(()), "what became of the patient putter");
    assert_eq!(finish(hasty).is_ok(), !put_back, "did the hasty putter get the place?");

    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(0), Ok(()), "put() into an empty queue");
    let hasty = start(&queue, |queue| queue.put_timeout(1, TICK));
    thread::sleep(TICK);
    queue.shutdown(true);
    let put = finish(hasty);
    assert!(put.is_err(), "no place was free before the end, and nothing can be put after it");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the only item was dropped");
    assert_eq!(queue.try_get(), Err(GetError::ShutDown), "the only item was dropped");
}

/// Two threads wait for room, one of them with a limit, and at the very moment its time is up, one
/// place becomes free. If the thread with the limit takes it, the other one must get the next
/// place; if it gives up, the other one must get this one. Then the same with two threads that wait
/// for an item.
///
/// A thread that is told of a place and does not take it has to pass the news on. Otherwise the other one
/// sleeps beside a free place.
#[test]
fn who_gives_up_passes_it_on() {
    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(0), Ok(()), "put() into an empty queue");
    let hasty = start(&queue, |queue| queue.put_timeout(1, TICK));
    let patient = start(&queue, |queue| queue.put(2));
    thread::sleep(TICK);
    assert_eq!(queue.get(), Ok(0), "the item that was there first");
    match finish(hasty) {
        Ok(()) => assert_eq!(queue.get(), Ok(1), "the item that the hasty putter put"),
        Err(why) => assert_eq!(why, PutError::Full(1), "why the hasty putter gave up"),
    }
    assert_eq!(finish(patient), Ok(()), "what became of the patient putter");
    assert_eq!(queue.try_get(), Ok(2), "the item that the patient putter put");

    let hasty = start(&queue, |queue| queue.get_timeout(TICK));
    let patient = start(&queue, Queue::get);
    thread::sleep(TICK);
    assert_eq!(queue.put(3), Ok(()), "put() into an empty queue");
    let left = match finish(hasty) {
        Ok(item) => {
            assert_eq!(item, 3, "what the hasty getter got");
            assert_eq!(queue.put(4), Ok(()), "put() into an empty queue");
            4
        }
        Err(why) => {
            assert_eq!(why, GetError::Empty, "why the hasty getter gave up");
            3
        }
    };
    assert_eq!(finish(patient), Ok(left), "what the patient getter was given");
}

/// The main thread waits for an item, and for room, with limits from a nanosecond to nine years.
/// Each time it must give up after exactly that time. Then several threads wait with the longest
/// limits there are, from 136 years to 585 billion years. After ninety years, items and places come for
/// all of them. Each thread must get one, and none may return before that.
///
/// A limit that is counted in a number too small for it comes out as another one. If it is replaced with some
/// other time because a clock cannot hold it, the thread gives up when nobody expects it.
#[test]
fn a_limit_may_be_of_any_length() {
    // Only a clock that jumps has years to spare.
    let exact = nap().is_zero();
    let nanosecond = Duration::from_nanos(1);
    let nanoseconds = [1, 999, 1_000, 999_999, 1_000_001, 1 << 32, 1 << 58];
    // In microseconds, milliseconds or seconds, these have only zeros in their last 16 or 32 bits.
    let limits = nanoseconds.map(Duration::from_nanos).into_iter();
    let limits = limits.chain([1 << 16, 1 << 32].map(Duration::from_micros));
    let limits = limits.chain([1 << 16, 1 << 32].map(Duration::from_millis));
    let limits = limits.chain([1 << 16].map(Duration::from_secs));
    let (empty, full) = (Queue::<u32>::new(1), Queue::new(1));
    assert_eq!(full.put(1), Ok(()), "put() into an empty queue");
    for limit in limits.filter(|limit| exact || limit.as_secs() == 0) {
        let (got, lasted) = timed(|| empty.get_timeout(limit));
        assert_eq!(got, Err(GetError::Empty), "get_timeout({limit:?}) from an empty queue");
        assert!(lasted == limit || !exact, "get_timeout({limit:?}) gave up after {lasted:?}");
        let (put, lasted) = timed(|| full.put_timeout(2, limit));
        assert_eq!(put, Err(PutError::Full(2)), "put_timeout({limit:?}) into a full queue");
        assert!(lasted == limit || !exact, "put_timeout({limit:?}) gave up after {lasted:?}");
    }

    let longest = [
        Duration::from_secs(1 << 32),
        Duration::from_nanos(1 << 63),
        Duration::from_nanos(u64::MAX) + nanosecond,
        Duration::from_micros(u64::MAX) + 1_000 * nanosecond,
        Duration::from_millis(u64::MAX) + 1_000_000 * nanosecond,
        Duration::MAX - nanosecond,
    ];
    let (empty, full) = (Arc::new(empty), Arc::new(full));
    let getters = longest.map(|limit| {
        (limit, start(&empty, move |queue| (queue.get_timeout(limit), Instant::now())))
    });
    let putters = longest.map(|limit| {
        (limit, start(&full, move |queue| (queue.put_timeout(2, limit), Instant::now())))
    });
    let years = if exact { 90 } else { 0 };
    thread::sleep(Duration::from_secs(years * 365 * 24 * 60 * 60));
    let came = Instant::now();
    for _ in longest {
        assert_eq!(empty.put(3), Ok(()), "put(), while others get");
        assert!(full.get().is_ok(), "get(), while others put");
    }
    for (limit, getter) in getters {
        let (got, at) = finish(getter);
        assert_eq!(got, Ok(3), "get_timeout({limit:?}) when an item came, ninety years later");
        assert!(at >= came, "get_timeout({limit:?}) returned before there was an item");
    }
    for (limit, putter) in putters {
        let (put, at) = finish(putter);
        assert_eq!(put, Ok(()), "put_timeout({limit:?}) when room came, ninety years later");
        assert!(at >= came, "put_timeout({limit:?}) returned before there was room");
    }
}

/// 65,536 items are put into a queue with room for as many: there must be room for each, and none for one
/// more. All of them are unfinished, so `task_done` must be accepted. Then the queue is shut down,
/// `immediate`: all the items are dropped, and `join` has nothing to wait for.
///
/// What has room for a thousand, or counts in 8 or 16 bits, works for years, until the day when
/// nobody comes to work.
#[test]
fn a_great_many_items() {
    let queue = Queue::new(65_536);
    let put = (0..65_536).take_while(|item| queue.put(*item).is_ok()).count();
    assert_eq!(put, 65_536, "items that were put into a queue with room for 65,536");
    assert_eq!(queue.try_put(1), Err(PutError::Full(1)), "try_put() into a full queue");
    assert_eq!((queue.qsize(), queue.full()), (65_536, true), "(qsize, full) of a full queue");
    assert_eq!(queue.task_done(), Ok(()), "65,536 items are unfinished");
    queue.shutdown(true);
    assert_eq!(queue.qsize(), 0, "items in the queue after an immediate shutdown");
    queue.join();
}

/// A hundred thousand items are put into a `Queue` and as many into a `LifoQueue`. Then both are shut down,
/// `immediate`: all the items must be dropped. Then the same again, and the queues are dropped with
/// the items in them. The threads here have small stacks, as threads often do.
///
/// What is dropped item by item, each inside the one before, needs a stack as high as the pile.
#[test]
fn a_tall_pile() {
    let (line, pile) = (Queue::new(0), LifoQueue::new(0));
    let put = (0..100_000).all(|n| line.put(n).is_ok() && pile.put(n).is_ok());
    assert!(put, "two queues without a bound, and one of 100,000 items was refused");
    line.shutdown(true);
    pile.shutdown(true);
    assert_eq!((line.qsize(), pile.qsize()), (0, 0), "items left after an immediate shutdown");
    line.join();
    pile.join();

    // These two have all their items in them
    // when they are dropped, at the end.
    let (line, pile) = (Queue::new(0), LifoQueue::new(0));
    let put = (0..100_000).all(|n| line.put(n).is_ok() && pile.put(n).is_ok());
    assert!(put, "two queues without a bound, and one of 100,000 items was refused");
}

/// 256 threads wait for an item in one queue, then for room in another, and then for all the tasks of that one
/// to be done. All of them must continue when 256 items have come, when 256 have left, and when the last
/// task is done.
///
/// It does not matter how many threads wait. What has room for 64 of them, or counts them in 8 bits, works
/// for years, until the day when everybody comes.
#[test]
fn hundreds_wait() {
    let (first, second) = (Arc::new(Queue::new(256)), Arc::new(Queue::new(256)));
    assert!((0..256).all(|item| second.put(item).is_ok()), "a queue with room for 256");
    let threads = [(); 256].map(|()| {
        let second = Arc::clone(&second);
        start(&first, move |first| {
            let item = first.get();
            let put = second.put(999);
            second.join();
            (item, put)
        })
    });
    let exact = nap().is_zero();
    let put = probe::uninterrupted(|| (0..256).all(|item| first.put(item).is_ok()));
    assert!(put, "a queue with room for 256, and one of 256 items was refused");
    nap();
    assert!(
        first.empty() || !exact,
        "256 items were put for 256 waiting getters, but some were never taken"
    );
    let got = probe::uninterrupted(|| (0..256).all(|item| second.get() == Ok(item)));
    assert!(got, "one of the 256 items that were there first did not come out in its turn");
    nap();
    assert!(second.full() || !exact, "256 items left, 256 putters wait, and there is still room");
    // Real threads may need more time.
    while !second.full() {
        thread::yield_now();
    }
    let done = probe::uninterrupted(|| (0..999).take_while(|_| second.task_done().is_ok()).count());
    assert_eq!(done, 2 * 256, "calls to task_done() that were accepted");
    let mut outcomes = threads.map(finish);
    outcomes.sort_by_key(|(item, _)| item.ok());
    let wanted = (0..256).map(|item| (Ok(item), Ok(())));
    assert!(outcomes.into_iter().eq(wanted), "each thread should have got an item and put one");
}

/// An item whose next comparison takes three ticks, if `slow` says so.
struct Slow {
    urgency: u32,
    slow: Arc<AtomicBool>,
}

impl Ord for Slow {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.slow.swap(false, SeqCst) {
            thread::sleep(3 * TICK);
        }
        self.urgency.cmp(&other.urgency)
    }
}

impl PartialOrd for Slow {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Slow {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Slow {}

/// In a priority queue a comparison takes three ticks. Half a tick after it has begun, the main
/// thread makes a call with a limit of three ticks: once for room in a queue that is full by then,
/// which must fail, and once for an item, which another thread may take away. A call that fails
/// must do so three ticks after it was made, no sooner and no later.
///
/// The call may have to wait for the comparison to end. To the caller it makes no difference what a
/// call is waiting for.
#[test]
fn a_limit_counts_from_the_call() {
    let (_, asleep) = timed(|| thread::sleep(TICK / 2));
    let exact = asleep == TICK / 2;
    let gave_up = |lasted: Duration| {
        let limit = 3 * TICK;
        assert!(lasted >= limit, "a limit of {limit:?} was over after {lasted:?}");
        assert!(lasted == limit || !exact, "a limit of {limit:?} was over after {lasted:?}");
    };
    let slow = Arc::new(AtomicBool::new(false));
    let item = |urgency| Slow { urgency, slow: Arc::clone(&slow) };

    let queue = Arc::new(PriorityQueue::new(2));
    assert!(queue.put(item(1)).is_ok(), "put() with room for two");
    slow.store(true, SeqCst);
    let second = item(2);
    let putter = start(&queue, |queue| queue.put(second).is_ok());
    thread::sleep(TICK / 2);
    let (put, lasted) = timed(|| queue.put_timeout(item(3), 3 * TICK));
    assert!(matches!(put, Err(PutError::Full(_))), "put_timeout() into a full queue");
    gave_up(lasted);
    assert!(finish(putter), "put() with room for one");

    let queue = Arc::new(PriorityQueue::new(0));
    slow.store(false, SeqCst);
    assert!(queue.put(item(1)).is_ok(), "a queue without a bound");
    slow.store(true, SeqCst);
    let second = item(2);
    let other = start(&queue, |queue| {
        let put = queue.put(second).is_ok();
        let _ = (queue.try_get(), queue.try_get());
        put
    });
    thread::sleep(TICK / 2);
    let (got, lasted) = timed(|| queue.get_timeout(3 * TICK));
    if let Err(why) = got {
        assert_eq!(why, GetError::Empty, "why the getter gave up");
        gave_up(lasted);
    }
    assert!(finish(other), "a queue without a bound");
}
