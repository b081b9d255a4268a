//! How a `ThreadPoolExecutor` comes to an end.

use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::mem;
use std::panic::{self, AssertUnwindSafe, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, Weak};
use std::thread;
use std::time::{Duration, Instant};
use thread_pool::{Future, FutureError, Options, SubmitError, ThreadPoolExecutor};

/// A pool whose threads have a short name.
fn new_pool(max_workers: usize) -> ThreadPoolExecutor {
    let options = Options { thread_name_prefix: "worker".into(), ..Options::default() };
    ThreadPoolExecutor::with_options(max_workers, options)
}

/// Submits a task to a pool that has no reason to refuse it.
fn submit<T: Send + 'static>(
    pool: &ThreadPoolExecutor,
    task: impl FnOnce() -> T + Send + 'static,
) -> Future<T> {
    pool.submit(task).unwrap_or_else(|why| panic!("submit() refused a task: {why}"))
}

/// A task that adds one to a number.
fn add_one(to: &Arc<AtomicUsize>) -> impl FnOnce() + Send + 'static {
    let to = Arc::clone(to);
    move || {
        to.fetch_add(1, SeqCst);
    }
}

/// Submits a task that says when it has begun, and ends when it is told to.
fn occupy(pool: &ThreadPoolExecutor) -> (Future<bool>, Receiver<()>, Sender<()>) {
    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let task = move || {
        // Perhaps nobody wants to know.
        let _ = begin.send(());
        may_go_on.recv().is_ok()
    };
    (submit(pool, task), has_begun, go_on)
}

/// Adds one to a number when the thread that owns it ends.
struct Farewell(Arc<AtomicUsize>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

thread_local! {
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// Has the calling thread say farewell when it ends.
fn say_farewell(ended: &Arc<AtomicUsize>) {
    FAREWELL.set(Some(Farewell(Arc::clone(ended))));
}

/// A pool of one worker has three tasks, and two threads shut it down, both waiting. When either
/// call returns, all three tasks must be done. After that the pool must refuse work, and must not
/// do what it has refused; and shutting it down once more must do no harm.
///
/// A thread that has waited for the end goes on to close the files that the tasks write to.
#[test]
fn shutdown_finishes_what_is_pending() {
    let done = Arc::new(AtomicUsize::new(0));
    let pool = Arc::new(new_pool(1));
    let futures = [0, 1, 2].map(|_| submit(&pool, add_one(&done)));
    let other = thread::spawn({
        let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
        move || {
            pool.shutdown(true, false);
            done.load(SeqCst)
        }
    });
    pool.shutdown(true, false);
    assert_eq!(done.load(SeqCst), 3, "tasks done when shutdown() came back");
    let other = other.join().expect("shutdown() should not panic");
    assert_eq!(other, 3, "tasks done when another thread's shutdown() came back");
    assert_eq!(
        futures.map(|future| future.result()),
        [const { Ok(()) }; 3],
        "what became of the tasks"
    );

    let refused = pool.submit(add_one(&done)).err();
    assert_eq!(refused, Some(SubmitError::ShutDown), "submit() after shutdown()");
    assert!(!SubmitError::ShutDown.to_string().is_empty(), "the error should say something");
    pool.shutdown(true, true);
    assert_eq!(done.load(SeqCst), 3, "tasks done; the fourth one was refused");
}

/// Both threads of a pool of two have worked, and may be idle by now, or not yet. When a shutdown
/// with `wait` returns, both must have ended. Then a pool of one is shut down while its only task
/// shuts it down as well, and asks to wait, which it cannot. Its thread must have ended, too, when
/// the main thread's shutdown returns.
///
/// A thread that is forgotten sleeps until the program ends; one that is not waited for may still
/// be writing when the program has moved on.
#[test]
fn shutdown_sees_every_thread_off() {
    let ended = Arc::new(AtomicUsize::new(0));
    let pool = new_pool(2);
    let meet = Arc::new(Barrier::new(2));
    let meeting = [0, 1].map(|_| {
        let (meet, ended) = (Arc::clone(&meet), Arc::clone(&ended));
        submit(&pool, move || {
            say_farewell(&ended);
            meet.wait();
        })
    });
    assert_eq!(
        meeting.map(|future| future.result()),
        [const { Ok(()) }; 2],
        "two tasks, two workers"
    );
    pool.shutdown(true, false);
    assert_eq!(ended.load(SeqCst), 2, "threads of the pool that had ended");

    let pool = Arc::new(new_pool(1));
    let ends = submit(&pool, {
        let (pool, ended) = (Arc::downgrade(&pool), Arc::clone(&ended));
        move || {
            say_farewell(&ended);
            pool.upgrade().expect("the main thread has the pool").shutdown(true, false);
        }
    });
    pool.shutdown(true, false);
    assert_eq!(
        ended.load(SeqCst),
        3,
        "threads that had ended, including the one that shut its pool down"
    );
    assert_eq!(ends.result(), Ok(()), "a task that shuts down its own pool");
}

/// Shuts a pool down when the thread that owns it ends, and asks to wait.
struct LastWord {
    pool: Weak<ThreadPoolExecutor>,
    said: Arc<AtomicUsize>,
}

impl Drop for LastWord {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.shutdown(true, false);
            self.said.fetch_add(1, SeqCst);
        }
    }
}

thread_local! {
    static LAST_WORD: RefCell<Option<LastWord>> = const { RefCell::new(None) };
}

/// A task of a pool of one leaves a value in a thread-local variable, and the main thread shuts the
/// pool down and waits. So the pool's thread ends, and calls the destructor of that value, which
/// shuts the pool down as well and asks to wait. It still runs on the pool's own thread, which
/// cannot wait for itself, so it must not wait; and the main thread must come back after that. Then
/// a thread that is none of the pool's does the same at its own end. It must wait for the work.
///
/// A thread that has no more work to do has not ended yet. What it has kept for itself is still to
/// be dropped, and may use the pool.
#[test]
fn the_last_word_of_a_thread() {
    let said = Arc::new(AtomicUsize::new(0));
    let pool = Arc::new(new_pool(1));
    let leaves = submit(&pool, {
        let last_word = LastWord { pool: Arc::downgrade(&pool), said: Arc::clone(&said) };
        move || LAST_WORD.set(Some(last_word))
    });
    pool.shutdown(true, false);
    assert_eq!(
        said.load(SeqCst),
        1,
        "destructors in the pool's thread that had come back from shutdown()"
    );
    assert_eq!(leaves.result(), Ok(()), "the task that left the value");

    let done = Arc::new(AtomicUsize::new(0));
    let pool = Arc::new(new_pool(1));
    let last_word = LastWord { pool: Arc::downgrade(&pool), said: Arc::clone(&said) };
    let stranger = thread::spawn({
        let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
        move || {
            LAST_WORD.set(Some(last_word));
            submit(&pool, add_one(&done))
        }
    });
    let task = stranger.join().expect("shutdown() should not panic");
    assert_eq!(said.load(SeqCst), 2, "destructors that had come back from shutdown()");
    assert_eq!(done.load(SeqCst), 1, "tasks done when shutdown() came back in a destructor");
    assert_eq!(task.result(), Ok(()), "the task of the thread that ended");
}

/// Makes a new pool when the thread that owns it ends, and shuts it down with a task in it.
struct Successor(Sender<bool>);

impl Drop for Successor {
    fn drop(&mut self) {
        let pool = new_pool(1);
        let task = submit(&pool, || ());
        pool.shutdown(true, false);
        let _ = self.0.send(task.done());
    }
}

thread_local! {
    static SUCCESSOR: RefCell<Option<Successor>> = const { RefCell::new(None) };
}

/// A task drops the last handle of its own pool, and leaves a value in a thread-local variable. The
/// pool is gone when its thread ends and calls the destructor of that value. This makes a new pool,
/// submits a task, and shuts the pool down with `wait`. It runs on a thread of the old pool and not of
/// the new one, so the task must be done when the call returns.
///
/// What comes new often stands where the old one stood, and is not the old one for that.
#[test]
fn a_new_pool_after_the_old_one() {
    let pool = new_pool(1);
    let (tell, told) = mpsc::channel();
    let (give, given) = mpsc::channel::<ThreadPoolExecutor>();
    let leaves = submit(&pool, move || {
        SUCCESSOR.set(Some(Successor(tell)));
        // The main thread has let go of the pool, so this is the last handle.
        drop(given.recv().expect("the main thread gives the pool"));
    });
    give.send(pool).expect("the task waits for the pool");
    assert_eq!(told.recv(), Ok(true), "whether the new pool's task was done after shutdown()");
    assert_eq!(leaves.result(), Ok(()), "the task that dropped the old pool");
}

/// A pool of one worker is busy, and one more task is pending, when it is shut down without
/// waiting. That must return at once, because the busy task cannot end before it does. New work
/// must be refused. But what was accepted must still be done, and a second shutdown, which waits
/// for it, must find it done.
#[test]
fn shutdown_without_waiting() {
    let done = Arc::new(AtomicUsize::new(0));
    let pool = new_pool(1);
    let (busy, has_begun, go_on) = occupy(&pool);
    let pending = submit(&pool, add_one(&done));
    has_begun.recv().expect("the first task begins");
    pool.shutdown(false, false);
    assert!(busy.running() && !pending.done(), "shutdown() should not end or cancel anything");
    let refused = pool.submit(add_one(&done)).err();
    assert_eq!(refused, Some(SubmitError::ShutDown), "submit() after shutdown()");
    go_on.send(()).expect("the first task is at work");
    pool.shutdown(true, false);
    assert_eq!(done.load(SeqCst), 1, "tasks done, without the one that was refused");
    assert_eq!(busy.result(), Ok(true), "the task that was being done");
    assert_eq!(pending.result(), Ok(()), "the task that was pending");
}

/// A pool of one worker is busy, and the first of two pending tasks is cancelled by hand: it must
/// not begin, but the next one must. Another busy pool with two pending tasks is shut down with
/// `cancel_futures`, for the first or the second time. Both tasks must be cancelled before that
/// returns, and have their callbacks called once. Work that has begun must go on.
///
/// A future that is dropped in silence leaves somebody waiting for ever.
#[test]
fn a_cancelled_task_does_not_begin() {
    let begun = Arc::new(AtomicUsize::new(0));
    let pool = new_pool(1);
    let (busy, _, go_on) = occupy(&pool);
    let [cancelled, wanted] = [0, 1].map(|_| submit(&pool, add_one(&begun)));
    assert!(cancelled.cancel(), "a task that has not begun can be cancelled");
    go_on.send(()).expect("the first task begins at some time");
    assert_eq!(busy.result(), Ok(true), "the first task");
    assert_eq!(wanted.result(), Ok(()), "the task behind the cancelled one");
    assert_eq!(cancelled.result(), Err(FutureError::Cancelled), "the cancelled one");
    assert_eq!(begun.load(SeqCst), 1, "tasks begun, without the one that was cancelled");
    drop(pool);

    for shut_down_before in [false, true] {
        let (begun, called) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let pool = Arc::new(new_pool(1));
        let (busy, has_begun, go_on) = occupy(&pool);
        let pending = [0, 1].map(|_| submit(&pool, add_one(&begun)));
        for future in &pending {
            let (pool, called) = (Arc::downgrade(&pool), Arc::clone(&called));
            future.add_done_callback(move |future| {
                let pool = pool.upgrade().expect("the main thread has the pool");
                let refused = pool.submit(|| ()).is_err();
                called.fetch_add(usize::from(future.cancelled() && refused), SeqCst);
            });
        }
        has_begun.recv().expect("the first task begins");
        assert!(!busy.cancel(), "a task that has begun cannot be cancelled");
        if shut_down_before {
            pool.shutdown(false, false);
        }
        pool.shutdown(false, true);
        for (number, future) in (1..).zip(&pending) {
            assert!(future.cancelled(), "pending task {number} should be cancelled by now");
            assert_eq!(future.result(), Err(FutureError::Cancelled), "pending task {number}");
        }
        assert_eq!(
            called.load(SeqCst),
            2,
            "callbacks (of two) that found their future cancelled, and submit() refused"
        );
        assert!(busy.running(), "a task that has begun cannot be cancelled");
        go_on.send(()).expect("the first task is at work");
        assert_eq!(busy.result(), Ok(true), "the task that had begun");
        pool.shutdown(true, true);
        assert_eq!(begun.load(SeqCst), 0, "cancelled tasks that were begun");
    }
}

/// A pool of one worker is busy, and one task is pending, when the pool is shut down with `wait`
/// and with `cancel_futures`. The busy task ends when a callback says that the pending one was
/// cancelled. So that must come before the wait, or the call never returns; and when it does, the
/// busy task must be done, and the other must not have begun. The callback asks for the end itself,
/// and waits for it; that must work, too.
///
/// Whoever waits first has nothing left to cancel.
#[test]
fn cancelled_before_the_wait() {
    let begun = Arc::new(AtomicUsize::new(0));
    let pool = Arc::new(new_pool(1));
    let (busy, has_begun, go_on) = occupy(&pool);
    has_begun.recv().expect("the first task begins");
    let pending = submit(&pool, add_one(&begun));
    let (tell, told) = mpsc::channel();
    pending.add_done_callback({
        let (pool, busy, tell) = (Arc::downgrade(&pool), busy.clone(), tell);
        move |future| {
            if future.cancelled() {
                go_on.send(()).expect("the first task is at work");
                pool.upgrade().expect("the main thread has the pool").shutdown(true, false);
                tell.send(busy.done()).expect("the main thread listens");
            }
        }
    });
    pool.shutdown(true, true);
    assert_eq!(told.try_recv(), Ok(true), "whether the work was done when the callback had waited");
    assert!(busy.done(), "the task at work should be done when shutdown() came back");
    assert_eq!(busy.result(), Ok(true), "the task that was being done");
    assert_eq!(pending.result(), Err(FutureError::Cancelled), "the pending task");
    assert_eq!(begun.load(SeqCst), 0, "cancelled tasks that were begun");
}

/// A pool of one has a task that takes a hundred days by the grader's clock, when it is shut down
/// with `wait`. That must return at the very moment the task is done, and sleep until then.
///
/// A program that is ending has no right to keep a processor busy. Whoever looks a thousand times a
/// second does, and is late all the same.
#[test]
fn waiting_for_the_end_is_sleep() {
    // A little over 20 ms, so that no thread that looks every millisecond is on time by chance.
    let moment = Duration::from_nanos(20_000_123);
    // On an exact clock months pass at once, unless a thread wakes up every now and then.
    let months = Duration::from_secs(100 * 24 * 60 * 60);
    let pool = new_pool(1);
    let ended = submit(&pool, move || {
        let slept_at = Instant::now();
        thread::sleep(moment);
        let exact = slept_at.elapsed() == moment;
        if exact {
            thread::sleep(months);
        }
        (exact, Instant::now())
    });
    pool.shutdown(true, false);
    let returned = Instant::now();
    let (exact, ended) = ended.result().expect("the task does not panic");
    let late = returned - ended;
    // No real clock is exact, and there nobody is blamed for being late.
    assert!(!exact || late.is_zero(), "shutdown() returned {late:?} after the work was done");
}

/// A task is cancelled at the moment when the thread of its pool may be about to begin it: by hand,
/// then by a `shutdown` with `cancel_futures`. Either it is cancelled, and then it must never
/// begin; or it is not, and then it must be done.
///
/// Whoever is told that the letter was stopped will not expect it to arrive.
#[test]
fn cancelled_at_the_last_moment() {
    for by_hand in [true, false] {
        let begun = Arc::new(AtomicUsize::new(0));
        let pool = new_pool(1);
        let task = submit(&pool, add_one(&begun));
        let cancelled = if by_hand {
            task.cancel()
        } else {
            pool.shutdown(false, true);
            task.cancelled()
        };
        pool.shutdown(true, false);
        let (result, times) =
            if cancelled { (Err(FutureError::Cancelled), 0) } else { (Ok(()), 1) };
        assert_eq!(task.result(), result, "the task, where cancelled is {cancelled}");
        assert_eq!(begun.load(SeqCst), times, "times it was begun, where cancelled is {cancelled}");
    }
}

/// A pool of one worker is busy, and one task is pending. One thread shuts the pool down and waits
/// for the work to be done. Another shuts it down, too, without waiting, and with `cancel_futures`.
/// That must cancel the pending task and return, although the busy task goes on and the first
/// thread still waits.
///
/// People who wait for the end are the very ones who lose their patience; then somebody cancels
/// what is left.
#[test]
fn cancelling_while_another_waits() {
    let begun = Arc::new(AtomicUsize::new(0));
    let pool = Arc::new(new_pool(1));
    let (busy, has_begun, go_on) = occupy(&pool);
    has_begun.recv().expect("the first task begins");
    let pending = submit(&pool, add_one(&begun));
    let waits = thread::spawn({
        let pool = Arc::clone(&pool);
        move || pool.shutdown(true, false)
    });
    pool.shutdown(false, true);
    assert!(pending.cancelled(), "the pending task should be cancelled by now");
    go_on.send(()).expect("the first task is at work");
    waits.join().expect("shutdown() should not panic");
    assert_eq!(busy.result(), Ok(true), "the task that was being done");
    assert_eq!(begun.load(SeqCst), 0, "cancelled tasks that were begun");
}

/// A task shuts down its own pool with `cancel_futures`, once without waiting, and once asking to
/// wait, which it cannot. Another task is pending. When the call returns, that one must be
/// cancelled, and it must never begin.
///
/// The task that finds the disk full is the one to stop all the others.
#[test]
fn a_task_cancels_the_rest() {
    for wait in [false, true] {
        let begun = Arc::new(AtomicUsize::new(0));
        let pool = Arc::new(new_pool(1));
        let (give, given) = mpsc::channel::<Future<()>>();
        let ends = submit(&pool, {
            let pool = Arc::downgrade(&pool);
            move || {
                let pending = given.recv().expect("the main thread gives the future");
                pool.upgrade().expect("the main thread has the pool").shutdown(wait, true);
                pending.cancelled()
            }
        });
        let pending = submit(&pool, add_one(&begun));
        give.send(pending).expect("the task waits for the future");
        assert_eq!(
            ends.result(),
            Ok(true),
            "whether the pending task was cancelled when shutdown() came back"
        );
        pool.shutdown(true, false);
        assert_eq!(begun.load(SeqCst), 0, "cancelled tasks that were begun");
    }
}

/// A pool is shut down with `cancel_futures`, and one of the two pending tasks owns something whose
/// destructor panics. Whoever called `shutdown` may be told of that panic or not. But both tasks
/// must be cancelled when it comes back, and then the pool must end as always.
///
/// The task at the head of the list has nothing to do with the one behind it.
#[test]
fn a_destructor_panics_at_the_end() {
    struct Bomb(u8);

    impl Drop for Bomb {
        fn drop(&mut self) {
            match self.0 {
                0 => panic!("the last one, on purpose"),
                more => panic_any(Bomb(more - 1)),
            }
        }
    }

    let pool = new_pool(1);
    let (busy, has_begun, go_on) = occupy(&pool);
    has_begun.recv().expect("the first task begins");
    let bomb = Bomb(3);
    let pending = [submit(&pool, move || drop(bomb)), submit(&pool, || ())];
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| pool.shutdown(false, true))) {
        mem::forget(payload);
    }
    assert_eq!(pending.map(|future| future.cancelled()), [true, true], "cancelled by shutdown()");
    go_on.send(()).expect("the first task is at work");
    pool.shutdown(true, false);
    assert_eq!(busy.result(), Ok(true), "the task that was being done");
}

/// Two pools have a thread each, and then they change places in memory. After that a task of the
/// first one ends the second, and waits: when that returns, the work must be done. Then it ends its
/// own pool, and asks to wait, which it cannot.
///
/// A pool is a value like any other. It is made in one function, returned to the next, and put into
/// an `Arc` in the third.
#[test]
fn a_pool_may_be_moved() {
    let done = Arc::new(AtomicUsize::new(0));
    let mut pools = Arc::new([new_pool(1), new_pool(1)]);
    let used = pools.each_ref().map(|pool| submit(pool, || ()).result());
    assert_eq!(used, [Ok(()), Ok(())], "a task for each pool");
    Arc::get_mut(&mut pools).expect("nobody else has the pools yet").swap(0, 1);
    let (begin, may_begin) = mpsc::channel();
    let ends = submit(&pools[0], {
        let (pools, done) = (Arc::clone(&pools), Arc::clone(&done));
        move || {
            may_begin.recv().expect("the main thread says so");
            pools[1].shutdown(true, false);
            let done_by_then = done.load(SeqCst);
            pools[0].shutdown(true, false);
            done_by_then
        }
    });
    let last = submit(&pools[1], add_one(&done));
    begin.send(()).expect("the task waits");
    assert_eq!(ends.result(), Ok(1), "tasks of the second pool done when its shutdown() came back");
    assert_eq!(last.result(), Ok(()), "that task");
}

/// A thread submits a task at the moment the pool is shut down: first to a pool without a thread,
/// then to one whose thread may be idle. The pool may accept the task or refuse it. If it accepts,
/// the task must be done before the shutdown returns; if it refuses, the task must not be
/// done.
///
/// A task that is accepted and then forgotten leaves somebody waiting.
#[test]
fn a_late_task_is_done_or_refused() {
    for used_before in [false, true] {
        let done = Arc::new(AtomicUsize::new(0));
        let pool = Arc::new(new_pool(1));
        if used_before {
            assert_eq!(submit(&pool, || 1).result(), Ok(1), "the first task");
        }
        let late = thread::spawn({
            let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
            move || pool.submit(add_one(&done))
        });
        pool.shutdown(true, false);
        let done_by_then = done.load(SeqCst);
        match late.join().expect("submit() should not panic") {
            Ok(future) => {
                assert_eq!(future.result(), Ok(()), "a task that was accepted");
                assert_eq!(done_by_then, 1, "tasks done when shutdown() came back");
            }
            Err(why) => {
                assert_eq!(why, SubmitError::ShutDown, "why the late task was refused");
                assert_eq!(done.load(SeqCst), 0, "tasks done, when the only one was refused");
            }
        }
    }
}

/// A function panics, and the pool that it has made goes out of scope, with one task being done and
/// one pending. When the panic is caught, both tasks must be done, and the thread must have ended,
/// as without a panic. In a second panic, a destructor submits a task to its pool, and waits for it.
///
/// A program that catches its panics goes on afterwards, and the work that it left behind should
/// not.
#[test]
fn a_panic_drops_the_pool() {
    let (done, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
        let pool = new_pool(1);
        let ended = Arc::clone(&ended);
        let _farewell = submit(&pool, move || say_farewell(&ended));
        let _last = submit(&pool, add_one(&done));
        panic!("on purpose");
    }));
    assert!(panicked.is_err(), "the function panicked");
    assert_eq!(done.load(SeqCst), 1, "pending tasks done when the pool had been dropped");
    assert_eq!(ended.load(SeqCst), 1, "threads ended when the pool had been dropped");

    struct Saver(ThreadPoolExecutor, Sender<Option<Result<u32, FutureError>>>);

    impl Drop for Saver {
        fn drop(&mut self) {
            let saved = self.0.submit(|| 3).ok();
            let _ = self.1.send(saved.map(|future| future.result()));
        }
    }

    let (tell, told) = mpsc::channel();
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
        let _saves_on_the_way_out = Saver(new_pool(1), tell);
        panic!("on purpose");
    }));
    assert!(panicked.is_err(), "the function panicked");
    assert_eq!(told.recv(), Ok(Some(Ok(3))), "the result of a task submitted during a panic");
}

/// A pool with two tasks is shut down without waiting, and then it goes out of scope. Dropping it
/// must wait as always: after that, both tasks must be done, and the thread must have ended.
///
/// That a pool takes no more work does not mean that it has none.
#[test]
fn dropping_after_shutdown() {
    let (done, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pool = new_pool(1);
    let farewell = submit(&pool, {
        let ended = Arc::clone(&ended);
        move || say_farewell(&ended)
    });
    let last = submit(&pool, add_one(&done));
    pool.shutdown(false, false);
    drop(pool);
    assert_eq!(done.load(SeqCst), 1, "pending tasks done when the pool had been dropped");
    assert_eq!(ended.load(SeqCst), 1, "threads ended when the pool had been dropped");
    assert_eq!((farewell.result(), last.result()), (Ok(()), Ok(())), "what became of the tasks");
}

/// A pool goes out of scope with one task being done and one pending. Then both must be done, and
/// the thread must have ended. The same must hold when it is a task of another pool that drops it.
/// Then a task shuts down its own pool, asking to wait, and lets go of the last handle, with
/// another task pending. That pending task must be done.
///
/// No thread can wait for its own end. In real programs the last handle of a pool is dropped by
/// whichever thread happens to be last.
#[test]
fn dropping_the_pool() {
    let (done, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pool = new_pool(1);
    let farewell = submit(&pool, {
        let ended = Arc::clone(&ended);
        move || say_farewell(&ended)
    });
    let last = submit(&pool, add_one(&done));
    drop(pool);
    assert_eq!(done.load(SeqCst), 1, "pending tasks done when the pool had been dropped");
    assert_eq!(ended.load(SeqCst), 1, "threads ended when the pool had been dropped");
    assert_eq!((farewell.result(), last.result()), (Ok(()), Ok(())), "what became of the tasks");

    let other_pool = new_pool(1);
    let dropped = submit(&other_pool, {
        let done = Arc::clone(&done);
        move || {
            let pool = new_pool(1);
            let last = submit(&pool, add_one(&done));
            drop(pool);
            (last.done(), done.load(SeqCst))
        }
    });
    let found = dropped.result();
    assert_eq!(found, Ok((true, 2)), "(done, tasks done) when a task had dropped another pool");
    drop(other_pool);

    let pool = Arc::new(new_pool(1));
    let (give, given) = mpsc::channel::<Arc<ThreadPoolExecutor>>();
    let ends = submit(&pool, move || {
        let pool = given.recv().expect("the main thread gives the pool");
        pool.shutdown(true, false);
        // The main thread has let go of the pool, so this is the last handle.
        drop(pool);
    });
    let pending = submit(&pool, add_one(&done));
    give.send(pool).expect("the task waits for the pool");
    assert_eq!(ends.result(), Ok(()), "a task that ends its own pool, and drops it");
    assert_eq!(pending.result(), Ok(()), "the task that was pending when the pool was dropped");
    assert_eq!(done.load(SeqCst), 3, "tasks done");
}
