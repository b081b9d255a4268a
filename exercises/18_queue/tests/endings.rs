//! How work in a queue comes to an end: task by task, by a shutdown, or by a panic.

use queue::{GetError, NothingUnfinished, PriorityQueue, PutError, Queue};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
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

/// One thread puts an item, another gets it and says at once that the work is done. That must be true,
/// however quick the second one is: an item counts as unfinished as soon as anybody can get it. In the
/// end no item is unfinished.
///
/// An item that is counted only after it has been handed out is done before it exists, and then it is
/// never done.
#[test]
fn done_as_soon_as_it_is_there() {
    let queue = Arc::new(Queue::new(1));
    let worker = start(&queue, |queue| (queue.get(), queue.task_done()));
    assert_eq!(queue.put("item"), Ok(()), "put() with room for one");
    assert_eq!(finish(worker), (Ok("item"), Ok(())), "(get, task_done) of a quick worker");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the second task_done() for one item");
    queue.join();
}

/// Two items are put, with a thread waiting in `join` from before the second one. A worker gets both and
/// says that one of them is done. The thread must go on waiting, whichever of the two it was: one item
/// is still unfinished. When that is done as well, it must return.
///
/// A `join` that counts what is done, and not what is left, returns while somebody is still working.
#[test]
fn join_waits_for_those_that_come_later() {
    let queue = Arc::new(Queue::new(0));
    assert_eq!(queue.put(1), Ok(()), "a queue without a bound");
    let joined = Arc::new(AtomicBool::new(false));
    let joiner = start(&queue, {
        let joined = Arc::clone(&joined);
        move |queue| {
            queue.join();
            joined.store(true, SeqCst);
        }
    });
    settle();
    assert_eq!(queue.put(2), Ok(()), "a queue without a bound");
    assert_eq!([queue.get(), queue.get()], [Ok(1), Ok(2)], "both items");
    assert_eq!(queue.task_done(), Ok(()), "one of two is done");
    settle();
    assert!(!joined.load(SeqCst), "join() returned with one item unfinished");
    assert_eq!(queue.task_done(), Ok(()), "the other one is done");
    finish(joiner);
}

/// A worker takes two items, and works on each after it has taken it. Two threads wait in `join`.
/// Neither may return before the work on the second item is done, although the queue is empty earlier;
/// then both must. Afterwards `join` must return at once, and the queue must be usable again.
///
/// A program that stops waiting when the queue is empty throws away the work that is still being
/// done.
#[test]
fn join_waits_for_every_task() {
    let queue = Arc::new(Queue::new(0));
    let done = Arc::new(AtomicUsize::new(0));
    let all_done = |done: &Arc<AtomicUsize>| {
        let done = Arc::clone(done);
        move |queue: &Queue<u32>| {
            queue.join();
            done.load(SeqCst)
        }
    };
    assert_eq!([queue.put(1), queue.put(2)], [Ok(()), Ok(())], "a queue without a bound");
    let waits_too = start(&queue, all_done(&done));
    let worker = start(&queue, {
        let done = Arc::clone(&done);
        move |queue| {
            [0; 2].map(|_| {
                queue.get().expect("two items are there");
                done.fetch_add(1, SeqCst);
                queue.task_done()
            })
        }
    });
    assert_eq!(all_done(&done)(&queue), 2, "tasks done when join() returned");
    assert_eq!(finish(waits_too), 2, "tasks done when join() returned in another thread");
    assert_eq!(finish(worker), [Ok(()), Ok(())], "two items, two calls to task_done()");

    queue.join();
    assert_eq!(queue.put(3), Ok(()), "a queue without a bound");
    let waits_again = start(&queue, all_done(&done));
    assert_eq!(queue.get(), Ok(3), "the third item");
    done.fetch_add(1, SeqCst);
    assert_eq!(queue.task_done(), Ok(()), "three items, three calls to task_done()");
    assert_eq!(finish(waits_again), 3, "tasks done when join() returned the second time");
}

/// `task_done` is called more often than there were items: on a new queue, after the last item, for
/// an item that was refused, and by two threads at once for one item. Each surplus call must return
/// an error and change nothing: if it were counted, a later `join` would return before its work is done.
#[test]
fn one_task_done_too_many() {
    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "nothing was ever put");
    let words = NothingUnfinished.to_string();
    assert!(!words.is_empty(), "an error should say in words what went wrong");

    assert_eq!(queue.put(1), Ok(()), "put() into an empty queue");
    assert_eq!(queue.try_put(2), Err(PutError::Full(2)), "try_put() into a full queue");
    assert_eq!(queue.get(), Ok(1), "the item that was put");
    assert_eq!(queue.task_done(), Ok(()), "one item was put, and got");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the refused item is no task");

    assert_eq!(queue.put(3), Ok(()), "put() into an empty queue");
    let done = Arc::new(AtomicBool::new(false));
    let joiner = start(&queue, {
        let done = Arc::clone(&done);
        move |queue| {
            queue.join();
            done.load(SeqCst)
        }
    });
    assert_eq!(queue.get(), Ok(3), "the item that was put");
    done.store(true, SeqCst);
    let calls = [start(&queue, Queue::task_done), start(&queue, Queue::task_done)].map(finish);
    let accepted = calls.iter().filter(|call| call.is_ok()).count();
    assert_eq!(accepted, 1, "of two calls for one item, one should be accepted");
    assert!(finish(joiner), "join() returned before the work was done");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "nothing is unfinished");
}

/// A queue with room for one is full, and a thread waits for room with a second item. That item is not in
/// the queue yet, so only the first counts as unfinished: after one `task_done` nothing is left to do, and
/// `join` must return. When the second item has been put, it counts as well.
///
/// A `task_done` that is accepted for an item that nobody can have got yet is missing later, or hides the
/// one call too many that should have been noticed.
#[test]
fn waiting_for_room_is_no_task() {
    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(1), Ok(()), "put() into an empty queue");
    let putter = start(&queue, |queue| queue.put(2));
    assert_eq!(queue.task_done(), Ok(()), "one item was put");
    let surplus = queue.task_done();
    assert_eq!(surplus, Err(NothingUnfinished), "the other item is not in the queue yet");
    queue.join();
    assert_eq!(queue.get(), Ok(1), "the item that was there first");
    assert_eq!(finish(putter), Ok(()), "put() by the thread that waited for room");
    assert_eq!(queue.get(), Ok(2), "the item of the thread that waited for room");
    assert_eq!(queue.task_done(), Ok(()), "the other item was put");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "both items are done");
}

/// Three queues are shut down. From then on every put must be refused with `ShutDown`, even if the
/// queue is full. What is there can still be got; after that, every get must be refused, too. But
/// if the shutdown is `immediate`, the items must be dropped and count as unfinished no longer. An
/// item that was got before still counts, and `join` must wait for it.
///
/// The first queue is shut down twice, but not `immediate`. The second is shut down, and then
/// again, `immediate`. A thread that waits for room in it gets `ShutDown`, though there is room
/// now. From the third queue nothing was got, so an immediate shutdown leaves nothing to wait for,
/// and a thread that waits in `join` must be woken. That holds, too, if `task_done` was called for
/// one of the items while it was in the queue.
#[test]
fn shutdown_drains_or_drops() {
    let queue = Queue::new(2);
    assert_eq!([queue.put("a"), queue.put("b")], [Ok(()), Ok(())], "room for two");
    queue.shutdown(false);
    queue.shutdown(false);
    let refused = Err(PutError::ShutDown("c"));
    assert_eq!(queue.put("c"), refused, "put() after shutdown, full or not");
    assert_eq!(queue.try_put("c"), refused, "try_put() after shutdown, full or not");
    for limit in [Duration::ZERO, Duration::MAX] {
        let put = queue.put_timeout("c", limit);
        assert_eq!(put, refused, "put_timeout() after shutdown, full or not");
    }
    assert_eq!(queue.get(), Ok("a"), "what was put before can still be got");
    assert_eq!(queue.qsize(), 1, "items in the queue, after a shutdown and one get()");
    assert_eq!(queue.try_put("c"), refused, "try_put() after shutdown, with room");
    assert_eq!(
        queue.put_timeout("c", Duration::from_millis(1)),
        refused,
        "put_timeout() after shutdown"
    );
    assert_eq!(queue.try_get(), Ok("b"), "what was put before can still be got");
    assert_eq!(queue.get(), Err(GetError::ShutDown), "get() after the last item");
    assert_eq!(queue.try_get(), Err(GetError::ShutDown), "try_get() after the last item");
    assert_eq!(
        queue.get_timeout(Duration::from_millis(1)),
        Err(GetError::ShutDown),
        "get_timeout() after the last item"
    );
    assert_eq!([queue.task_done(), queue.task_done()], [Ok(()), Ok(())], "both items are tasks");
    queue.join();

    let queue = Queue::<u32>::new(0);
    queue.shutdown(false);
    assert!(!queue.full(), "a queue without a bound is never full, not even when it is shut down");

    let queue = Arc::new(Queue::new(2));
    let item = Arc::new("parcel");
    assert_eq!(queue.put(Arc::clone(&item)), Ok(()), "room for two");
    drop(queue.get().expect("an item is there"));
    for _ in 0..2 {
        assert_eq!(queue.put(Arc::clone(&item)), Ok(()), "room for two");
    }
    let putter = start(&queue, {
        let item = Arc::clone(&item);
        move |queue| queue.put(item).is_err_and(|why| matches!(why, PutError::ShutDown(_)))
    });
    let done = Arc::new(AtomicBool::new(false));
    let joiner = start(&queue, {
        let done = Arc::clone(&done);
        move |queue| {
            queue.join();
            done.load(SeqCst)
        }
    });
    queue.shutdown(false);
    queue.shutdown(true);
    assert_eq!(queue.try_get(), Err(GetError::ShutDown), "the items should have been dropped");
    assert!(finish(putter), "a thread that waited for room should have been told of the shutdown");
    assert_eq!(Arc::strong_count(&item), 1, "only this check should still hold the item");
    done.store(true, SeqCst);
    assert_eq!(queue.task_done(), Ok(()), "the item that was got before is still owed");
    assert!(finish(joiner), "join() returned, but an item that was got before is still owed");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the dropped items are owed no longer");

    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put("never got"), Ok(()), "room for one");
    assert_eq!(queue.task_done(), Ok(()), "an item that was put is unfinished, got or not");
    queue.shutdown(true);
    queue.join();

    for done in [0, 1] {
        let queue = Arc::new(Queue::new(2));
        assert_eq!([queue.put("never got"), queue.put("nor this")], [Ok(()); 2], "room for two");
        assert!((0..done).all(|_| queue.task_done().is_ok()), "two items are unfinished");
        let joiner = start(&queue, Queue::join);
        queue.shutdown(true);
        // The joiner has nothing left to wait for.
        finish(joiner);
    }
}

/// Two threads wait for an item and the queue is shut down; then two wait for room in another queue,
/// and it is shut down as well. All four must get `ShutDown`, and the putters must get their items back.
/// This is tried once with an orderly shutdown and once with an immediate one. A thread that nobody wakes
/// waits for ever, and the program never ends.
#[test]
fn shutdown_wakes_everybody() {
    for immediate in [false, true] {
        let empty = Arc::new(Queue::<u32>::new(1));
        let getters = [0, 1].map(|_| start(&empty, Queue::get));
        empty.shutdown(immediate);
        assert_eq!(getters.map(finish), [Err(GetError::ShutDown); 2], "what the getters were told");

        let full = Arc::new(Queue::new(1));
        assert_eq!(full.put(0), Ok(()), "put() into an empty queue");
        let putters = [1, 2].map(|item| start(&full, move |queue| queue.put(item)));
        full.shutdown(immediate);
        let [one, two] = putters.map(finish);
        assert_eq!(one, Err(PutError::ShutDown(1)), "what the first putter was told");
        assert_eq!(two, Err(PutError::ShutDown(2)), "what the second putter was told");
        let left = if immediate { Err(GetError::ShutDown) } else { Ok(0) };
        assert_eq!(full.get(), left, "what was put before, if the shutdown was not immediate");
        assert_eq!(full.get(), Err(GetError::ShutDown), "nothing was put after that");
    }
}

/// A way to get an item.
type Get = fn(&Queue<u32>) -> Result<u32, GetError>;

/// An item lies in the queue. One thread tries to get it, without waiting, while the queue is shut down,
/// `immediate`. It may get the item or be told of the shutdown. But it must not be told that the queue is
/// empty: as long as it was open, there was an item in it. Then the same with an orderly shutdown, after
/// which the main thread takes the item.
///
/// A worker that is told "empty" comes again later. One that is told of the end goes home.
#[test]
fn empty_or_at_its_end() {
    let no_time: Get = |queue| queue.get_timeout(Duration::ZERO);
    let try_get: Get = Queue::try_get;
    for (immediate, get) in [(true, try_get), (false, no_time), (false, try_get)] {
        let queue = Arc::new(Queue::new(0));
        assert_eq!(queue.put(1), Ok(()), "a queue without a bound");
        let getter = start(&queue, get);
        queue.shutdown(immediate);
        let own = queue.try_get();
        let got = finish(getter);
        assert_ne!(got, Err(GetError::Empty), "the queue was never open and empty");
        assert_ne!(own, Err(GetError::Empty), "the queue is shut down");
    }
}

/// A job whose comparison panics on a bad day.
struct Job {
    urgency: u32,
    bad_day: Arc<AtomicBool>,
}

impl Ord for Job {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_bad = self.bad_day.load(SeqCst) || other.bad_day.load(SeqCst);
        assert!(!is_bad, "today is a bad day, on purpose");
        self.urgency.cmp(&other.urgency)
    }
}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Job {}

/// An item lies in the queue, and two threads wait in `join`. The queue is shut down, and later shut down
/// again, `immediate` this time: the item is dropped and no longer counts as unfinished. So both threads
/// must be told now, though nothing else has changed. Otherwise they wait for an item that is gone.
#[test]
fn a_second_shutdown_is_heard() {
    let queue = Arc::new(Queue::new(0));
    assert_eq!(queue.put("item"), Ok(()), "a queue without a bound");
    let joiners = [(); 2].map(|()| start(&queue, Queue::join));
    settle();
    queue.shutdown(false);
    settle();
    queue.shutdown(true);
    joiners.into_iter().for_each(finish);
    assert_eq!(queue.get(), Err(GetError::ShutDown), "get() when the items were dropped");
}

/// Two threads wait for an item. One is put, and in the same instant the queue is shut down. One
/// thread must get the item and the other must be told of the shutdown. Then the same with two
/// threads that wait for room, when one place becomes free: one of them may have it, if it is
/// quick, and the other must be told.
///
/// There was an item in the queue when the shutdown came: the first thread had been woken for it,
/// but had not taken it yet.
#[test]
fn a_shutdown_behind_an_item() {
    let queue = Arc::new(Queue::new(0));
    let getters = [(); 2].map(|()| start(&queue, Queue::get));
    settle();
    assert_eq!(queue.put(7), Ok(()), "a queue without a bound");
    queue.shutdown(false);
    let mut got = getters.map(finish);
    got.sort_by_key(Result::is_err);
    assert_eq!(got, [Ok(7), Err(GetError::ShutDown)], "what the two threads got, sorted");

    let queue = Arc::new(Queue::new(1));
    assert_eq!(queue.put(1), Ok(()), "put() into an empty queue");
    let putters = [2, 2].map(|item| start(&queue, move |queue| queue.put(item)));
    settle();
    assert_eq!(queue.get(), Ok(1), "the item that was there first");
    queue.shutdown(false);
    let mut put = putters.map(finish);
    put.sort_by_key(Result::is_err);
    assert_eq!(put[1], Err(PutError::ShutDown(2)), "there was room for one at most");
    assert_eq!(queue.qsize(), usize::from(put[0].is_ok()), "what was put before the shutdown");
}

/// An item that does something when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

/// A thread waits for room in a queue with two items, another waits in `join`, and the queue is
/// shut down, `immediate`. The destructor of a dropped item waits until both threads have been
/// told, so neither of them may have to wait for it. Then it uses the queue itself, and must see
/// that the queue is shut down, holds no item, and has none unfinished.
///
/// A destructor is somebody else's code. It may take long, and it may well use the queue that its item was
/// in.
#[test]
fn a_dropped_item_may_use_the_queue() {
    let queue = Arc::new(Queue::<OnDrop>::new(2));
    // Receives nothing, and notices when all senders are gone.
    let (tell, told) = mpsc::channel::<()>();
    let told = Arc::new(Mutex::new(told));
    let answers = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let (inside, told, answers) = (Arc::clone(&queue), Arc::clone(&told), Arc::clone(&answers));
        let item = OnDrop(Some(Box::new(move || {
            let _ = told.lock().expect("only destructors use it").recv();
            let ended = matches!(inside.try_get(), Err(GetError::ShutDown));
            inside.shutdown(true);
            inside.join();
            let answer = (inside.qsize(), ended, inside.task_done());
            answers.lock().expect("only destructors use it").push(answer);
        })));
        assert!(queue.put(item).is_ok(), "put() with room for two");
    }
    let putter = start(&queue, {
        let tell = tell.clone();
        move |queue| {
            let refused = matches!(queue.put(OnDrop(None)), Err(PutError::ShutDown(_)));
            drop(tell);
            refused
        }
    });
    let joiner = start(&queue, move |queue| {
        queue.join();
        drop(tell);
    });
    settle();
    queue.shutdown(true);
    let answer = (0, true, Err(NothingUnfinished));
    let answers = answers.lock().expect("the destructors have run").clone();
    assert_eq!(
        answers, [answer; 2],
        "what each destructor saw: (qsize, ShutDown by try_get, task_done)"
    );
    assert!(finish(putter), "put() should have been told of the shutdown, and found no room");
    finish(joiner);
}

/// Items are compared by their own code, and that code may panic in the middle of a `put`. The panic
/// belongs to the thread that made the call. All others must be able to continue: the earlier jobs are
/// still there, new ones can be put, and threads can wait for them and mark them as done. One bad job
/// must not close the whole shop.
#[test]
fn a_panicking_comparison_hurts_nobody_else() {
    let bad_day = Arc::new(AtomicBool::new(false));
    let job = |urgency| Job { urgency, bad_day: Arc::clone(&bad_day) };
    let queue = Arc::new(PriorityQueue::new(0));
    assert!(queue.put(job(5)).is_ok(), "a queue without a bound");
    assert!(queue.put(job(4)).is_ok(), "a queue without a bound");

    bad_day.store(true, SeqCst);
    let bad_job = job(3);
    // Whether this panics depends on when the queue compares.
    let _ = start(&queue, move |queue| drop(queue.put(bad_job))).join();
    bad_day.store(false, SeqCst);

    assert!(
        !queue.full() && !queue.empty(),
        "a queue without a bound, with two or three jobs in it"
    );
    let mut left = Vec::new();
    while let Ok(job) = queue.try_get() {
        left.push(job.urgency);
    }
    left.retain(|urgency| *urgency != 3);
    left.sort();
    assert_eq!(left, [4, 5], "the good jobs that came out");
    // Whether the bad job is one of them is left open.
    while queue.task_done().is_ok() {}

    let getter = start(&queue, |queue| queue.get().map(|job| job.urgency));
    let good_job = job(7);
    let put = finish(start(&queue, move |queue| queue.put(good_job).is_ok()));
    assert!(put, "a thread that put nothing bad was refused");
    assert_eq!(finish(getter), Ok(7), "what the thread that waited for a job was given");

    let done = Arc::new(AtomicBool::new(false));
    let joiner = start(&queue, {
        let done = Arc::clone(&done);
        move |queue| {
            queue.join();
            done.load(SeqCst)
        }
    });
    done.store(true, SeqCst);
    assert_eq!(queue.task_done(), Ok(()), "the good job is done");
    assert!(finish(joiner), "join() returned before the good job was done");
}

/// A comparison panics while a job is being taken out. The panic belongs to the thread that made the
/// call. No job may be lost by it: each comes out once, in its turn, and is marked as done once.
///
/// A job that is in no queue and in nobody's hands keeps `join` waiting for ever.
#[test]
fn a_bad_comparison_loses_nothing() {
    let bad_day = Arc::new(AtomicBool::new(false));
    let queue = Arc::new(PriorityQueue::new(0));
    for urgency in [4, 2, 3, 1] {
        let job = Job { urgency, bad_day: Arc::clone(&bad_day) };
        assert!(queue.put(job).is_ok(), "a queue without a bound");
    }
    bad_day.store(true, SeqCst);
    // Whether this panics depends on when the queue compares.
    let first = start(&queue, |queue| queue.get().map(|job| job.urgency)).join();
    bad_day.store(false, SeqCst);

    let mut out: Vec<u32> = first.into_iter().flatten().collect();
    while let Ok(job) = queue.try_get() {
        out.push(job.urgency);
    }
    assert_eq!(out, [1, 2, 3, 4], "the jobs that came out, in their order");
    assert_eq!([(); 4].map(|()| queue.task_done()), [Ok(()); 4], "four jobs came out");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the fifth call");
    queue.join();
}

/// Sleeps until every other thread has gone as far as it can, and says whether the clock is exact. The
/// grader's is; a machine may be as slow as it likes, and then nobody is to blame for being late.
fn settle() -> bool {
    let moment = Duration::from_millis(100);
    let begun = Instant::now();
    thread::sleep(moment);
    begun.elapsed() == moment
}

/// Two threads wait for room in a full queue, and the job of one of them cannot be compared. Then one
/// place becomes free. Whichever thread is woken for it, the place must not stay empty: if the bad job's
/// comparison panics, the other job must go in. Then the same with a third thread and two places that become
/// free one right after the other, and with two threads that have a limit.
///
/// Otherwise a thread sleeps beside a free place, because the one that was woken for it has died.
#[test]
fn a_bad_comparison_passes_the_place_on() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (places, limit) in [(1, None), (2, None), (1, Some(Duration::MAX)), (1, Some(day))] {
        let bad_day = Arc::new(AtomicBool::new(true));
        let good_day = Arc::new(AtomicBool::new(false));
        let queue = Arc::new(PriorityQueue::new(places + 1));
        let put = |urgency, day: &Arc<AtomicBool>| {
            let job = Job { urgency, bad_day: Arc::clone(day) };
            start(&queue, move |queue| {
                drop(match limit {
                    Some(limit) => queue.put_timeout(job, limit),
                    None => queue.put(job),
                })
            })
        };
        for urgency in [1, 2, 3].into_iter().take(places + 1) {
            finish(put(urgency, &good_day));
        }
        let bad = put(4, &bad_day);
        let good: Vec<_> = (0..places).map(|_| put(5, &good_day)).collect();
        settle();
        let got = probe::uninterrupted(|| (0..places).all(|_| queue.try_get().is_ok()));
        assert!(got, "a full queue with {places} jobs and one more");
        let exact = settle();
        let one_waits = good.iter().any(|putter| !putter.is_finished());
        assert!(
            queue.full() || !one_waits || !exact,
            "a job still waits for room in a queue that is not full (it can hold {places})"
        );
        bad_day.store(false, SeqCst);
        queue.shutdown(true);
        // Which of these panicked depends on when the queue compares, and whether the bad job is in it.
        for putter in good.into_iter().chain([bad]) {
            let _ = putter.join();
        }
    }
}

/// A thread waits for room, and the queue is shut down, `immediate`, on a day when no two jobs can be
/// compared. If the shutdown compares any, the panic belongs to the thread that called it. If the
/// queue is shut down in spite of it, the thread that waits for room must be told; if not, by a
/// second shutdown on a better day.
///
/// Otherwise a thread sleeps for ever before a queue that has long been shut down.
#[test]
fn a_bad_comparison_at_the_end() {
    let bad_day = Arc::new(AtomicBool::new(false));
    let job = |urgency| Job { urgency, bad_day: Arc::clone(&bad_day) };
    let queue = Arc::new(PriorityQueue::new(2));
    assert!(queue.put(job(1)).is_ok(), "put() with room for two");
    assert!(queue.put(job(2)).is_ok(), "put() with room for two");
    let late_job = job(3);
    let putter = start(&queue, |queue| match queue.put(late_job) {
        Ok(()) => "accepted",
        Err(PutError::Full(_)) => "full",
        Err(PutError::ShutDown(_)) => "shut down",
    });
    settle();
    bad_day.store(true, SeqCst);
    // Whether this panics depends on when the queue compares.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| queue.shutdown(true)));
    bad_day.store(false, SeqCst);
    let tried = queue.try_put(job(4));
    if matches!(tried, Err(PutError::ShutDown(_))) {
        assert_eq!(finish(putter), "shut down", "what put(), which waited for room, was told");
    } else {
        queue.shutdown(true);
        // It may have been woken for a place on the bad day.
        let _ = putter.join();
    }
}

/// A job whose comparisons panic when a common fuse has burnt down: after so many of them.
struct Fused {
    urgency: u32,
    fuse: Arc<AtomicUsize>,
}

impl Ord for Fused {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = self.fuse.load(SeqCst);
        self.fuse.store(left.saturating_sub(1), SeqCst);
        assert!(left != 1, "a comparison fails, on purpose");
        self.urgency.cmp(&other.urgency)
    }
}

impl PartialOrd for Fused {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fused {}

/// A queue with room for six holds four jobs, and a fifth is being worked on. Another is put, and one of
/// its comparisons panics: the first, the second, and so on. The panic must reach the caller unchanged.
/// The job may be in the queue or not. Either way, the queue must take what there is room for, all must
/// come out in order, and all must count as unfinished, with the fifth.
///
/// A comparison that stops halfway must not leave half of a job behind, nor its place. And the
/// caller needs the panic as it was: it is the only one who can tell what went wrong.
#[test]
fn a_comparison_that_stops_halfway() {
    for (next, comparisons) in [8, 2].into_iter().flat_map(|next| (1..8).map(move |n| (next, n))) {
        let fuse = Arc::new(AtomicUsize::new(0));
        let job = |urgency| Fused { urgency, fuse: Arc::clone(&fuse) };
        let queue = PriorityQueue::new(6);
        assert!(queue.put(job(1)).is_ok(), "put() with room for six");
        assert!(queue.get().is_ok(), "get() of the job that is worked on all the time");
        for urgency in [9, 5, 7, 3] {
            assert!(queue.put(job(urgency)).is_ok(), "put() with room for six");
        }
        fuse.store(comparisons, SeqCst);
        let next_job = job(next);
        // Whether this panics depends on how many comparisons it makes.
        let put = panic::catch_unwind(AssertUnwindSafe(|| drop(queue.put(next_job))));
        fuse.store(0, SeqCst);
        if let Err(payload) = put {
            let says = payload.downcast_ref();
            assert_eq!(
                says,
                Some(&"a comparison fails, on purpose"),
                "the message of the panic that reached the caller of put"
            );
        }
        let size = queue.qsize();
        for urgency in [6, 4].into_iter().take(6 - size) {
            let put = queue.try_put(job(urgency)).is_ok();
            assert!(
                put,
                "there is room for 6, and only {size} or one more are in the queue, \
                 yet a job was refused"
            );
        }
        assert!(
            queue.try_put(job(1)).is_err(),
            "there is room for 6, and 6 are in the queue, yet a job was accepted"
        );

        let mut out = Vec::new();
        while let Ok(job) = queue.try_get() {
            out.push(job.urgency);
        }
        let mut possible = [next, 4].map(|other| vec![3, 5, 6, 7, 9, other]);
        possible.iter_mut().for_each(|jobs| jobs.sort());
        assert!(possible.contains(&out), "the jobs came out as {out:?}");
        for urgency in &out {
            assert_eq!(queue.task_done(), Ok(()), "the job {urgency} came out");
        }
        let done = queue.task_done();
        assert_eq!(done, Ok(()), "the job that was worked on when a comparison panicked");
        assert_eq!(queue.task_done(), Err(NothingUnfinished), "all that came out were done");
        queue.join();
    }
}

/// Three threads wait for jobs, and two jobs are put. A comparison panics, if one is made when a job is
/// taken out. The thread that it happens to is gone; the other two must get the jobs. If none is made
/// then, two of the three get the jobs, and the third gets one that is put later.
///
/// Otherwise a thread sleeps beside a job, because the one that was woken for it has died.
#[test]
fn a_bad_comparison_passes_the_job_on() {
    let fuse = Arc::new(AtomicUsize::new(0));
    let job = |urgency| Fused { urgency, fuse: Arc::clone(&fuse) };
    let queue = Arc::new(PriorityQueue::new(0));
    let get = |queue: &PriorityQueue<Fused>| queue.get().map(|job| job.urgency);
    let getters = [(); 3].map(|()| start(&queue, get));
    settle();
    probe::uninterrupted(|| {
        assert!(queue.put(job(1)).is_ok(), "a queue without a bound");
        assert!(queue.put(job(2)).is_ok(), "a queue without a bound");
        fuse.store(1, SeqCst);
    });
    settle();
    if fuse.swap(0, SeqCst) == 1 {
        // Nothing has been compared since.
        assert!(queue.put(job(3)).is_ok(), "a queue without a bound");
    }
    let got: Vec<u32> =
        getters.into_iter().filter_map(|getter| getter.join().ok()).flatten().collect();
    assert!(got.contains(&1) && got.contains(&2), "the jobs that the threads got: {got:?}");
}

/// Two threads wait for jobs, and two jobs are put, the second before anybody has taken the first. If its
/// comparison panics, it may be in the queue or not. If it is, the second thread must get it, and if it is
/// not, the job that is put after it.
///
/// A job that is in the queue is for whoever waits, even if its own `put` ended badly.
#[test]
fn a_bad_job_is_not_left_behind() {
    let fuse = Arc::new(AtomicUsize::new(0));
    let job = |urgency| Fused { urgency, fuse: Arc::clone(&fuse) };
    let queue = Arc::new(PriorityQueue::new(0));
    let get = |queue: &PriorityQueue<Fused>| queue.get().map(|job| job.urgency);
    let getters = [(); 2].map(|()| start(&queue, get));
    settle();
    probe::uninterrupted(|| {
        assert!(queue.put(job(1)).is_ok(), "a queue without a bound");
        fuse.store(1, SeqCst);
        let second = job(2);
        // Whether this panics depends on when the queue compares.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(queue.put(second))));
        fuse.store(0, SeqCst);
    });
    let exact = settle();
    let left = queue.qsize();
    assert!(left == 0 || !exact, "two threads came for two jobs, and one job still lies there");
    assert!(queue.put(job(3)).is_ok(), "a queue without a bound");
    let mut got = getters.map(|getter| finish(getter).expect("nobody shuts the queue down"));
    got.sort();
    assert!([[1, 2], [1, 3]].contains(&got), "the jobs that the threads got: {got:?}");
}

/// A comparison has panicked in a queue. Then a thread waits for a job with a limit, and one is put
/// and taken back at once; then one waits for room, and a job is taken and another put at once.
/// Each may succeed; if not, it must give up when its time is over, no sooner and no later. Then a
/// thread waits for room without a limit, and must not give up at all.
///
/// A thread may be woken and find nothing. That somebody else's job was bad is no reason to give
/// up.
#[test]
fn time_runs_on_after_a_panic() {
    let bad_day = Arc::new(AtomicBool::new(false));
    let job = |urgency| Job { urgency, bad_day: Arc::clone(&bad_day) };
    let queue = Arc::new(PriorityQueue::new(2));
    assert!(queue.put(job(1)).is_ok(), "put() with room for two");
    bad_day.store(true, SeqCst);
    let bad_job = job(2);
    // One of the two panics, depending on when the queue compares.
    let worked = start(&queue, |queue| drop((queue.put(bad_job), queue.try_get()))).join();
    assert!(worked.is_err(), "two jobs, and the queue did not compare them");
    bad_day.store(false, SeqCst);
    while queue.try_get().is_ok() {}

    let limit = Duration::from_millis(300);
    let getter = start(&queue, move |queue| {
        let began = Instant::now();
        (queue.get_timeout(limit).err(), began.elapsed())
    });
    let exact = settle();
    assert!(queue.put(job(3)).is_ok(), "put() into an empty queue");
    let _ = queue.try_get();
    let (why, lasted) = finish(getter);
    if why.is_some() {
        assert_eq!(why, Some(GetError::Empty), "why the getter gave up");
        assert!(lasted == limit || !exact, "a limit of {limit:?} was over after {lasted:?}");
    }

    while queue.try_put(job(4)).is_ok() {}
    let late_job = job(5);
    let putter = start(&queue, move |queue| {
        let began = Instant::now();
        (queue.put_timeout(late_job, limit).err(), began.elapsed())
    });
    let exact = settle();
    assert!(queue.try_get().is_ok(), "two jobs are there");
    let _ = queue.try_put(job(4));
    let (why, lasted) = finish(putter);
    if let Some(why) = why {
        assert!(matches!(why, PutError::Full(_)), "why the putter gave up");
        assert!(lasted == limit || !exact, "a limit of {limit:?} was over after {lasted:?}");
    }

    while queue.try_put(job(4)).is_ok() {}
    let patient_job = job(6);
    let putter = start(&queue, move |queue| queue.put(patient_job).is_ok());
    settle();
    assert!(queue.try_get().is_ok(), "two jobs are there");
    let _ = queue.try_put(job(4));
    settle();
    let size = queue.qsize();
    assert!(size <= 2, "a queue with room for two says that it holds {size}");
    while queue.try_get().is_ok() {}
    assert!(finish(putter), "put(), which waits as long as it takes, gave up");
}

/// Its destructor puts an item.
struct LastItem<'a>(&'a Queue<&'static str>);

impl Drop for LastItem<'_> {
    fn drop(&mut self) {
        let _ = self.0.put("item");
    }
}

/// A thread panics, and on the way out a destructor puts an item. That is an item like any other: it
/// must be in the queue, come out, and count as unfinished until `task_done` is called.
///
/// A report of what went wrong is often the last thing that a thread puts. Somebody has to read it
/// before the program ends.
#[test]
fn an_item_put_in_a_panic() {
    let queue = Queue::new(2);
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
        let _item_on_the_way_out = LastItem(&queue);
        panic!("on purpose");
    }));
    assert!(panicked.is_err(), "the panic should go on after the item has been put");
    assert_eq!(queue.qsize(), 1, "items in the queue after the panic");
    assert_eq!(queue.get(), Ok("item"), "the item that was put in the panic");
    assert_eq!(queue.task_done(), Ok(()), "the item that was put in the panic is a task");
    assert_eq!(queue.task_done(), Err(NothingUnfinished), "the second task_done() for one item");
    queue.join();
}

thread_local! {
    static AT_THE_END: RefCell<Option<LastJob>> = const { RefCell::new(None) };
}

/// What `get` and `task_done` answered.
type Answers = (Result<u32, GetError>, Result<(), NothingUnfinished>);

/// Its destructor gets one more job, says that it is done, and tells what came of that.
struct LastJob {
    queue: Arc<Queue<u32>>,
    tell: mpsc::Sender<Answers>,
}

impl Drop for LastJob {
    fn drop(&mut self) {
        let got = self.queue.get();
        let _ = self.tell.send((got, self.queue.task_done()));
    }
}

/// A thread gets a job in a destructor during a panic, and another one at its end, in the destructor
/// of a thread-local variable; it may have to wait for either. The main thread puts two jobs into a
/// queue with room for one, and waits in `join`. Both jobs must be got and done.
///
/// A thread that ends badly may still do its work to the end. Whoever waits for that must hear of it.
#[test]
fn a_destructor_may_wait_for_a_job() {
    let queue = Arc::new(Queue::new(1));
    let (tell, told) = mpsc::channel();
    let worker = start(&queue, {
        let queue = Arc::clone(&queue);
        move |_| {
            let last_job = || LastJob { queue: Arc::clone(&queue), tell: tell.clone() };
            AT_THE_END.set(Some(last_job()));
            let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
                let _job_on_the_way_out = last_job();
                panic!("on purpose");
            }));
            panicked.is_err()
        }
    });
    assert_eq!([queue.put(1), queue.put(2)], [Ok(()), Ok(())], "put() waits for room");
    queue.join();
    assert!(finish(worker), "the panic should go on after the job");
    let told: Vec<_> = told.iter().collect();
    let answers = [1, 2].map(|job| (Ok(job), Ok(())));
    assert_eq!(told, answers, "(get, task_done) in a panic, and at the end of the thread");
}
