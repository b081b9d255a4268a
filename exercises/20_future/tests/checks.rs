//! What a `Future` promises the threads that wait for it, and those that do the work.

use future::{Exception, Future, FutureError, InvalidState};
use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that does something with a future. (A result need not be `Sync`, but a program in
/// `contracts` checks that, and says more.)
fn start<T, R>(
    future: &Future<T>,
    work: impl FnOnce(&Future<T>) -> R + Send + 'static,
) -> JoinHandle<R>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let future = future.clone();
    thread::spawn(move || work(&future))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the future should not have panicked")
}

/// What a future says about itself.
fn looks<T: Send + 'static>(future: &Future<T>) -> (bool, bool, bool) {
    (future.running(), future.cancelled(), future.done())
}

fn no_luck() -> Exception {
    Exception::Panicked("no luck".into())
}

/// One thread takes three futures through their lives: the first gets a result, the second an
/// exception, the third is cancelled. At every step each must report its true stage. Work that has
/// begun cannot be cancelled, and an outcome cannot be replaced: an attempt must be refused, and
/// the first outcome must stay.
///
/// Somebody may already have acted on the first answer.
#[test]
fn a_future_says_how_it_is() {
    let future = Future::new();
    assert_eq!(looks(&future), (false, false, false), "(running, cancelled, done) of a new one");
    assert_eq!(
        future.result_timeout(Duration::ZERO),
        Err(FutureError::TimedOut),
        "result_timeout() with no time, when there is no result yet"
    );
    assert_eq!(
        future.exception_timeout(Duration::ZERO),
        Err(FutureError::TimedOut),
        "exception_timeout() with no time, when there is no result yet"
    );
    assert_eq!(future.set_running_or_notify_cancel(), Ok(true), "nobody has cancelled it");
    assert_eq!(looks(&future), (true, false, false), "(running, cancelled, done) while running");
    assert_eq!(
        future.set_running_or_notify_cancel(),
        Err(InvalidState),
        "a second set_running_or_notify_cancel()"
    );
    assert!(!future.cancel(), "cancel() cannot take back what is running");
    assert_eq!(looks(&future), (true, false, false), "(running, cancelled, done) while running");
    assert_eq!(future.set_result(1), Ok(()), "a running future takes a result");
    assert_eq!(looks(&future), (false, false, true), "(running, cancelled, done) with a result");
    assert_eq!(future.set_result(2), Err(InvalidState), "a second result");
    assert_eq!(future.set_exception(no_luck()), Err(InvalidState), "an exception after a result");
    assert_eq!(
        future.set_running_or_notify_cancel(),
        Err(InvalidState),
        "set_running_or_notify_cancel() of a future that is done"
    );
    assert!(!future.cancel(), "cancel() cannot take back what has ended");
    assert_eq!(looks(&future), (false, false, true), "(running, cancelled, done) with a result");
    assert_eq!(future.result(), Ok(1), "the first result should have stayed");
    assert_eq!(
        future.result_timeout(Duration::ZERO),
        Ok(1),
        "result_timeout() with no time, of a future that has a result"
    );
    assert_eq!(future.exception(), Ok(None), "exception() of a future that has a result");
    assert_eq!(
        future.exception_timeout(Duration::ZERO),
        Ok(None),
        "exception_timeout() with no time, of a future that has a result"
    );

    let failed = Future::<u32>::new();
    assert_eq!(failed.set_running_or_notify_cancel(), Ok(true), "nobody has cancelled it");
    assert_eq!(failed.set_exception(no_luck()), Ok(()), "a running future takes an exception");
    assert_eq!(failed.set_result(3), Err(InvalidState), "a result after an exception");
    let second = failed.set_exception(Exception::BrokenPool);
    assert_eq!(second, Err(InvalidState), "a second exception");
    assert!(!failed.cancel(), "cancel() cannot take back what has ended");
    assert_eq!(looks(&failed), (false, false, true), "(running, cancelled, done), failed");
    assert_eq!(failed.exception(), Ok(Some(no_luck())), "the first exception should have stayed");
    assert_eq!(
        failed.exception_timeout(Duration::ZERO),
        Ok(Some(no_luck())),
        "exception_timeout() with no time, of a future that has failed"
    );
    assert_eq!(
        failed.exception_timeout(EVER),
        Ok(Some(no_luck())),
        "exception_timeout() with the longest timeout, of a future that has failed"
    );
    let no_result = Err(FutureError::Failed(no_luck()));
    assert_eq!(failed.result(), no_result, "result() of a future that has failed");
    assert_eq!(
        failed.result_timeout(Duration::ZERO),
        no_result,
        "result_timeout() with no time, of a future that has failed"
    );

    let cancelled = Future::<u32>::new();
    assert!(cancelled.cancel(), "a pending future can be cancelled");
    assert!(cancelled.cancel(), "cancel() of a cancelled future: it is cancelled, so that is true");
    assert_eq!(
        cancelled.set_running_or_notify_cancel(),
        Ok(false),
        "set_running_or_notify_cancel() of a cancelled future"
    );
    assert!(cancelled.cancel(), "cancel() of a future that was cancelled, and whose worker knows");
    let again = cancelled.set_running_or_notify_cancel();
    assert_eq!(
        again,
        Err(InvalidState),
        "a second set_running_or_notify_cancel() of a cancelled future"
    );
    assert_eq!(cancelled.set_result(4), Err(InvalidState), "a result after cancel()");
    assert_eq!(
        cancelled.set_exception(no_luck()),
        Err(InvalidState),
        "an exception after cancel()"
    );
    assert_eq!(looks(&cancelled), (false, true, true), "(running, cancelled, done), cancelled");
    assert!(cancelled.cancel(), "cancel() of a future that is still cancelled");
    assert_eq!(cancelled.result(), Err(FutureError::Cancelled), "result() of a cancelled future");
    assert_eq!(
        cancelled.exception(),
        Err(FutureError::Cancelled),
        "exception() of a cancelled future"
    );
    let at_once = cancelled.result_timeout(Duration::ZERO);
    assert_eq!(
        at_once,
        Err(FutureError::Cancelled),
        "result_timeout() with no time, of a cancelled future"
    );
    let at_once = cancelled.exception_timeout(Duration::ZERO);
    assert_eq!(
        at_once,
        Err(FutureError::Cancelled),
        "exception_timeout() with no time, of a cancelled future"
    );

    assert!(cancelled == cancelled.clone(), "two handles of one future should be equal");
    assert!(cancelled != failed, "handles of two futures should not be equal");

    let said = [no_luck().to_string(), FutureError::TimedOut.to_string(), InvalidState.to_string()];
    assert!(said.iter().all(|text| !text.is_empty()), "an error without a text: {said:?}");
}

/// Two threads give a future a result at the same time. Then one begins the work while another
/// cancels it. Then one gives a result to a future that another cancels. Each time exactly one must
/// succeed, the other must be told, and the future must report the outcome of the winner.
///
/// If both believe that they were first, a customer who has cancelled is sent the goods.
#[test]
fn only_one_outcome() {
    let future = Future::new();
    let setters = [1, 2].map(|result| start(&future, move |future| future.set_result(result)));
    let result = future.result().expect("somebody sets a result");
    let [one, two] = setters.map(finish);
    assert!(one.is_ok() != two.is_ok(), "of two set_result(), one should be accepted");
    assert_eq!(result, if one.is_ok() { 1 } else { 2 }, "the result that was accepted");
    assert_eq!(future.result(), Ok(result), "the result should stay");

    let future = Future::new();
    let worker = start(&future, |future| {
        let wanted = future.set_running_or_notify_cancel();
        (wanted, wanted == Ok(true) && future.set_result(3).is_ok())
    });
    let cancelled = future.cancel();
    let (wanted, worked) = finish(worker);
    if cancelled {
        assert_eq!((wanted, worked), (Ok(false), false), "cancel() said that it was cancelled");
        assert_eq!(future.result(), Err(FutureError::Cancelled), "cancel() had its way");
    } else {
        assert_eq!((wanted, worked), (Ok(true), true), "cancel() said that it was too late");
        assert_eq!(future.result(), Ok(3), "the worker had its way");
    }

    let future = Future::new();
    let setter = start(&future, |future| future.set_result(4));
    let cancelled = future.cancel();
    let set = finish(setter);
    assert!(cancelled != set.is_ok(), "of cancel() and set_result(), one should be accepted");
    let outcome = if cancelled { Err(FutureError::Cancelled) } else { Ok(4) };
    assert_eq!(future.result(), outcome, "the outcome that was accepted");
}

/// Two threads wait for a future that is given a result, one for the result, one for the exception.
/// Then two wait for a future that fails, and two for one that is cancelled. All must be told. In
/// between, a thread with very little time waits beside one that has all the time there is. The
/// hasty one may get the result or give up, but the patient one must be told either way.
///
/// A thread that is not told waits for ever, with everything that it holds.
#[test]
fn every_waiter_is_told() {
    let future = Future::new();
    let waits = start(&future, Future::result);
    let waits_too = start(&future, Future::exception);
    assert_eq!(future.set_running_or_notify_cancel(), Ok(true), "nobody has cancelled it");
    assert_eq!(future.set_result(1), Ok(()), "a running future takes a result");
    assert_eq!(finish(waits), Ok(1), "what the one waiting for the result was told");
    assert_eq!(finish(waits_too), Ok(None), "what the one waiting for an exception was told");

    let future = Future::new();
    let hasty = start(&future, |future| future.result_timeout(Duration::from_millis(1)));
    let patient = start(&future, Future::result);
    assert_eq!(future.set_result(2), Ok(()), "a pending future takes a result");
    let hasty = finish(hasty);
    assert!(matches!(hasty, Ok(2) | Err(FutureError::TimedOut)), "the hasty one heard {hasty:?}");
    assert_eq!(finish(patient), Ok(2), "what the patient one was told");

    let future = Future::<u32>::new();
    let waits = start(&future, Future::result);
    let waits_too = start(&future, Future::exception);
    assert_eq!(future.set_exception(no_luck()), Ok(()), "a pending future takes an exception");
    assert_eq!(finish(waits), Err(FutureError::Failed(no_luck())), "what the first one was told");
    assert_eq!(finish(waits_too), Ok(Some(no_luck())), "what the second one was told");

    let future = Future::<u32>::new();
    let waits = start(&future, Future::result);
    let waits_too = start(&future, Future::exception);
    assert!(future.cancel(), "a pending future can be cancelled");
    assert_eq!(finish(waits), Err(FutureError::Cancelled), "what the first one was told");
    assert_eq!(finish(waits_too), Err(FutureError::Cancelled), "what the second one was told");
}

/// How long a tick of the check below is: an odd length, so that no thread that looks again every
/// millisecond is on time by chance.
const TICK: Duration = Duration::from_nanos(50_000_123);

/// The longest timeout there is. No clock can hold its end, so it must simply never run out.
const EVER: Duration = Duration::MAX;

/// Nearly as long. No clock can hold the end of this one, either.
const NEARLY_EVER: Duration = Duration::from_secs(u64::MAX);

/// Sleeps for a tick, and returns how late a thread may be. On the grader's clock, which is exact, that
/// is not at all; then it sleeps for months, which cost nothing except to a thread that looks
/// again now and then. Any other clock shows by this very sleep that it is not exact, and then lateness
/// is nobody's fault: a machine may be as slow as it likes.
fn nap() -> Duration {
    let slept_at = Instant::now();
    thread::sleep(TICK);
    if slept_at.elapsed() > TICK {
        return Duration::MAX;
    }
    thread::sleep(MONTHS);
    Duration::ZERO
}

/// On an exact clock months pass at once, unless a thread wakes up every now and then.
const MONTHS: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// Runs something, and says how long it took.
fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let began = Instant::now();
    let result = f();
    (result, began.elapsed())
}

/// Two threads wait for a result, one of them with the longest timeout there is; then one waits for
/// an exception, with a timeout that is nearly as long. They must sleep, and go on at the very
/// moment the result comes. Then two wait for at most three ticks of 50 ms each. They must give up
/// after three, even if the work begins meanwhile, or a callback is added.
///
/// A waiting thread that looks again and again takes the processor from the thread that does the
/// work, and a timeout that starts again with every wakeup is no limit.
#[test]
fn a_waiter_sleeps() {
    let future = Future::new();
    let waits = start(&future, |future| (future.result(), Instant::now()));
    let waits_too = start(&future, |future| (future.result_timeout(EVER), Instant::now()));
    let tolerance = nap();
    let set = Instant::now();
    assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
    for (result, at) in [waits, waits_too].map(finish) {
        assert_eq!(result, Ok(1), "what the one waiting for the result was told");
        let late = at.saturating_duration_since(set);
        assert!(late <= tolerance, "a waiter went on {late:?} later than the result came");
    }

    let future = Future::new();
    let waits = start(&future, |future| (future.exception_timeout(NEARLY_EVER), Instant::now()));
    let tolerance = nap();
    let set = Instant::now();
    assert_eq!(future.set_result(2), Ok(()), "a pending future takes a result");
    let (exception, at) = finish(waits);
    assert_eq!(exception, Ok(None), "what the one waiting for an exception was told");
    let late = at.saturating_duration_since(set);
    assert!(late <= tolerance, "a waiter went on {late:?} later than the result came");

    let future = Future::<u32>::new();
    let hasty = start(&future, |future| timed(|| future.result_timeout(3 * TICK)));
    let hasty_too = start(&future, |future| timed(|| future.exception_timeout(3 * TICK)));
    thread::sleep(TICK);
    assert_eq!(future.set_running_or_notify_cancel(), Ok(true), "nobody has cancelled it");
    thread::sleep(TICK);
    future.add_done_callback(|_| ());
    let ((result, lasted), (exception, lasted_too)) = (finish(hasty), finish(hasty_too));
    assert_eq!(result, Err(FutureError::TimedOut), "result_timeout() of a future that is not done");
    assert_eq!(
        exception,
        Err(FutureError::TimedOut),
        "exception_timeout() of one that is not done"
    );
    for lasted in [lasted, lasted_too] {
        assert!(lasted >= 3 * TICK, "a limit of {:?} ran out after {lasted:?}", 3 * TICK);
        let late = lasted - 3 * TICK;
        assert!(late <= tolerance, "a limit of {:?} ran out after {lasted:?}", 3 * TICK);
    }
}

/// A callback's number, and the result that it found.
type Call = (u32, Result<u32, FutureError>);

/// The calls made to some callbacks.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// A callback with a number, which asks its future for the result.
    fn count(&self, number: u32) -> impl FnOnce(&Future<u32>) + Send + 'static {
        let calls = self.clone();
        move |future| {
            let result = future.result_timeout(Duration::ZERO);
            calls.0.lock().unwrap().push((number, result));
        }
    }

    /// The calls so far, in order.
    fn so_far(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }
}

/// Callbacks are added before a future is done, at the very moment it is done, and afterwards. Each
/// must be called once: in the order in which they were added, or at once if the future is already
/// done, even if it has failed or was cancelled. A callback may use its future; but if it tries to
/// start or to end it again, it must be refused.
///
/// A callback that is lost is a page that never loads; one that is called twice is a bill that is
/// paid twice.
#[test]
fn each_callback_once() {
    let (future, calls) = (Future::new(), Calls::default());
    future.add_done_callback(calls.count(1));
    let nested = calls.count(3);
    future.add_done_callback({
        let second = calls.count(2);
        move |future| {
            second(future);
            assert!(future.done() && !future.cancel(), "called with a future that is not done");
            future.add_done_callback(nested);
        }
    });
    assert_eq!(calls.so_far(), [], "calls before the future is done");
    assert_eq!(future.set_result(7), Ok(()), "a pending future takes a result");
    let in_order = [(1, Ok(7)), (2, Ok(7)), (3, Ok(7))];
    assert_eq!(calls.so_far(), in_order, "calls when it is done: (number, result that it found)");
    future.add_done_callback(calls.count(4));
    assert_eq!(
        calls.so_far()[3..],
        [(4, Ok(7))],
        "calls of a callback that was added when the future was done already"
    );

    let (future, calls) = (Future::new(), Calls::default());
    future.add_done_callback(calls.count(1));
    assert!(future.cancel() && future.cancel(), "a pending future can be cancelled");
    future.add_done_callback(calls.count(2));
    let cancelled = Err(FutureError::Cancelled);
    assert_eq!(
        calls.so_far(),
        [(1, cancelled.clone()), (2, cancelled)],
        "calls of two callbacks, added before and after the cancel()"
    );

    let (future, calls) = (Future::new(), Calls::default());
    future.add_done_callback(calls.count(1));
    let (tell, told) = mpsc::channel();
    future.add_done_callback(move |future| {
        let started = future.set_running_or_notify_cancel().map(|_| ());
        let attempts = [started, future.set_result(5), future.set_exception(no_luck())];
        tell.send(attempts).expect("the check listens");
    });
    assert_eq!(future.set_exception(no_luck()), Ok(()), "a pending future takes an exception");
    let failed = Err(FutureError::Failed(no_luck()));
    assert_eq!(
        calls.so_far(),
        [(1, failed.clone())],
        "calls of the first callback, when the future had failed: (number, result that it found)"
    );
    let refused = Ok([Err(InvalidState); 3]);
    assert_eq!(
        told.try_recv(),
        refused,
        "what a callback was told: it tried a start, a result, an exception"
    );
    future.add_done_callback(calls.count(2));
    assert_eq!(
        calls.so_far()[1..],
        [(2, failed)],
        "calls of a callback that was added when the future had failed already"
    );

    let (future, calls) = (Future::new(), Calls::default());
    let (late, was_called) = (calls.count(2), calls.clone());
    future.add_done_callback(move |future| {
        future.add_done_callback(late);
        let called = was_called.so_far() == [(2, Ok(9))];
        was_called.count(u32::from(called))(future);
    });
    let here = thread::current().id();
    let (tell, told) = mpsc::channel();
    future.add_done_callback({
        let tell = tell.clone();
        move |_| tell.send(thread::current().id()).expect("the check listens")
    });
    assert_eq!(future.set_result(9), Ok(()), "a pending future takes a result");
    let at_once = [(2, Ok(9)), (1, Ok(9))];
    assert_eq!(calls.so_far(), at_once, "a callback that a callback adds is called at once");
    future.add_done_callback(move |_| {
        tell.send(thread::current().id()).expect("the check listens");
    });
    let threads: Vec<_> = told.try_iter().collect();
    assert_eq!(threads, [here, here], "the threads of two callbacks; this one ended the future");

    let (future, calls) = (Future::new(), Calls::default());
    let setter = start(&future, |future| future.set_result(8));
    future.add_done_callback(calls.count(1));
    future.add_done_callback(calls.count(2));
    assert_eq!(finish(setter), Ok(()), "a pending future takes a result");
    let mut found = calls.so_far();
    found.sort_by_key(|(number, _)| *number);
    assert_eq!(found, [(1, Ok(8)), (2, Ok(8))], "calls of two callbacks added while it was set");
}

/// A callback panics: when its future gets a result, when it is cancelled, and when it is already
/// done. That must end this one callback only. The callbacks after it must be called, the thread
/// that ended the future must not notice, and the future must go on answering. The same holds if a
/// callback asks for the result, and it is the result's own `clone` that panics.
///
/// Code that adds a callback does not know what else has been added, or who will call it.
#[test]
fn a_panicking_callback_stops_nobody() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = |calls: &Arc<AtomicUsize>| {
        let calls = Arc::clone(calls);
        move |_: &Future<u32>| {
            calls.fetch_add(1, SeqCst);
        }
    };
    let bad = |_: &Future<u32>| panic!("a bad callback, on purpose");

    let future = Future::new();
    future.add_done_callback(bad);
    future.add_done_callback(count(&calls));
    let set = finish(start(&future, |future| future.set_result(1)));
    assert_eq!(set, Ok(()), "a pending future takes a result");
    assert_eq!(calls.load(SeqCst), 1, "calls of the callback after the bad one");
    let added = start(&future, move |future| future.add_done_callback(bad));
    assert!(
        added.join().is_ok(),
        "a callback that was called at once threw its panic at the caller"
    );
    future.add_done_callback(count(&calls));
    assert_eq!(calls.load(SeqCst), 2, "calls of the good callbacks");
    assert_eq!(finish(start(&future, Future::result)), Ok(1), "the result");

    let future = Future::new();
    future.add_done_callback(bad);
    future.add_done_callback(count(&calls));
    let cancelled = finish(start(&future, Future::cancel));
    assert!(cancelled, "a pending future can be cancelled");
    assert_eq!(calls.load(SeqCst), 3, "calls of the callback after the bad one, when cancelled");
    assert!(future.cancelled() && future.done(), "the future should say that it was cancelled");

    let future = Future::<Fragile>::new();
    future.add_done_callback(|future| drop(future.result()));
    let tell = Arc::clone(&calls);
    future.add_done_callback(move |future| {
        if future.done() {
            tell.fetch_add(1, SeqCst);
        }
    });
    let fragile = Fragile(Arc::default());
    let set = start(&future, move |future| future.set_result(fragile));
    assert!(matches!(set.join(), Ok(Ok(()))), "set_result() should not notice a bad `clone`");
    assert_eq!(calls.load(SeqCst), 4, "calls of the callback after the one with a bad `clone`");
    let asks = start(&future, |future| future.done() && future.result().is_ok());
    assert!(matches!(asks.join(), Ok(true)), "the future should answer after a bad `clone`");
}

/// A result whose first `clone` panics.
struct Fragile(Arc<AtomicUsize>);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.0.fetch_add(1, SeqCst) > 0, "a bad clone, on purpose");
        Fragile(Arc::clone(&self.0))
    }
}

/// When a future is done, its callback asks another thread to add a second one, and waits for that
/// thread. The future is already done, so the second callback must be called at once, by the thread
/// that adds it, even though the first has not returned.
///
/// A callback may use the future in any way, and that includes waiting for others who use it.
#[test]
fn a_callback_waits_for_another() {
    let (future, calls) = (Future::new(), Calls::default());
    let second = calls.count(2);
    future.add_done_callback(move |future| {
        finish(start(future, |future| future.add_done_callback(second)));
    });
    assert_eq!(future.set_result(6), Ok(()), "a pending future takes a result");
    assert_eq!(calls.so_far(), [(2, Ok(6))], "calls of the second callback");
}

/// A future has a callback. While a thread gives the future its result, the main thread adds a
/// second one. Each must be called once, and the first one by the thread that ends the future, even
/// if the main thread calls the second. If the future was done before, the second one must be called
/// at once.
///
/// A callback may count on its thread: on what that one has done before, and on what it holds.
#[test]
fn each_thread_calls_its_own() {
    let future = Future::new();
    let (tell, told) = mpsc::channel();
    let [first, second] = [1, 2].map(|number| {
        let tell = tell.clone();
        move |_: &Future<u32>| {
            tell.send((number, thread::current().id())).expect("the check listens");
        }
    });
    future.add_done_callback(first);
    let setter = start(&future, |future| {
        assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
        thread::current().id()
    });
    let was_done = future.done();
    future.add_done_callback(second);
    let mut calls: Vec<_> = told.try_iter().collect();
    let called_here = calls.contains(&(2, thread::current().id()));
    assert!(
        called_here || !was_done,
        "`done` said true, and then `add_done_callback` returned before the callback had been called"
    );
    let ended_it = finish(setter);
    calls.extend(told.try_iter());
    calls.sort_by_key(|(number, _)| *number);
    let numbers: Vec<_> = calls.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2], "the callbacks that were called");
    assert!(
        calls[0].1 == ended_it,
        "the first callback was called by the thread that added another one, not by the one that \
         ended the future"
    );
}

/// Two workers ask at the same time whether a future is still wanted. If it was cancelled before,
/// exactly one must be told so, and if it was not, exactly one may begin; the other is refused.
///
/// If both begin, the work is done twice; if both are told, whoever counts what was cancelled
/// counts it twice.
#[test]
fn only_one_worker_is_told() {
    for cancelled in [true, false] {
        let future = Future::<u32>::new();
        assert!(!cancelled || future.cancel(), "a pending future can be cancelled");
        let other = start(&future, Future::set_running_or_notify_cancel);
        let mut told = [future.set_running_or_notify_cancel(), finish(other)];
        told.sort_by_key(Result::is_err);
        let expected = [Ok(!cancelled), Err(InvalidState)];
        assert_eq!(
            told, expected,
            "what two workers were told about a future (cancelled before: {cancelled})"
        );
    }
}

/// A thread waits for a moment only, and its time may run out at any point: while it gets ready to
/// sleep, while it sleeps, or when it has just been woken for nothing. Nobody ends the future, so
/// each time it must be told `TimedOut`.
#[test]
fn the_time_is_up_at_any_moment() {
    let moment = Duration::from_millis(1);
    let future = Future::<u32>::new();
    let hasty = start(&future, move |future| future.result_timeout(moment));
    thread::sleep(2 * moment);
    assert_eq!(finish(hasty), Err(FutureError::TimedOut), "what the hasty thread was told");
}

/// Two threads give a future a result at the same time. Whichever is refused is told
/// `InvalidState`, because the future is already done. So it must be done by then, for everybody: a
/// thread that has just been told so must find the other result.
#[test]
fn refused_because_it_is_done() {
    let future = Future::new();
    let other = start(&future, |future| future.set_result(1));
    let refused = future.set_result(2).is_err();
    let found = (future.done(), future.result_timeout(Duration::ZERO));
    let other = finish(other);
    let expected = if refused { (true, Ok(1)) } else { (true, Ok(2)) };
    assert_eq!(found, expected, "(done, result) of a future that is done; refused: {refused}");
    assert_ne!(other.is_err(), refused, "one of two results must be refused, and only one");
}

/// While a thread begins the work, the main thread asks the future whether it is done: it is not.
/// Then a thread gives a pending future its result, while the main thread asks whether it was
/// cancelled, and another thread cancels a pending future, while the main thread asks whether it is
/// running. The answer must always be no.
///
/// A future is in one stage at every moment. Whoever looks twice, and finds that it is not pending
/// and not running, may have seen two different stages.
#[test]
fn asked_while_it_changes() {
    let future = Future::<u32>::new();
    let worker = start(&future, Future::set_running_or_notify_cancel);
    let found = (future.done(), future.cancelled(), future.result_timeout(Duration::ZERO));
    assert_eq!(finish(worker), Ok(true), "nobody has cancelled it");
    let expected = (false, false, Err(FutureError::TimedOut));
    assert_eq!(found, expected, "(done, cancelled, result), while the work began");

    let future = Future::new();
    let setter = start(&future, |future| future.set_result(1));
    let cancelled = future.cancelled();
    assert_eq!(finish(setter), Ok(()), "a pending future takes a result");
    assert!(!cancelled, "cancelled() said yes while a pending future took a result");

    let future = Future::<u32>::new();
    let canceller = start(&future, Future::cancel);
    let running = future.running();
    assert!(finish(canceller), "a pending future can be cancelled");
    assert!(!running, "running() said yes while a pending future was cancelled");
}

/// A result that asks its future whether it is done, when it is dropped.
struct Curious {
    future: Future<Curious>,
    tell: mpsc::Sender<bool>,
}

impl Drop for Curious {
    fn drop(&mut self) {
        self.tell.send(self.future.done()).expect("the check listens");
    }
}

/// A result is given to a future that has already failed, and another one to a future that was
/// cancelled. Both results are refused, so they are dropped, and their destructors ask the future
/// whether it is done. They must be told that it is, and none may wait for ever.
///
/// A result may be the last handle of something large. What that does when it is dropped is foreign
/// code, like a callback.
#[test]
fn what_is_refused_may_use_the_future() {
    for cancelled in [false, true] {
        let future = Future::new();
        if cancelled {
            assert!(future.cancel(), "a pending future can be cancelled");
        } else {
            let failed = future.set_exception(no_luck());
            assert_eq!(failed, Ok(()), "a pending future takes an exception");
        }
        let (tell, told) = mpsc::channel();
        let late = Curious { future: future.clone(), tell };
        assert_eq!(future.set_result(late), Err(InvalidState), "a result of a future that is done");
        assert_eq!(told.try_recv(), Ok(true), "whether it was done, when the result was dropped");
    }
}

/// 256 threads wait for a future that has 300 callbacks. Then the future gets its result. All
/// threads must be told, and all callbacks must be called, in the order in which they were added.
///
/// It does not matter how many wait. What has room for 64 of them, or counts them in 8 bits, works
/// for years, until the day when everybody comes.
#[test]
fn hundreds_are_told() {
    let (future, calls) = (Future::new(), Calls::default());
    let threads: Vec<_> = (0..256).map(|_| start(&future, Future::result)).collect();
    (1..=300).for_each(|number| future.add_done_callback(calls.count(number)));
    // On the grader's clock, this gives the threads time to get as far as they can.
    thread::sleep(TICK);
    assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
    let numbers: Vec<_> = calls.so_far().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers.len(), 300, "calls of 300 callbacks");
    assert!(numbers.is_sorted(), "the order in which callbacks were called: {numbers:?}");
    for thread in threads {
        assert_eq!(finish(thread), Ok(1), "what each of 256 threads was told");
    }
}

/// Two threads wait for a future, one of them for a moment only. When that one has given up, the
/// future gets a result. The other thread must be told.
///
/// A waiter that gives up must change nothing for those who stay.
#[test]
fn one_gives_up_and_one_stays() {
    let future = Future::new();
    let patient = start(&future, |future| future.result());
    let hasty = start(&future, |future| future.result_timeout(Duration::from_millis(1)));
    let gave_up = finish(hasty);
    assert_eq!(gave_up, Err(FutureError::TimedOut), "what the hasty thread was told");
    assert_eq!(future.set_result(5), Ok(()), "a pending future takes a result");
    assert_eq!(finish(patient), Ok(5), "what the patient thread was told");
}

thread_local! {
    static AT_THE_END: RefCell<Option<Courier>> = const { RefCell::new(None) };
}

/// Its destructor ends one future, waits for another, and tells what came of that one.
struct Courier {
    ends: Future<u32>,
    awaits: Future<u32>,
    tell: mpsc::Sender<Result<u32, FutureError>>,
}

impl Drop for Courier {
    fn drop(&mut self) {
        let _ = self.ends.set_result(7);
        let _ = self.tell.send(self.awaits.result());
    }
}

/// A destructor ends one future and waits for another: first while its thread panics, then at the
/// end of the thread, in the destructor of a thread-local variable. Both times the main thread must
/// get the result, the callback must be called, and the destructor must get what it waits for.
///
/// That a thread panics does not mean that its results are bad, or that nobody needs them.
#[test]
fn a_destructor_may_end_a_future() {
    let [first, second, third, fourth]: [Future<u32>; 4] = Default::default();
    let calls = Calls::default();
    first.add_done_callback(calls.count(1));
    second.add_done_callback(calls.count(2));
    let (tell, told) = mpsc::channel();
    let courier = |ends: &Future<u32>, awaits: &Future<u32>| Courier {
        ends: ends.clone(),
        awaits: awaits.clone(),
        tell: tell.clone(),
    };
    let (in_a_panic, at_the_end) = (courier(&first, &third), courier(&second, &fourth));
    drop(tell);
    let thread = thread::spawn(move || {
        AT_THE_END.set(Some(at_the_end));
        panic::catch_unwind(AssertUnwindSafe(|| {
            let _on_the_way_out = in_a_panic;
            panic!("on purpose");
        }))
        .is_err()
    });
    assert_eq!(first.result(), Ok(7), "a future that was ended by a thread that panics");
    assert_eq!(third.set_result(8), Ok(()), "a pending future takes a result");
    assert_eq!(second.result(), Ok(7), "a future that was ended at the end of a thread");
    assert_eq!(fourth.set_result(9), Ok(()), "a pending future takes a result");
    let told: Vec<_> = told.iter().collect();
    assert_eq!(told, [Ok(8), Ok(9)], "what the two destructors waited for");
    assert!(finish(thread), "the panic should go on after the destructor");
    assert_eq!(
        calls.so_far(),
        [(1, Ok(7)), (2, Ok(7))],
        "the callbacks that were called: 1 during the panic, 2 at the thread's end"
    );
}
