//! Many futures at once: `as_completed` and `wait`.

use future::{
    AsCompleted, DoneAndNotDone, Exception, Future, FutureError, ReturnWhen, TimedOut,
    as_completed, as_completed_timeout, wait, wait_timeout,
};
use probe as _; // Names the checks that hang at your desk.
use std::fmt::Debug;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that gives a future its result.
fn set(future: &Future<u32>, result: u32) -> JoinHandle<()> {
    let future = future.clone();
    thread::spawn(move || assert_eq!(future.set_result(result), Ok(()), "a pending future"))
}

/// The outcome of the next future, if there is one.
fn next(completed: &mut AsCompleted<u32>) -> Option<Result<u32, FutureError>> {
    let future = completed.next()?.expect("there was no time limit");
    assert!(future.done(), "as_completed() handed out a future that is not done");
    Some(future.result())
}

/// Which of `futures` are done and which are not, by their positions.
fn places(futures: &[Future<u32>], found: &DoneAndNotDone<u32>) -> (Vec<usize>, Vec<usize>) {
    let place = |future: &Future<u32>| {
        futures
            .iter()
            .position(|one| one == future)
            .expect("wait() found a future it was not given")
    };
    (found.done.iter().map(place).collect(), found.not_done.iter().map(place).collect())
}

/// Four futures are given to `as_completed`, one of them twice. Each must come once: first those
/// that are already done, then each of the others when it is done, even if it is cancelled. An
/// iterator that is dropped early must change nothing for another one. Then two threads give two
/// futures their results just as `as_completed` is called: both must come.
///
/// A future that falls into the gap between looking and waiting is never heard of again.
#[test]
fn as_completed_hands_out_each_once() {
    let futures: [Future<u32>; 4] = Default::default();
    let [a, b, c, d] = &futures;
    assert_eq!(c.set_result(3), Ok(()), "a pending future takes a result");
    assert!(d.cancel(), "a pending future can be cancelled");
    let given = [a, b, a, c, d].map(Future::clone);
    let (mut completed, second_reader) = (as_completed(&given), as_completed(&given));
    let mut first = [next(&mut completed), next(&mut completed)];
    first.sort_by_key(|outcome| *outcome == Some(Err(FutureError::Cancelled)));
    let cancelled = Some(Err(FutureError::Cancelled));
    assert_eq!(first, [Some(Ok(3)), cancelled.clone()], "the two that were done before");
    assert_eq!(b.set_result(2), Ok(()), "a pending future takes a result");
    assert_eq!(next(&mut completed), Some(Ok(2)), "the one that was done next");
    assert!(a.cancel(), "a pending future can be cancelled");
    assert_eq!(next(&mut completed), cancelled, "the one that was cancelled last");
    assert_eq!(next(&mut completed), None, "there were no others");
    assert_eq!(second_reader.count(), 4, "futures handed out to the second reader");
    assert!(as_completed::<u32>(&[]).next().is_none(), "no futures, but one is handed out");

    let futures: [Future<u32>; 1] = Default::default();
    let mut completed = {
        let _dropped_early = as_completed(&futures);
        as_completed(&futures)
    };
    assert_eq!(futures[0].set_result(4), Ok(()), "a pending future takes a result");
    assert_eq!(next(&mut completed), Some(Ok(4)), "the one that another iterator had waited for");

    let futures: [Future<u32>; 2] = Default::default();
    let setters = [set(&futures[0], 1), set(&futures[1], 2)];
    let mut completed = as_completed(&futures);
    let mut results = [next(&mut completed), next(&mut completed)];
    results.sort_by_key(|outcome| outcome.as_ref().map(|result| result.clone().ok()));
    assert_eq!(results, [Some(Ok(1)), Some(Ok(2))], "two futures that were set meanwhile");
    assert_eq!(next(&mut completed), None, "there were no others");
    for setter in setters {
        setter.join().expect("set_result() should accept the first result");
    }
}

/// Three iterators wait for the same future. The first is dropped, a fourth one is made, and then
/// all but one of them are dropped, the latest first. When the future gets its result, the iterator
/// that is left must hand it out, whichever it is.
///
/// Whoever leaves a line takes only himself away, even if others have left before.
#[test]
fn only_one_iterator_is_left() {
    for left in ["second", "third", "fourth"] {
        let futures: [Future<u32>; 1] = Default::default();
        let named = |name| (name, as_completed(&futures));
        let mut others = Vec::from(["first", "second", "third"].map(named));
        others.remove(0);
        others.push(named("fourth"));
        while let Some(place) = others.iter().rposition(|(name, _)| *name != left) {
            others.remove(place);
        }
        assert_eq!(futures[0].set_result(1), Ok(()), "a pending future takes a result");
        let (_, mut completed) = others.remove(0);
        let handed_out = next(&mut completed);
        assert_eq!(handed_out, Some(Ok(1)), "what the {left} iterator handed out");
    }
}

/// `as_completed` is given two futures, one of which is done. The other one gets its result from a
/// thread, which then ends. The iterator is asked for both when nobody else has a handle to them: it
/// must hand them out all the same.
///
/// What is given to an iterator is in its keeping. Whoever waits for a result should not have to
/// keep it alive as well.
#[test]
fn nobody_else_has_a_handle() {
    let [done, pending]: [Future<u32>; 2] = Default::default();
    assert_eq!(done.set_result(1), Ok(()), "a pending future takes a result");
    let setter = set(&pending, 2);
    let mut completed = as_completed(&[done, pending]);
    setter.join().expect("set_result() should accept the first result");
    let mut results = [next(&mut completed), next(&mut completed)];
    results.sort_by_key(|outcome| outcome.as_ref().map(|result| result.clone().ok()));
    assert_eq!(results, [Some(Ok(1)), Some(Ok(2))], "what the iterator handed out");
    assert_eq!(next(&mut completed), None, "there were no others");
}

/// A thread ends three of four futures: the first is cancelled, the second gets a result, the third
/// fails. `wait` waits until one is done, until one has failed (cancelled is not failed), or until
/// all three are done. It must return then, not earlier and not later, and must report each future
/// once, as done or not, even if one was given twice or none is done.
///
/// "Until the first error" is how a program gives up in time; "until the first one" is how it asks
/// two servers and takes the faster answer.
#[test]
fn wait_until_one_or_all() {
    let start = || -> ([Future<u32>; 4], JoinHandle<()>) {
        let futures: [Future<u32>; 4] = Default::default();
        let [a, b, c, _] = futures.clone();
        let ends = thread::spawn(move || {
            assert!(a.cancel(), "a pending future can be cancelled");
            assert_eq!(b.set_result(2), Ok(()), "a pending future takes a result");
            let failed = c.set_exception(Exception::Panicked("no luck".into()));
            assert_eq!(failed, Ok(()), "a pending future takes an exception");
        });
        (futures, ends)
    };
    let finish = |ends: JoinHandle<()>| ends.join().expect("each future should end as told");

    let (futures, ends) = start();
    let (done, not_done) = places(&futures, &wait(&futures, ReturnWhen::FirstCompleted));
    assert!(!done.is_empty() && not_done.contains(&3), "(done, not done): {done:?}, {not_done:?}");
    assert_eq!(done.len() + not_done.len(), 4, "futures, done or not done");
    finish(ends);
    let again = places(&futures, &wait(&futures, ReturnWhen::FirstCompleted));
    assert_eq!(again, (vec![0, 1, 2], vec![3]), "(done, not done) when three were done before");

    let (futures, ends) = start();
    let (done, not_done) = places(&futures, &wait(&futures, ReturnWhen::FirstException));
    assert!(done.contains(&2), "the third one should have failed first; done were {done:?}");
    assert!(not_done.contains(&3), "nobody ends the fourth one; not done were {not_done:?}");
    finish(ends);
    let again = places(&futures, &wait(&futures, ReturnWhen::FirstException));
    assert_eq!(again, (vec![0, 1, 2], vec![3]), "(done, not done) when it had failed before");

    let (futures, ends) = start();
    let twice = [&futures[2], &futures[0], &futures[2], &futures[1]].map(Future::clone);
    let found = places(&twice, &wait(&twice, ReturnWhen::AllCompleted));
    assert_eq!(found, (vec![0, 1, 3], vec![]), "(done, not done), one of them given twice");
    finish(ends);
    let two = &futures[..2];
    let found = places(two, &wait(two, ReturnWhen::FirstException));
    assert_eq!(found, (vec![0, 1], vec![]), "(done, not done) when all are done and none failed");
    let futures: [Future<u32>; 2] = Default::default();
    let broken = futures[0].set_exception(Exception::BrokenPool);
    assert_eq!(broken, Ok(()), "a pending future takes an exception");
    let found = places(&futures, &wait(&futures, ReturnWhen::FirstException));
    assert_eq!(found, (vec![0], vec![1]), "(done, not done): a broken pool is an exception, too");
    let futures: [Future<u32>; 2] = Default::default();
    let twice = [&futures[0], &futures[1], &futures[0]].map(Future::clone);
    let found = wait_timeout(&twice, Duration::ZERO, ReturnWhen::AllCompleted);
    let found = places(&twice, &found);
    assert_eq!(found, (vec![], vec![0, 1]), "(done, not done), one of two given twice, none done");
    for return_when in
        [ReturnWhen::FirstCompleted, ReturnWhen::FirstException, ReturnWhen::AllCompleted]
    {
        let nothing = places(&[], &wait(&[], return_when));
        assert_eq!(nothing, (vec![], vec![]), "(done, not done) of nothing");
    }

    let future = Future::new();
    let setter = set(&future, 1);
    let futures = [future];
    let moment = Duration::from_millis(1);
    let found = places(&futures, &wait_timeout(&futures, moment, ReturnWhen::AllCompleted));
    assert!(found == (vec![0], vec![]) || found == (vec![], vec![0]), "one future: {found:?}");
    setter.join().expect("the future should take its result");
}

/// A future has a callback that does not return before the check is over. When the future gets its
/// result, `as_completed`, `wait` and `result` must return all the same, and the iterator must end:
/// whoever waits is told before any callback is called. The same must hold when the future gets an
/// exception, and when it is cancelled.
///
/// Otherwise one slow callback makes everybody late who waits for the future.
#[test]
fn no_callback_holds_up_a_waiter() {
    let failure = Exception::Panicked("no luck".into());
    for outcome in [Ok(1), Err(FutureError::Failed(failure)), Err(FutureError::Cancelled)] {
        let futures: [Future<u32>; 1] = Default::default();
        let (end, at_the_end) = mpsc::channel::<()>();
        futures[0].add_done_callback(move |_| {
            // Nothing is ever sent: this ends when the other side is dropped.
            let _ = at_the_end.recv();
        });
        let setter = thread::spawn({
            let (future, outcome) = (futures[0].clone(), outcome.clone());
            move || match outcome {
                Ok(result) => future.set_result(result).is_ok(),
                Err(FutureError::Failed(exception)) => future.set_exception(exception).is_ok(),
                Err(_) => future.cancel(),
            }
        });
        let mut completed = as_completed(&futures);
        assert_eq!(next(&mut completed), Some(outcome.clone()), "the future that was ended");
        assert_eq!(next(&mut completed), None, "there were no others");
        let found = places(&futures, &wait(&futures, ReturnWhen::AllCompleted));
        assert_eq!(found, (vec![0], vec![]), "(done, not done)");
        assert_eq!(futures[0].result(), outcome, "the result");
        drop(end);
        assert!(setter.join().expect("no panic"), "a pending future can be ended");
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

/// Starts a thread that gives two futures a result: one after one tick, one after two.
fn set_two(futures: [&Future<u32>; 2]) -> JoinHandle<()> {
    let futures = futures.map(Future::clone);
    thread::spawn(move || {
        for future in futures {
            thread::sleep(TICK);
            assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
        }
    })
}

/// The position of the next future, or that the time is up.
fn next_place(
    futures: &[Future<u32>],
    completed: &mut AsCompleted<u32>,
) -> Option<Result<usize, TimedOut>> {
    let place = |future| futures.iter().position(|one| *one == future).expect("one of those given");
    completed.next().map(|next| next.map(place))
}

/// `as_completed_timeout` and `wait_timeout` have a limit of three ticks (a tick is 100 ms, or
/// 100,000 µs). It must be one limit for all futures together, counted from the call, not a new one
/// for each. When it is up, what is done must still be handed out, and the rest must be reported as
/// not done.
///
/// A page of forty pictures with a timeout of one second may take a second, but not forty.
#[test]
fn time_limits_are_for_all_together() {
    let exact = clock_is_exact();
    let futures: [Future<u32>; 3] = Default::default();
    let [a, b, _] = &futures;
    let clock = Instant::now();
    let mut completed = as_completed_timeout(&futures, 3 * TICK);
    let setter = set_two([b, a]);
    let mut next = || (next_place(&futures, &mut completed), micros(clock));
    check(exact, next(), (Some(Ok(1)), ticks(1)), "(place, time in µs) of the first that was done");
    check(
        exact,
        next(),
        (Some(Ok(0)), ticks(2)),
        "(place, time in µs) of the second that was done",
    );
    check(
        exact,
        next(),
        (Some(Err(TimedOut)), ticks(3)),
        "(error, time in µs), when one future was not done within three ticks",
    );
    check(exact, next(), (None, ticks(3)), "(nothing, time in µs), after the error");
    setter.join().expect("a future should take its first result");

    let mut completed = as_completed_timeout(&futures, TICK);
    thread::sleep(2 * TICK);
    let results = [completed.next(), completed.next()];
    assert!(results.iter().all(|one| matches!(one, Some(Ok(_)))), "two were done, however late");
    let why = completed.next().and_then(Result::err).map(|why| why.to_string());
    assert!(
        why.is_some_and(|text| !text.is_empty()),
        "the third one is not done: `next` should say so"
    );
    for limit in [Duration::ZERO, TICK] {
        let found = wait_timeout(&futures, limit, ReturnWhen::FirstCompleted);
        assert_eq!(places(&futures, &found), (vec![0, 1], vec![2]), "(done, not done), at once");
    }
    check(
        exact,
        micros(clock),
        ticks(5),
        "time in µs, after calls that had nothing to wait for, made at tick 5",
    );

    let futures: [Future<u32>; 3] = Default::default();
    let [a, b, _] = &futures;
    let clock = Instant::now();
    let setter = set_two([b, a]);
    let found = wait_timeout(&futures, 3 * TICK, ReturnWhen::AllCompleted);
    let found = (places(&futures, &found), micros(clock));
    check(
        exact,
        found,
        ((vec![0, 1], vec![2]), ticks(3)),
        "((done, not done), time in µs), after three ticks",
    );
    setter.join().expect("a future should take its first result");
}

/// The longest timeout there is. No clock can hold its end, so it must simply never run out.
const EVER: Duration = Duration::MAX;

/// Nearly as long. No clock can hold the end of this one, either.
const NEARLY_EVER: Duration = Duration::from_secs(u64::MAX);

/// A thread gives two futures a result, with months between them. Others wait for both: with
/// `as_completed`, and with `wait` until all are done or until the first exception (there is none),
/// without a timeout or with the longest ones there are. They must go on at the very moment there
/// is something for them, and sleep until then.
///
/// A thread that looks every five seconds looks nearly two million times in a hundred days.
#[test]
fn who_waits_for_many_sleeps() {
    let exact = clock_is_exact();
    // Months by the grader's clock cost nothing, except for a thread that looks now and then.
    let pause = if exact { Duration::from_secs(100 * 24 * 60 * 60) + TICK } else { TICK };
    let (all, failed) = (ReturnWhen::AllCompleted, ReturnWhen::FirstException);
    let ways = [(None, all), (Some(EVER), all), (Some(NEARLY_EVER), all), (None, failed)];
    for (limit, return_when) in ways {
        let futures: [Future<u32>; 2] = Default::default();
        let clock = Instant::now();
        let waiter = thread::spawn({
            let futures = futures.clone();
            move || {
                match limit {
                    None => wait(&futures, return_when),
                    Some(limit) => wait_timeout(&futures, limit, return_when),
                };
                clock.elapsed()
            }
        });
        let setter = thread::spawn({
            let futures = futures.clone();
            move || {
                for future in futures {
                    thread::sleep(pause);
                    assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
                }
            }
        });
        let completed = match limit {
            None => as_completed(&futures),
            Some(limit) => as_completed_timeout(&futures, limit),
        };
        let heard: Vec<_> = completed.map(|next| (next.is_ok(), clock.elapsed())).collect();
        check(exact, heard, vec![(true, pause), (true, 2 * pause)], "as_completed(): (done, when)");
        let all_done = waiter.join().expect("wait() should not panic");
        check(exact, all_done, 2 * pause, "wait(): when all were done");
        setter.join().expect("a future should take its first result");
    }
}

/// Two threads wait for the same two futures, which they list in different orders, with `wait` and
/// with `as_completed`. Meanwhile a third gives both their results. All calls must come to an end,
/// whoever is first at which future.
#[test]
fn listed_in_different_orders() {
    let futures: [Future<u32>; 2] = Default::default();
    let [a, b] = &futures;
    let other = thread::spawn({
        let backwards = [b.clone(), a.clone()];
        move || {
            let found = wait(&backwards, ReturnWhen::AllCompleted);
            (found.done.len(), as_completed(&backwards).count())
        }
    });
    let setter = set(a, 1);
    assert_eq!(b.set_result(2), Ok(()), "a pending future takes a result");
    let found = wait(&futures, ReturnWhen::AllCompleted);
    let mine = (found.done.len(), as_completed(&futures).count());
    assert_eq!(mine, (2, 2), "futures that are done, by `wait` and by `as_completed`");
    assert_eq!(other.join().expect("no panic"), (2, 2), "the same for the other thread");
    setter.join().expect("no panic");
}

/// Two threads call `as_completed` with the same two futures, listed in different orders, while two
/// others give both futures their results. Each iterator must hand out both.
///
/// Whoever holds one lock while it waits for another needs the same order as everybody else: those
/// who register, and those who bring the news.
#[test]
fn registered_while_they_are_done() {
    let futures: [Future<u32>; 2] = Default::default();
    let [a, b] = &futures;
    let other = thread::spawn({
        let backwards = [b.clone(), a.clone()];
        move || as_completed(&backwards).count()
    });
    let setters = [set(a, 1), set(b, 2)];
    assert_eq!(as_completed(&futures).count(), 2, "futures handed out to this thread");
    assert_eq!(other.join().expect("no panic"), 2, "futures handed out to the other thread");
    for setter in setters {
        setter.join().expect("no panic");
    }
}

/// An iterator with a limit is asked for a future that is already done: it was done in time, while
/// the caller was busy, or has been done just now. It must be handed out, and only after it may the
/// iterator say `TimedOut`. After that the iterator must be over, whatever is done later, and also
/// when all futures were handed out, even if the time runs out afterwards.
#[test]
fn news_before_the_time_is_up() {
    let futures: [Future<u32>; 2] = Default::default();
    let [a, b] = &futures;
    let mut completed = as_completed_timeout(&futures, 2 * TICK);
    thread::sleep(TICK);
    assert_eq!(a.set_result(1), Ok(()), "a pending future takes a result");
    thread::sleep(2 * TICK);
    let first = completed.next().map(|next| next.map(|future| future.result()));
    assert_eq!(first, Some(Ok(Ok(1))), "the future that was done in time");
    assert!(
        matches!(completed.next(), Some(Err(TimedOut))),
        "the other future was not done in time"
    );
    assert_eq!(b.set_result(2), Ok(()), "a pending future takes a result");
    assert!(completed.next().is_none(), "the iterator goes on after it has said that time is up");

    let mut completed = as_completed_timeout(&futures, TICK);
    assert_eq!(completed.by_ref().take(2).filter(Result::is_ok).count(), 2, "both are done");
    thread::sleep(2 * TICK);
    assert!(completed.next().is_none(), "all were handed out in time: that is the end");

    let future: Future<u32> = Future::new();
    let mut completed = as_completed_timeout(std::slice::from_ref(&future), Duration::ZERO);
    let setter = set(&future, 3);
    let done = future.done();
    let first = completed.next();
    let handed_out = matches!(first, Some(Ok(_)));
    assert!(handed_out || !done, "the future was done, and the iterator did not hand it out");
    setter.join().expect("no panic");
}

/// One thread calls `as_completed` with two futures and hands the iterator to another thread, which
/// asks it for both. A third thread gives one of the futures its result, and the first thread gives
/// the other one its result. The iterator must hand out both.
///
/// It is the one who waits that has to be woken, not the one who began.
#[test]
fn an_iterator_changes_hands() {
    let futures: [Future<u32>; 2] = Default::default();
    let completed = as_completed(&futures);
    let reader = thread::spawn(move || completed.filter(Result::is_ok).count());
    let setter = set(&futures[0], 1);
    assert_eq!(futures[1].set_result(2), Ok(()), "a pending future takes a result");
    assert_eq!(reader.join().expect("no panic"), 2, "futures handed out to the other thread");
    setter.join().expect("no panic");
}

/// 300 futures are given to `as_completed` and then done, one after another, before anybody asks
/// the iterator for one. They must all be handed out, and `wait` must find them all done, in the
/// order given.
///
/// Whoever brings the news does not wait until somebody has time for it, however much news there
/// is.
#[test]
fn hundreds_of_futures() {
    let futures: Vec<Future<u32>> = (0..300).map(|_| Future::new()).collect();
    let completed = as_completed(&futures);
    for future in &futures {
        assert_eq!(future.set_result(1), Ok(()), "a pending future takes a result");
    }
    assert_eq!(completed.filter(Result::is_ok).count(), 300, "futures of 300 that were handed out");
    assert_eq!(as_completed(&futures).count(), 300, "futures of 300 that were done before");
    let found = places(&futures, &wait(&futures, ReturnWhen::AllCompleted));
    assert!(found == ((0..300).collect(), vec![]), "(done, not done), of 300: {found:?}");
}

/// A future is made, and then 65,536 more, one after another. None of them may be equal to the
/// first one.
///
/// A laboratory that numbers its slips in 16 bits gives the first patient's result to the one who
/// comes 65,536 slips later.
#[test]
fn no_future_is_like_the_first() {
    let first = Future::<u32>::new();
    for number in 1..=65_536 {
        assert!(
            Future::new() != first,
            "the first future is equal to the one that was made {number} futures later"
        );
    }
}
