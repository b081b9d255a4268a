//! What a `ThreadPoolExecutor` does with the work that is submitted to it.

use probe as _; // Names the checks that hang at your desk.
use std::cell::Cell;
use std::panic::{self, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, Weak, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use thread_pool::{Exception, Future, FutureError, Options, SubmitError, ThreadPoolExecutor};

/// Submits a task to a pool that has no reason to refuse it.
fn submit<T: Send + 'static>(
    pool: &ThreadPoolExecutor,
    task: impl FnOnce() -> T + Send + 'static,
) -> Future<T> {
    pool.submit(task).unwrap_or_else(|why| panic!("submit() refused a task: {why}"))
}

/// A task that reports where it runs.
fn whereabouts() -> (ThreadId, Option<String>) {
    let thread = thread::current();
    (thread.id(), thread.name().map(str::to_owned))
}

/// A pool with one worker is given three tasks. They must be done in the order in which they came,
/// by a thread of the pool and not by the one that submits, and that thread must have the name that
/// the pool was given. Before that, a pool of 0 workers must be refused with a panic; any other
/// number must be accepted, however large.
///
/// A thread with a name can be found in a list of five hundred. And a pool that could never do
/// anything must not be made, but one that allows a great many threads starts them only when they
/// are needed.
#[test]
fn tasks_run_on_the_pools_thread() {
    let refused = panic::catch_unwind(|| drop(ThreadPoolExecutor::new(0)));
    assert!(refused.is_err(), "a pool of 0 workers should be refused");
    let refused =
        panic::catch_unwind(|| drop(ThreadPoolExecutor::with_options(0, Options::default())));
    assert!(refused.is_err(), "a pool of 0 workers with options should be refused");

    let options = Options { thread_name_prefix: "baker".into(), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(1, options);
    let order = Arc::new(Mutex::new(Vec::new()));
    let futures = [1, 2, 3].map(|number| {
        let order = Arc::clone(&order);
        submit(&pool, move || {
            order.lock().unwrap().push(number);
            (number, whereabouts())
        })
    });
    for (number, future) in (1..).zip(&futures) {
        let (result, (id, name)) = future.result().expect("the task does not panic");
        assert_eq!(result, number, "the result of task {number}");
        assert_ne!(id, thread::current().id(), "the thread that submits should not do the work");
        assert_eq!(name.as_deref(), Some("baker_0"), "the name of the pool's first thread");
    }
    assert_eq!(*order.lock().unwrap(), [1, 2, 3], "the order in which the tasks were done");

    let name = submit(&ThreadPoolExecutor::new(1), whereabouts).result().expect("no panic").1;
    assert_eq!(name.as_deref(), Some("ThreadPoolExecutor_0"), "the name if no prefix was given");

    let pool = ThreadPoolExecutor::new(usize::MAX);
    assert_eq!(submit(&pool, || 7).result(), Ok(7), "a task in a pool of as many as there can be");
}

/// A task that adds a number to a list.
fn note(number: u32, list: &Arc<Mutex<Vec<u32>>>) -> impl FnOnce() + Send + 'static {
    let list = Arc::clone(list);
    move || list.lock().unwrap().push(number)
}

/// A pool of one worker does task 1, with task 2 waiting, when task 1 submits task 3, and then its
/// callback submits task 4. All must be done in the order of their numbers. Then a pool of two does
/// task 1 when task 2 is submitted; the second thread is started, but stays in the initializer.
/// When the first thread is free again, it must do task 2, and then task 3.
///
/// If those on the inside come first, a task that submits its own successor keeps everybody else
/// waiting for ever. And a task that is tied to one thread waits for that thread, while others have
/// nothing to do.
#[test]
fn no_task_overtakes() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let pool = Arc::new(ThreadPoolExecutor::new(1));
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let first = submit(&pool, {
        let (pool, third) = (Arc::clone(&pool), note(3, &order));
        move || {
            may_go_on.recv().expect("the main thread lets it go on");
            drop(submit(&pool, third));
        }
    });
    first.add_done_callback({
        let (pool, fourth) = (Arc::clone(&pool), note(4, &order));
        move |_| drop(submit(&pool, fourth))
    });
    let second = submit(&pool, note(2, &order));
    go_on.send(()).expect("the first task waits");
    assert_eq!(second.result(), Ok(()), "the task that was submitted second");
    pool.shutdown(true, false);
    assert_eq!(*order.lock().unwrap(), [2, 3, 4], "the order in which the tasks were done");

    let order = Arc::new(Mutex::new(Vec::new()));
    let calls = AtomicUsize::new(0);
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let initializer = move || {
        if calls.fetch_add(1, SeqCst) == 1 {
            // Nothing is ever sent: this ends when the other side is dropped.
            let _ = gate.lock().unwrap().recv();
        }
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(2, options);
    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let first = submit(&pool, move || {
        begin.send(()).expect("the main thread listens");
        may_go_on.recv()
    });
    has_begun.recv().expect("the first task begins");
    let second = submit(&pool, note(2, &order));
    go_on.send(()).expect("the first task waits");
    assert_eq!(first.result(), Ok(Ok(())), "the task that was submitted first");
    assert_eq!(submit(&pool, note(3, &order)).result(), Ok(()), "the task that was submitted last");
    let done = order.lock().unwrap().clone();
    drop(open);
    assert_eq!(done, [2, 3], "tasks done when the last one was");
    assert_eq!(second.result(), Ok(()), "the task that was submitted second");
}

/// Two tasks wait for each other at a barrier, in a pool of two workers: they get past it only if
/// two threads run them at the same time. Each thread must bear a name of its own.
///
/// A pool that does one thing after another, whatever it calls itself, is a bank with one window
/// open.
#[test]
fn workers_work_side_by_side() {
    let pool = ThreadPoolExecutor::new(2);
    let meet = Arc::new(Barrier::new(2));
    let meeting = [0, 1].map(|_| {
        let meet = Arc::clone(&meet);
        submit(&pool, move || {
            meet.wait();
            whereabouts().1
        })
    });
    let mut names = meeting.map(|future| future.result().expect("the task does not panic"));
    names.sort();
    let expected = ["ThreadPoolExecutor_0", "ThreadPoolExecutor_1"];
    assert_eq!(names.each_ref().map(Option::as_deref), expected.map(Some), "who did the work");
}

/// 260 tasks wait for each other, in a pool of 260 workers: they get past that only if 260 threads
/// run them at the same time. Each thread must bear a name of its own, with the numbers from 0 to
/// 259.
///
/// That two tasks can run at once does not prove that hundreds can: there may be room for 64, or
/// for as many as fit into a byte.
#[test]
fn hundreds_work_side_by_side() {
    const CROWD: usize = 260;
    let pool = ThreadPoolExecutor::new(CROWD);
    let meet = Arc::new(Barrier::new(CROWD));
    let task = || {
        let meet = Arc::clone(&meet);
        move || {
            meet.wait();
            whereabouts().1
        }
    };
    let futures: Vec<_> = (0..CROWD).map(|_| submit(&pool, task())).collect();
    let mut names: Vec<String> = futures
        .iter()
        .map(|future| future.result().expect("no panic").expect("the pool's threads have names"))
        .collect();
    names.sort();
    let mut expected: Vec<_> = (0..CROWD).map(|n| format!("ThreadPoolExecutor_{n}")).collect();
    expected.sort();
    assert!(names == expected, "the names of 260 threads: {names:?}");
}

/// Two threads each submit a task to a pool of one worker, at the same moment. One thread must do
/// both, one after the other.
///
/// A pool that has more workers than it was allowed brings down the database behind it, and only on
/// the busiest day of the year.
#[test]
fn never_more_threads_than_allowed() {
    let inside = Arc::new(AtomicUsize::new(0));
    let look_round = || {
        let inside = Arc::clone(&inside);
        move || {
            let others = inside.fetch_add(1, SeqCst);
            inside.fetch_sub(1, SeqCst);
            (others, whereabouts())
        }
    };
    let pool = Arc::new(ThreadPoolExecutor::new(1));
    let theirs = thread::spawn({
        let (pool, task) = (Arc::clone(&pool), look_round());
        move || submit(&pool, task).result()
    });
    let mine = submit(&pool, look_round()).result().expect("the task does not panic");
    let theirs = theirs.join().expect("submit() should not panic").expect("nor the task");
    assert_eq!((mine.0, theirs.0), (0, 0), "others at work, in a pool of 1 worker");
    assert_eq!(mine.1, theirs.1, "the two threads that did the work, in a pool of 1 worker");
}

/// Sleeps for a little over 20 ms, so that no thread that looks every millisecond is on time by chance.
/// Returns how late a thread may be. On the grader's clock, which is exact, that is not at all; then it
/// sleeps for months, which cost nothing except to a thread that looks again now and then. Any
/// other clock shows by this very sleep that it is not exact, and then lateness is nobody's fault: a
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

/// Tasks are submitted to a pool of three, with pauses in between. An idle thread must be used
/// before another is started, sleep until there is work, and begin at that very moment. When two
/// threads are idle, two tasks must not start a third, not even after one of the two was woken for
/// a task that the other one then took.
///
/// A thread costs memory, and time to start; saving both is what a pool is for.
#[test]
fn idle_workers_are_reused() {
    let pool = ThreadPoolExecutor::new(3);
    let first = submit(&pool, whereabouts).result();
    let tolerance = nap();
    let submitted = Instant::now();
    let second = submit(&pool, move || (whereabouts(), submitted.elapsed())).result();
    let (second, late) = second.expect("the task does not panic");
    // On a slow machine the first one may not have gone to sleep yet, and then it was not idle.
    assert!(
        first.as_ref() == Ok(&second) || !tolerance.is_zero(),
        "a second thread was started, though the first one was idle: {first:?}, then {second:?}"
    );
    assert!(late <= tolerance, "the idle worker began {late:?} after there was work for it");

    for round in [
        "while worker 0 was idle",
        "while workers 0 and 1 were idle, so that no third one was needed",
        "while workers 0 and 1 were idle again, after one had been woken and found nothing to do",
    ] {
        nap();
        if round.ends_with("nothing to do") {
            let (go_on, may_go_on) = mpsc::channel::<()>();
            let busy = submit(&pool, move || may_go_on.recv());
            nap();
            let next = submit(&pool, || ());
            go_on.send(()).expect("the first task waits");
            assert_eq!(busy.result(), Ok(Ok(())), "the task that kept one worker busy");
            assert_eq!(next.result(), Ok(()), "the task for which the other one was woken");
            nap();
        }
        let meet = Arc::new(Barrier::new(2));
        let futures = [0, 1].map(|_| {
            let meet = Arc::clone(&meet);
            submit(&pool, move || {
                meet.wait();
                whereabouts().1
            })
        });
        let mut names = futures.map(|future| future.result().expect("no panic"));
        names.sort();
        let expected = ["ThreadPoolExecutor_0", "ThreadPoolExecutor_1"];
        assert_eq!(
            names.each_ref().map(Option::as_deref),
            expected.map(Some),
            "the threads that ran two tasks, submitted {round}"
        );
    }
}

/// Three tasks panic, one after another, in a pool of one worker, the last without even a text. And
/// the callback of a task that succeeds panics. Each panic must stay in its own future and go no
/// further: the last task must be done, and by the same thread as the first.
///
/// If a bad request takes a worker with it, eight bad requests close the shop.
#[test]
fn a_panic_fails_its_own_future_only() {
    let pool = ThreadPoolExecutor::new(1);
    let before = submit(&pool, whereabouts);
    let flood = submit(&pool, || panic!("flood"));
    let level = 3;
    let fire = submit(&pool, move || panic!("fire on level {level}"));
    let silent = submit(&pool, || panic_any(42));
    before.add_done_callback(|_| panic!("a bad callback, on purpose"));
    let after = submit(&pool, whereabouts);

    let failed = |text: &str| Exception::Panicked(text.into());
    let result: Result<(), FutureError> = flood.result();
    assert_eq!(result, Err(FutureError::Failed(failed("flood"))), "result() of the first");
    let result: Result<(), FutureError> = fire.result();
    assert!(result.is_err(), "result() of a task that panicked");
    assert_eq!(fire.exception(), Ok(Some(failed("fire on level 3"))), "exception() of the second");
    let silent = Future::<()>::exception(&silent);
    assert!(matches!(silent, Ok(Some(Exception::Panicked(_)))), "the third panicked: {silent:?}");
    assert_eq!(before.result(), after.result(), "the thread before the panics, and after them");
}

/// A task submits another task to its own pool and waits for it. The pool has two workers, and only
/// one is busy, so the task need not wait for ever, and must not. Then, in a pool of one, a task
/// submits another and ends; and a callback submits one. Last, a task ends its own future, and then
/// returns something else: what came first must stand, and the thread must go on.
///
/// In a large program nobody knows who else uses the pool.
#[test]
fn a_task_may_submit() {
    let pool = Arc::new(ThreadPoolExecutor::new(2));
    let outer = submit(&pool, {
        let pool = Arc::clone(&pool);
        move || submit(&pool, || 20).result().map(|inner| inner + 1)
    });
    assert_eq!(outer.result(), Ok(Ok(21)), "a task that waits for one that it has submitted");
    drop(pool);

    let pool = Arc::new(ThreadPoolExecutor::new(1));
    let (tell, told) = mpsc::channel();
    let outer = submit(&pool, {
        let pool = Arc::clone(&pool);
        move || submit(&pool, || 23)
    });
    outer.add_done_callback({
        let pool = Arc::clone(&pool);
        move |_| tell.send(submit(&pool, || 24)).expect("the main thread listens")
    });
    let inner = outer.result().expect("the task does not panic");
    assert_eq!(inner.result(), Ok(23), "what a task has submitted");
    let last = told.recv().expect("the callback is called");
    assert_eq!(last.result(), Ok(24), "what a callback has submitted");

    let (give, given) = mpsc::channel::<Future<u32>>();
    let ends_itself = submit(&pool, move || {
        let own = given.recv().expect("the main thread gives the future");
        own.set_result(25).expect("a future that is running may be ended");
        26
    });
    give.send(ends_itself.clone()).expect("the task waits for its future");
    assert_eq!(ends_itself.result(), Ok(25), "a task that has ended its own future");
    assert_eq!(submit(&pool, || 27).result(), Ok(27), "the task after that");
}

/// The callback of a task submits another task to its own pool, and waits for it. The pool has two
/// workers, and the one that calls the callback is not idle, whatever has become of its task. So a
/// second thread must be started, and the other task be done.
///
/// Nobody can tell when a callback that somebody else has written will return.
#[test]
fn a_callback_may_wait_for_a_task() {
    let pool = Arc::new(ThreadPoolExecutor::new(2));
    let (tell, told) = mpsc::channel();
    let first = submit(&pool, || 1);
    first.add_done_callback({
        let pool = Arc::clone(&pool);
        move |_| tell.send(submit(&pool, || 2).result()).expect("the main thread listens")
    });
    let result = told.recv().expect("the callback is called");
    assert_eq!(result, Ok(2), "what the callback has submitted");
    pool.shutdown(true, false);
}

/// Calls a function when it is dropped.
struct Destructor<F: FnMut()>(F);

impl<F: FnMut()> Drop for Destructor<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A pool of two has one thread, which drops a result that nobody wants; that of another such pool
/// drops what a task panicked with. The destructor of either submits a task and waits for it. Its
/// thread is not idle then, whatever has become of its own task. So a second thread must be started,
/// and the other task be done.
///
/// A thread that has counted itself idle a moment too early is counted on by the very task that it
/// waits for.
#[test]
fn a_destructor_may_wait_for_a_task() {
    for panics in [false, true] {
        let pool = Arc::new(ThreadPoolExecutor::new(2));
        let (tell, told) = mpsc::channel();
        let value = Destructor({
            let pool = Arc::downgrade(&pool);
            move || {
                let pool = pool.upgrade().expect("the main thread has the pool");
                let other = submit(&pool, || 2);
                drop(pool);
                tell.send(other.result()).expect("the main thread listens");
            }
        });
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let unwanted = submit(&pool, move || {
            // Nothing is ever sent: this ends when the other side is dropped.
            let _ = may_go_on.recv();
            if panics {
                panic_any(value);
            }
            value
        });
        drop(unwanted);
        drop(go_on);
        let result = told.recv().expect("the destructor is called");
        assert_eq!(result, Ok(2), "what the destructor has submitted");
        pool.shutdown(true, false);
    }
}

/// Destructors submit a task to the pool. They run when a task was cancelled by hand, and for what
/// a task panicked with and a result that nobody wants: these must be accepted. Others run when
/// `shutdown` cancels a task, when `submit` refuses one, and when a pool breaks because its
/// initializer panics: these must be refused. None may wait for ever.
///
/// A task often owns the last handle of something large. What that does when it is dropped is
/// foreign code, no less than the task itself.
#[test]
fn destructors_may_use_the_pool() {
    let pool = Arc::new(ThreadPoolExecutor::new(1));
    let (tell, told) = mpsc::channel();
    let value_of = |pool: &Arc<ThreadPoolExecutor>| {
        let (pool, tell) = (Arc::downgrade(pool), tell.clone());
        Destructor(move || {
            let pool = pool.upgrade().expect("the main thread has the pool");
            let refused = pool.submit(|| ()).err();
            drop(pool);
            tell.send(refused).expect("the main thread listens");
        })
    };
    let value = || value_of(&pool);
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let busy = submit(&pool, move || may_go_on.recv());
    let owner = |value| move || drop(value);
    let cancelled = submit(&pool, owner(value()));
    assert!(cancelled.cancel(), "a task that has not begun can be cancelled");
    let payload = value();
    let panics = submit(&pool, move || panic_any(payload));
    let result = value();
    drop(submit(&pool, move || result));
    go_on.send(()).expect("the first task waits");
    assert_eq!(busy.result(), Ok(Ok(())), "the first task");
    assert_eq!(told.recv(), Ok(None), "submit() when a task that was cancelled is dropped");
    assert_eq!(told.recv(), Ok(None), "submit() when what a task panicked with is dropped");
    assert_eq!(told.recv(), Ok(None), "submit() when a result that nobody wants is dropped");
    let panicked = Future::<()>::exception(&panics);
    assert!(
        matches!(panicked, Ok(Some(Exception::Panicked(_)))),
        "the task panicked: {panicked:?}"
    );

    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let busy = submit(&pool, move || {
        begin.send(()).expect("the main thread listens");
        may_go_on.recv()
    });
    has_begun.recv().expect("the task begins");
    let pending = submit(&pool, owner(value()));
    pool.shutdown(false, true);
    assert!(pending.cancelled(), "a pending task should be cancelled by shutdown()");
    let shut_down = Ok(Some(SubmitError::ShutDown));
    assert_eq!(told.recv(), shut_down, "submit() when shutdown() drops a task");
    assert!(pool.submit(owner(value())).is_err(), "submit() should refuse after shutdown()");
    assert_eq!(told.recv(), shut_down, "submit() when submit() drops a task");
    go_on.send(()).expect("the task waits");
    pool.shutdown(true, false);
    assert_eq!(busy.result(), Ok(Ok(())), "the task that was at work");

    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let initializer = move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = gate.lock().unwrap().recv();
        panic!("a bad initializer, on purpose");
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = Arc::new(ThreadPoolExecutor::with_options(1, options));
    let stranded = submit(&pool, owner(value_of(&pool)));
    drop(open);
    let broken = Ok(Some(SubmitError::BrokenPool));
    assert_eq!(told.recv(), broken, "submit() when a task is dropped because the pool broke");
    let result = FutureError::Failed(Exception::BrokenPool);
    assert_eq!(stranded.result(), Err(result), "the result of that task");
}

/// Panics when it is dropped, with another of its kind, as often as its number says.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        match self.0 {
            0 => panic!("the last one, on purpose"),
            more => panic_any(Bomb(more - 1)),
        }
    }
}

/// In a pool of one worker, values whose destructors panic are dropped: what a task panicked with,
/// a cancelled task, and a result that nobody wants. The last task must still be done, by the same
/// thread as the first. Then an initializer panics with such a value, while two tasks wait, one of
/// them with another such value: both must be told that the pool broke.
///
/// The panic of a destructor comes when everybody thinks that the matter is closed.
#[test]
fn destructors_may_panic() {
    let pool = ThreadPoolExecutor::new(1);
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let before = submit(&pool, move || {
        may_go_on.recv().expect("the main thread lets it go on");
        whereabouts()
    });
    let panics = submit(&pool, || panic_any(Bomb(3)));
    let owner = |bomb| move || drop::<Bomb>(bomb);
    let cancelled = submit(&pool, owner(Bomb(3)));
    assert!(cancelled.cancel(), "a task that has not begun can be cancelled");
    drop(submit(&pool, || Bomb(3)));
    go_on.send(()).expect("the first task waits");
    let after = submit(&pool, whereabouts);
    let panicked = Future::<()>::exception(&panics);
    assert!(
        matches!(panicked, Ok(Some(Exception::Panicked(_)))),
        "the task panicked: {panicked:?}"
    );
    assert_eq!(before.result(), after.result(), "the thread before the panics, and after them");

    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let initializer = move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = gate.lock().unwrap().recv();
        panic_any(Bomb(3));
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(1, options);
    let stranded = [submit(&pool, owner(Bomb(3))), submit(&pool, || ())];
    drop(open);
    let broken = || Err(FutureError::Failed(Exception::BrokenPool));
    assert_eq!(
        stranded.map(|future| future.result()),
        [broken(), broken()],
        "the results of two tasks that waited when the pool broke"
    );
}

/// A pool of two has done one task, and its thread is idle now, or soon will be. Two tasks are
/// submitted, and the first cannot end before the second has begun. There are two workers, so both
/// tasks must be done.
///
/// To count on a thread that others count on as well is to stand in a queue that does not move.
#[test]
fn a_task_may_need_the_next() {
    let pool = ThreadPoolExecutor::new(2);
    assert_eq!(submit(&pool, || 1).result(), Ok(1), "the first task");
    let (tell, told) = mpsc::channel();
    let needs = submit(&pool, move || told.recv());
    let needed = submit(&pool, move || tell.send(2));
    assert_eq!(needs.result(), Ok(Ok(2)), "a task that needs the one that was submitted after it");
    assert_eq!(needed.result(), Ok(Ok(())), "the task that it needs");
}

thread_local! {
    static PREPARED: Cell<u32> = const { Cell::new(0) };
}

/// A pool is given an initializer: each of its threads must call it once, before the first task
/// that the thread does, and nobody else may call it. It takes its time, and is not finished before
/// the main thread has submitted two tasks. These wait for each other, which makes sure that both
/// threads are there, and a third task finds a thread that has been used before. In a second pool,
/// the second thread may come too late for its task; it must call the initializer all the same.
///
/// This is where a thread opens its own connection. A task that comes before it finds none; a
/// thread that calls it for each task opens thousands.
#[test]
fn the_initializer_comes_first() {
    let calls = Arc::new(AtomicUsize::new(0));
    let (not_yet, now) = mpsc::channel::<()>();
    let now = Mutex::new(now);
    let initializer = {
        let calls = Arc::clone(&calls);
        move || {
            // Nothing is ever sent: this ends when the other side is dropped.
            let _ = now.lock().unwrap().recv();
            calls.fetch_add(1, SeqCst);
            PREPARED.set(PREPARED.get() + 1);
        }
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(2, options);
    let meet = Arc::new(Barrier::new(2));
    let meeting = [0, 1].map(|_| {
        let meet = Arc::clone(&meet);
        submit(&pool, move || {
            meet.wait();
            PREPARED.get()
        })
    });
    drop(not_yet);
    for future in meeting {
        assert_eq!(future.result(), Ok(1), "calls of the initializer on the task's thread");
    }
    assert_eq!(submit(&pool, || PREPARED.get()).result(), Ok(1), "calls on a thread used before");
    assert_eq!(calls.load(SeqCst), 2, "calls of the initializer for two threads");
    assert_eq!(PREPARED.get(), 0, "calls of the initializer on the thread that made the pool");

    let calls = Arc::new(AtomicUsize::new(0));
    let initializer = {
        let calls = Arc::clone(&calls);
        move || _ = calls.fetch_add(1, SeqCst)
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(2, options);
    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let first = submit(&pool, move || {
        begin.send(()).expect("the main thread listens");
        may_go_on.recv()
    });
    has_begun.recv().expect("the first task begins");
    // The only thread is at work, so another one is started.
    let second = submit(&pool, || ());
    go_on.send(()).expect("the first task waits");
    pool.shutdown(true, false);
    assert_eq!((first.result(), second.result()), (Ok(Ok(())), Ok(())), "the two tasks");
    assert_eq!(calls.load(SeqCst), 2, "calls of the initializer in a pool that was ended at once");
}

/// A pool of three has one thread at work; the second one has been started, and is in the
/// initializer, which waits for task 3. The first thread does task 2, which waits for task 3 as
/// well. So neither is idle when task 3 is submitted: a third thread must be started to do it.
///
/// A thread that was started for one task is not there for the next one, least of all if another
/// thread has done its task.
#[test]
fn a_thread_in_its_initializer_is_not_idle() {
    let (third_is_done, wait_for_it) = (Arc::new(Barrier::new(3)), AtomicUsize::new(0));
    let initializer = {
        let third_is_done = Arc::clone(&third_is_done);
        move || {
            if wait_for_it.fetch_add(1, SeqCst) == 1 {
                third_is_done.wait();
            }
        }
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(3, options);
    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let first = submit(&pool, {
        let begin = begin.clone();
        move || {
            begin.send(1).expect("the main thread listens");
            may_go_on.recv()
        }
    });
    assert_eq!(has_begun.recv(), Ok(1), "the task that begins first");
    let second = submit(&pool, {
        let third_is_done = Arc::clone(&third_is_done);
        move || {
            begin.send(2).expect("the main thread listens");
            third_is_done.wait();
        }
    });
    go_on.send(()).expect("the first task waits");
    assert_eq!(has_begun.recv(), Ok(2), "the task that begins next");
    let third = submit(&pool, move || {
        third_is_done.wait();
    });
    assert_eq!(third.result(), Ok(()), "a task that was submitted when no thread was idle");
    assert_eq!((first.result(), second.result()), (Ok(Ok(())), Ok(())), "the tasks before it");
}

/// The initializer of a pool of two, when it is called for the first time, submits a task to that
/// pool and waits for it. It keeps the first thread, so the second one must do that task, and the
/// one that was there before. Then the initializer shuts the pool down and asks to wait. It runs on
/// one of the pool's own threads, which cannot wait for itself, so it must not wait.
///
/// A thread belongs to the pool from its first step to its last.
#[test]
fn the_initializer_may_use_the_pool() {
    let own_pool = Arc::new(OnceLock::<Weak<ThreadPoolExecutor>>::new());
    let calls = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    let initializer = {
        let own_pool = Arc::clone(&own_pool);
        move || {
            if calls.fetch_add(1, SeqCst) == 0 {
                let pool = own_pool.get().and_then(Weak::upgrade).expect("the main thread has it");
                let result = submit(&pool, || 2).result();
                pool.shutdown(true, false);
                tell.send(result).expect("the main thread listens");
            }
        }
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = Arc::new(ThreadPoolExecutor::with_options(2, options));
    own_pool.set(Arc::downgrade(&pool)).expect("nobody else sets it");
    let first = submit(&pool, || 1);
    assert_eq!(told.recv(), Ok(Ok(2)), "what the initializer has submitted");
    assert_eq!(first.result(), Ok(1), "the task that was submitted before");
    let refused = pool.submit(|| ()).err();
    assert_eq!(
        refused,
        Some(SubmitError::ShutDown),
        "submit() after shutdown() by the initializer"
    );
    pool.shutdown(true, false);
}

/// A pool is shut down, without waiting, while its initializer is at work and a task is pending,
/// behind one that was cancelled. Then the initializer panics. That breaks the pool, as it would at
/// any other time: the pending task must fail, and the pool must come to an end.
///
/// Whoever shut the pool down was promised that the pending task would be done. If it cannot be,
/// they must be told.
#[test]
fn a_pool_breaks_after_shutdown() {
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let initializer = move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = gate.lock().unwrap().recv();
        panic!("a bad initializer, on purpose");
    };
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(1, options);
    let cancelled = submit(&pool, || ());
    assert!(cancelled.cancel(), "a task that has not begun can be cancelled");
    let pending = submit(&pool, || panic!("this task should never begin"));
    pool.shutdown(false, false);
    drop(open);
    let result: Result<(), FutureError> = pending.result();
    let broken = FutureError::Failed(Exception::BrokenPool);
    assert_eq!(result, Err(broken), "the result of a task that was pending at the shutdown");
    assert!(pool.submit(|| ()).is_err(), "submit() should refuse after shutdown()");
    pool.shutdown(true, false);
}

/// A pool of one worker has a task pending, and its initializer panics; at the same moment a second
/// task is submitted. The pool may accept that one, or refuse it as broken. But if it accepts, the
/// task must fail with the first one, and neither may be begun.
///
/// The moment between the question whether a pool is sound and the next line is long enough for it
/// to break.
#[test]
fn a_late_task_and_a_broken_pool() {
    let initializer = || panic!("a bad initializer, on purpose");
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = ThreadPoolExecutor::with_options(1, options);
    let never = || panic!("this task should never begin");
    let first: Future<()> = submit(&pool, never);
    let broken = || Err(FutureError::Failed(Exception::BrokenPool));
    match pool.submit::<(), _>(never) {
        Ok(late) => assert_eq!(late.result(), broken(), "a task that came as the pool broke"),
        Err(why) => assert_eq!(why, SubmitError::BrokenPool, "why the late task was refused"),
    }
    assert_eq!(first.result(), broken(), "the task that the thread was started for");
    pool.shutdown(true, false);
}

/// One thread of a pool is at work when the initializer of the second one panics. That must break
/// the pool: the task that waits must fail without having begun, its callback must be called, and
/// whatever is submitted from then on must be refused. Work that has begun must go on, and a
/// shutdown that waits must find it done.
///
/// A pool that cannot prepare its threads cannot keep its promises. It must say so, or somebody
/// waits for work that is never done.
#[test]
fn a_failed_initializer_breaks_the_pool() {
    let calls = AtomicUsize::new(0);
    let initializer =
        move || assert_eq!(calls.fetch_add(1, SeqCst), 0, "the second call fails, on purpose");
    let options = Options { initializer: Some(Box::new(initializer)), ..Options::default() };
    let pool = Arc::new(ThreadPoolExecutor::with_options(2, options));

    let (begin, begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let at_work = submit(&pool, move || {
        begin.send(()).expect("the main thread listens");
        may_go_on.recv().is_ok()
    });
    begun.recv().expect("the first task begins");
    let stranded = submit(&pool, || panic!("this task should never begin"));
    let (tell, told) = mpsc::channel();
    stranded.add_done_callback({
        let pool = Arc::downgrade(&pool);
        move |_| {
            let pool = pool.upgrade().expect("the main thread has the pool");
            let refused = pool.submit(|| ()).err();
            drop(pool);
            tell.send(refused).expect("the main thread listens");
        }
    });
    let result: Result<(), FutureError> = stranded.result();
    let broken = FutureError::Failed(Exception::BrokenPool);
    assert_eq!(result, Err(broken), "the result of a task that waited when the pool broke");
    let refused = told.recv().expect("the failed future calls its callbacks");
    assert_eq!(refused, Some(SubmitError::BrokenPool), "submit() by the failed future's callback");
    let refused = pool.submit(|| ()).err();
    assert_eq!(refused, Some(SubmitError::BrokenPool), "submit() to a broken pool");
    go_on.send(()).expect("the first task is at work");
    pool.shutdown(true, false);
    assert!(at_work.done(), "the task at work should be done when shutdown() came back");
    assert_eq!(at_work.result(), Ok(true), "the task that had begun before the pool broke");
}
