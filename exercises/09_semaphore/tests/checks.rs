//! What a `Semaphore` promises its users.

use semaphore::{AboveInitialValue, BoundedSemaphore, Semaphore};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with a semaphore of either kind.
fn start<S, R>(semaphore: &Arc<S>, work: impl FnOnce(&S) -> R + Send + 'static) -> JoinHandle<R>
where
    S: Send + Sync + 'static,
    R: Send + 'static,
{
    let semaphore = Arc::clone(semaphore);
    thread::spawn(move || work(&semaphore))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the semaphore should not have panicked")
}

/// How many permits are free. Finds out by acquiring them all, so no other thread may interfere.
fn take_all(semaphore: &Semaphore) -> usize {
    (0..10).take_while(|_| semaphore.try_acquire()).count()
}

/// One thread acquires permits in each of the five ways and releases them, with nobody else there.
/// Each permit that was there or was given must be acquired once, and only once, even if there were
/// none at the start, or if there are now more than at the start. Releasing no permits at all is a
/// mistake: it must panic, and do no harm.
#[test]
fn counts_permits() {
    let two = Semaphore::new(2);
    two.acquire();
    assert!(
        two.acquire_timeout(Duration::ZERO),
        "acquire_timeout() refused a permit that was there"
    );
    assert!(!two.try_acquire(), "try_acquire() took a third permit of two");
    assert!(two.try_permit().is_none(), "try_permit() took a third permit of two");
    assert!(!two.acquire_timeout(Duration::ZERO), "acquire_timeout() took a third permit of two");
    two.release(1);
    assert_eq!(
        take_all(&two),
        1,
        "permits that are free when one has been released, after three refusals"
    );

    two.release(1);
    let guard = two.permit();
    assert!(!two.try_acquire(), "permit() returned a guard, but left its permit free");
    drop(guard);
    let guard = two.try_permit();
    assert!(guard.is_some(), "try_permit() found nothing, where a guard had released its permit");
    assert!(!two.try_acquire(), "try_permit() returned a guard, but left its permit free");
    drop(guard);
    assert_eq!(take_all(&two), 1, "permits free when the guard is gone");

    let none = Semaphore::new(0);
    assert!(!none.try_acquire(), "try_acquire() got a permit where there was none");
    none.release(3);
    assert_eq!(take_all(&none), 3, "permits of a semaphore that began with 0 and was given 3");

    none.release(1);
    let nothing_given = panic::catch_unwind(AssertUnwindSafe(|| none.release(0)));
    assert!(nothing_given.is_err(), "release(0) should panic");
    assert_eq!(take_all(&none), 1, "permits free, of 1, after a refused release(0)");
}

/// A semaphore begins with as many permits as a `usize` can count, and a second semaphore is given
/// that many with one call. Both must let threads in. A release of more than can be counted must
/// panic, and add no permit, not even those that could still be counted. A bounded one must refuse
/// a release of so many.
///
/// A caller that was refused will try again. What was already given would then be given twice.
#[test]
fn a_great_many() {
    let full = Semaphore::new(usize::MAX);
    let one_more = panic::catch_unwind(AssertUnwindSafe(|| full.release(1)));
    assert!(
        one_more.is_err(),
        "release(1) should panic: there are more permits than can be counted"
    );
    assert!(full.try_acquire(), "try_acquire() found no permit, of usize::MAX");
    full.acquire();
    let one_more = panic::catch_unwind(AssertUnwindSafe(|| full.release(3)));
    assert!(one_more.is_err(), "release(3) should panic: two permits have been acquired");
    assert!(
        full.acquire_timeout(Duration::ZERO),
        "acquire_timeout() found no permit, of very many"
    );
    let room_for_all = panic::catch_unwind(AssertUnwindSafe(|| full.release(3)));
    assert!(
        room_for_all.is_ok(),
        "release(3) panics with three permits acquired: after a refused release(3), the number of \
         free permits has changed"
    );

    let none = Semaphore::new(0);
    none.release(usize::MAX);
    assert!(none.try_acquire(), "try_acquire() found no permit, where usize::MAX were given");

    let bounded = BoundedSemaphore::new(usize::MAX);
    bounded.acquire();
    let too_many = bounded.release(usize::MAX);
    assert_eq!(too_many, Err(AboveInitialValue), "release(usize::MAX) when one was acquired");
    assert_eq!(bounded.release(1), Ok(()), "release(1) when one was acquired");
    assert_eq!(bounded.release(1), Err(AboveInitialValue), "release(1) when all had been released");
}

/// One thread gives two permits with one call, while another tries twice to acquire one. If the
/// first try succeeds, both permits are there, so the second must succeed as well. Then the same
/// with a `BoundedSemaphore`. A call that gives its permits one by one can be overtaken halfway.
#[test]
fn given_all_at_once() {
    let semaphore = Arc::new(Semaphore::new(0));
    let giver = start(&semaphore, |semaphore| semaphore.release(2));
    let tries = [semaphore.try_acquire(), semaphore.try_acquire()];
    finish(giver);
    assert_ne!(
        tries,
        [true, false],
        "whether two tries, one after the other, got a permit, during release(2)"
    );

    let bounded = Arc::new(BoundedSemaphore::new(2));
    bounded.acquire();
    bounded.acquire();
    let giver = start(&bounded, |bounded| bounded.release(2));
    let tries = [bounded.try_acquire(), bounded.try_acquire()];
    assert_eq!(finish(giver), Ok(()), "release(2) when two were acquired");
    assert_ne!(
        tries,
        [true, false],
        "whether two tries, one after the other, got a permit, during a bounded release(2)"
    );
}

/// One thread gives three hundred permits with one call, while another tries three hundred times to
/// acquire one. If any try succeeds, all the permits are there, so the tries after it must succeed
/// as well. Then the same with a `BoundedSemaphore`. A call that gives its permits a few at a time
/// can be overtaken, too.
#[test]
fn many_given_at_once() {
    let semaphore = Arc::new(Semaphore::new(0));
    let giver = start(&semaphore, |semaphore| semaphore.release(300));
    let tries = (0..300).skip_while(|_| !semaphore.try_acquire()).skip(1);
    let refused = tries.filter(|_| !semaphore.try_acquire()).count();
    finish(giver);
    assert_eq!(refused, 0, "tries that were refused after one had succeeded, during release(300)");

    let bounded = Arc::new(BoundedSemaphore::new(300));
    probe::uninterrupted(|| (0..300).for_each(|_| bounded.acquire()));
    let giver = start(&bounded, |bounded| bounded.release(300));
    let tries = (0..300).skip_while(|_| !bounded.try_acquire()).skip(1);
    let refused = tries.filter(|_| !bounded.try_acquire()).count();
    assert_eq!(finish(giver), Ok(()), "release(300) when 300 were acquired");
    assert_eq!(refused, 0, "tries that were refused after one had succeeded, bounded");
}

/// A semaphore begins with no permits, and two threads wait for one each. The main thread writes a
/// note, and gives two permits, one after the other. Both threads must get through, and find the
/// note written: a permit can be a message, "what you are waiting for is ready".
#[test]
fn zero_waits_for_a_release() {
    let semaphore = Arc::new(Semaphore::new(0));
    let note = Arc::new(AtomicBool::new(false));
    let readers = [0, 1].map(|_| {
        let note = Arc::clone(&note);
        start(&semaphore, move |semaphore| {
            semaphore.acquire();
            note.load(SeqCst)
        })
    });
    note.store(true, SeqCst);
    semaphore.release(1);
    semaphore.release(1);
    for reader in readers {
        assert!(finish(reader), "a thread got through before a permit was given");
    }
    assert!(!semaphore.try_acquire(), "two permits were given and two acquired, but one is left");
}

/// There are two permits, and two threads try to acquire one without waiting, at the same moment.
/// Both must get one. Then there is none left, and a thread tries while the main thread gives one
/// and tries too. One of the two must get it, no matter who was first, but not both. All this
/// happens with either kind of semaphore.
///
/// A thread that is told "there is none" goes away and does something else. So it must be true.
#[test]
fn trying_misses_nothing() {
    let semaphore = Arc::new(Semaphore::new(2));
    let other = start(&semaphore, Semaphore::try_acquire);
    let got_one = [semaphore.try_acquire(), finish(other)];
    assert_eq!(
        got_one,
        [true, true],
        "whether the main thread and the other one got a permit, with two free"
    );
    let other = start(&semaphore, Semaphore::try_acquire);
    semaphore.release(1);
    let got_one = [semaphore.try_acquire(), finish(other)];
    assert_ne!(got_one, [false, false], "one permit was given, and both tries were refused");
    assert_ne!(got_one, [true, true], "one permit was given, and two were acquired");

    let semaphore = Arc::new(Semaphore::new(2));
    let other = start(&semaphore, Semaphore::acquire);
    let guard = semaphore.try_permit();
    assert!(guard.is_some(), "try_permit() found no permit, with two permits and one other thread");
    drop(guard);
    finish(other);

    let bounded = Arc::new(BoundedSemaphore::new(2));
    let other = start(&bounded, BoundedSemaphore::acquire);
    let guard = bounded.try_permit();
    assert!(guard.is_some(), "try_permit() found no permit, with two permits and one other thread");
    drop(guard);
    finish(other);
    assert_eq!(bounded.release(1), Ok(()), "release(1) when one was acquired");
    let other = start(&bounded, BoundedSemaphore::try_acquire);
    let got_one = [bounded.try_acquire(), finish(other)];
    assert_eq!(
        got_one,
        [true, true],
        "whether the main thread and the other one got a permit, with two free"
    );
    let other = start(&bounded, BoundedSemaphore::try_acquire);
    assert_eq!(bounded.release(1), Ok(()), "release(1) when one was acquired");
    let got_one = [bounded.try_acquire(), finish(other)];
    assert_ne!(got_one, [false, false], "one permit was released, and both tries were refused");
    assert_ne!(got_one, [true, true], "one permit was released, and two were acquired");
}

/// There are two permits, and three threads, each of which acquires one in its own way: `permit`,
/// `acquire` and `acquire_timeout`. Each counts itself in and out. There must never be three
/// inside, and when all have left, there must be two permits again.
///
/// A server that allows two connections cuts off the third, and perhaps all of them.
#[test]
fn never_more_inside_than_permits() {
    let semaphore = Arc::new(Semaphore::new(2));
    let inside = Arc::new(AtomicUsize::new(0));
    // How many are inside, including this thread. What it does there may or may not take time.
    let visit = |inside: &AtomicUsize, takes_time: bool| {
        let crowd = inside.fetch_add(1, SeqCst) + 1;
        if takes_time {
            thread::yield_now();
        }
        inside.fetch_sub(1, SeqCst);
        crowd
    };
    let with_a_guard = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            let _permit = semaphore.permit();
            visit(&inside, true)
        }
    });
    let by_hand = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            semaphore.acquire();
            let crowd = visit(&inside, true);
            semaphore.release(1);
            crowd
        }
    });
    if semaphore.acquire_timeout(Duration::from_millis(1)) {
        let crowd = visit(&inside, false);
        assert!(
            crowd <= 2,
            "{crowd} were inside with 2 permits, counted by the thread that used `acquire_timeout`"
        );
        semaphore.release(1);
    }
    let crowd = finish(with_a_guard);
    assert!(
        crowd <= 2,
        "{crowd} were inside with 2 permits, counted by the thread that used `permit`"
    );
    let crowd = finish(by_hand);
    assert!(
        crowd <= 2,
        "{crowd} were inside with 2 permits, counted by the thread that used `acquire`"
    );
    assert_eq!(take_all(&semaphore), 2, "permits free when everybody has left");
}

/// There are two permits, and two threads that meet inside: each waits for the other, holding its
/// permit. So both must be let in at the same time. With one permit for each, there is no reason to
/// wait; a semaphore that lets in only one at a time is a lock, and wastes what was paid for.
#[test]
fn as_many_inside_as_permits() {
    let semaphore = Arc::new(Semaphore::new(2));
    let meeting = Arc::new(Barrier::new(2));
    let other = start(&semaphore, {
        let meeting = Arc::clone(&meeting);
        move |semaphore| {
            let _permit = semaphore.permit();
            meeting.wait();
        }
    });
    semaphore.acquire();
    meeting.wait();
    semaphore.release(1);
    finish(other);
    assert_eq!(take_all(&semaphore), 2, "permits free when both have left");
}

/// Sleeps for a little over 20 ms, so that a thread that polls every millisecond is not on time by
/// chance. Returns how late a thread may be on this clock: a few nanoseconds on the grader's, which
/// is exact (even a wait of zero length takes one). On any other clock this very sleep comes out
/// inexact; then there is no limit: machines may be slow, and that is not the semaphore's fault.
fn nap() -> Duration {
    let length = Duration::from_nanos(20_000_123);
    let slept_at = Instant::now();
    thread::sleep(length);
    if slept_at.elapsed() > length {
        return Duration::MAX;
    }
    thread::sleep(MONTHS);
    Duration::from_nanos(10)
}

/// On an exact clock months pass at once, unless a thread wakes up every now and then.
const MONTHS: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// Long enough for a thread that looks once a day to be seen. No real clock has time for that.
const DECADES: Duration = Duration::from_secs(90 * 365 * 24 * 60 * 60);

/// The longest timeout there is. No clock can hold its end, so it must simply never run out.
const GENEROUS: Duration = Duration::MAX;

/// Starts one waiting thread for each of these ways in, and gives them all they need with one call.
/// Returns how many had got through before that, and how many some time later.
fn let_in<S: Send + Sync + 'static>(
    semaphore: S,
    ways_in: &[fn(&S) -> bool],
    give: impl FnOnce(&S),
) -> (usize, usize) {
    let semaphore = Arc::new(semaphore);
    let through = Arc::new(AtomicUsize::new(0));
    let waiters: Vec<_> = ways_in
        .iter()
        .map(|&get_in| {
            let through = Arc::clone(&through);
            start(&semaphore, move |semaphore| {
                assert!(get_in(semaphore), "acquire_timeout() gave up long before its time");
                through.fetch_add(1, SeqCst);
            })
        })
        .collect();
    nap();
    let before = through.load(SeqCst);
    give(&semaphore);
    let clock_is_exact = nap() < Duration::MAX;
    let after = through.load(SeqCst);
    if clock_is_exact && after < waiters.len() {
        return (before, after);
    }
    waiters.into_iter().for_each(finish);
    (before, through.load(SeqCst))
}

/// Three threads wait at a semaphore, one of them with a timeout, and three permits are given with
/// one call. All three must go on, at that moment. Then the same with two threads at a
/// `BoundedSemaphore`, with permits given one by one, with a thread that only tries beside a
/// waiter, and with a permit that comes just as a waiter gives up.
///
/// (On the grader's clock, once some time has passed, every thread has gone as far as it can.) A
/// permit that lies idle while a thread waits for one is a worker who is paid for doing nothing.
#[test]
fn release_n_lets_n_in() {
    let wait = |semaphore: &Semaphore| {
        semaphore.acquire();
        true
    };
    let wait_with_a_limit = |semaphore: &Semaphore| semaphore.acquire_timeout(GENEROUS);
    let through = let_in(Semaphore::new(0), &[wait, wait_with_a_limit, wait], |semaphore| {
        semaphore.release(3);
    });
    assert_eq!(
        through,
        (0, 3),
        "Semaphore: how many of three waiters had got through (before release(3), after it)"
    );

    let bounded = BoundedSemaphore::new(2);
    bounded.acquire();
    bounded.acquire();
    let wait_bounded = |bounded: &BoundedSemaphore| {
        bounded.acquire();
        true
    };
    let through = let_in(bounded, &[wait_bounded, wait_bounded], |bounded| {
        assert_eq!(bounded.release(2), Ok(()), "release(2) when two were acquired");
    });
    assert_eq!(
        through,
        (0, 2),
        "BoundedSemaphore: how many of two waiters had got through (before release(2), after it)"
    );

    let wait_for_years = |semaphore: &Semaphore| semaphore.acquire_timeout(DECADES);
    let one_by_one = let_in(Semaphore::new(0), &[wait, wait_for_years], |semaphore| {
        probe::uninterrupted(|| {
            semaphore.release(1);
            semaphore.release(1);
        });
    });
    assert_eq!(
        one_by_one,
        (0, 2),
        "Semaphore: how many of two waiters had got through (before both release(1) calls, after)"
    );

    let crowded = Arc::new(Semaphore::new(0));
    let waiter = start(&crowded, Semaphore::acquire);
    nap();
    let got_one = probe::uninterrupted(|| {
        crowded.release(2);
        crowded.try_acquire()
    });
    assert!(got_one, "try_acquire() got none of two permits, with one thread waiting for one");
    finish(waiter);

    // The permit comes, and is gone again, just as a waiter gives up.
    let late = Arc::new(Semaphore::new(0));
    let leaver = start(&late, |late| late.acquire_timeout(Duration::from_millis(1)));
    thread::sleep(Duration::from_millis(1));
    late.release(1);
    let taken_back = late.try_acquire();
    let got_it = finish(leaver);
    assert_ne!(taken_back, got_it, "one permit was given, and one thread must have it");
    let patient = start(&late, Semaphore::acquire);
    nap();
    late.release(1);
    finish(patient);
}

/// Lets a thread wait, and gives it what it needs a while later. It must go on at that moment.
fn goes_on_at_once<S: Send + Sync + 'static>(
    name: &str,
    semaphore: &Arc<S>,
    get_in: fn(&S) -> bool,
    give: fn(&S),
) {
    let waiter = start(semaphore, move |semaphore| (get_in(semaphore), Instant::now()));
    let tolerance = nap();
    if tolerance < Duration::MAX {
        thread::sleep(DECADES);
    }
    let given = Instant::now();
    give(semaphore);
    let (got_one, went_on) = finish(waiter);
    assert!(got_one, "{name} gave up, although a permit was given in time");
    assert!(went_on >= given, "{name} returned before a permit was given");
    let late = went_on - given;
    assert!(late <= tolerance, "{name} returned {late:?} after a permit was given");
}

/// A thread waits for a permit for ninety years, with either kind of semaphore, without a timeout
/// and with a long one. It must sleep until a permit is given, and go on at that very moment. Until
/// then it must not use the processor: neither by asking again and again nor by looking every now
/// and then.
#[test]
fn a_waiter_sleeps() {
    let semaphore = Arc::new(Semaphore::new(0));
    let wait = |semaphore: &Semaphore| {
        semaphore.acquire();
        true
    };
    goes_on_at_once("acquire()", &semaphore, wait, |semaphore| semaphore.release(1));
    let wait = |semaphore: &Semaphore| semaphore.acquire_timeout(GENEROUS);
    goes_on_at_once("acquire_timeout()", &semaphore, wait, |semaphore| semaphore.release(1));

    let give = |bounded: &BoundedSemaphore| {
        assert_eq!(bounded.release(1), Ok(()), "release(1) when one was acquired");
    };
    let bounded = Arc::new(BoundedSemaphore::new(1));
    bounded.acquire();
    let wait = |bounded: &BoundedSemaphore| {
        bounded.acquire();
        true
    };
    goes_on_at_once("acquire(), bounded,", &bounded, wait, give);
    let wait = |bounded: &BoundedSemaphore| bounded.acquire_timeout(GENEROUS);
    goes_on_at_once("acquire_timeout(), bounded,", &bounded, wait, give);
}

/// One tick of the checks below: a little over 100 ms, for code that counts in whole milliseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// Runs something, and returns its result and how long it took.
fn timed(f: impl FnOnce() -> bool) -> (bool, Duration) {
    let began = Instant::now();
    let result = f();
    (result, began.elapsed())
}

/// What must be true of a thread that waited for at most `limit` while no permit came.
fn gave_up_after(limit: Duration, (got_one, lasted): (bool, Duration), tolerance: Duration) {
    assert!(!got_one, "acquire_timeout() said that it got a permit, but there was none");
    assert!(lasted >= limit, "acquire_timeout({limit:?}) gave up after {lasted:?}");
    assert!(lasted - limit <= tolerance, "acquire_timeout({limit:?}) gave up after {lasted:?}");
}

/// A thread waits for at most two ticks, with either kind of semaphore, and no permit comes: it
/// must give up after two, no sooner and no later. Another one waits for at most three. Meanwhile
/// the main thread gives a permit and takes it back, twice. The waiter may get one of them; if not,
/// it must give up after three ticks in total.
///
/// A timeout that starts again with every wakeup is no timeout. On a busy semaphore it never ends.
#[test]
fn timeout_is_total() {
    let tolerance = nap();
    let bounded = BoundedSemaphore::new(0);
    gave_up_after(2 * TICK, timed(|| bounded.acquire_timeout(2 * TICK)), tolerance);
    let semaphore = Arc::new(Semaphore::new(0));
    gave_up_after(2 * TICK, timed(|| semaphore.acquire_timeout(2 * TICK)), tolerance);

    let disturbed = start(&semaphore, |semaphore| timed(|| semaphore.acquire_timeout(3 * TICK)));
    let mut taken_back = 0;
    for _ in 0..2 {
        thread::sleep(TICK);
        semaphore.release(1);
        taken_back += usize::from(semaphore.try_acquire());
    }
    let (got_one, lasted) = finish(disturbed);
    if got_one {
        let late = lasted.saturating_sub(2 * TICK);
        assert!(late <= tolerance, "it got a permit after {lasted:?}, {late:?} after the last one");
    } else {
        gave_up_after(3 * TICK, (got_one, lasted), tolerance);
    }
    let had = taken_back + usize::from(got_one) + take_all(&semaphore);
    assert_eq!(had, 2, "permits acquired, of 2 that were given");

    semaphore.release(1);
    let (got_one, lasted) = timed(|| semaphore.acquire_timeout(TICK));
    assert!(got_one, "acquire_timeout() refused a permit that was there");
    assert!(lasted <= tolerance, "acquire_timeout() waited {lasted:?} for a permit that was there");
}

/// One thread waits for a permit without a timeout, and behind it two wait for at most two ticks.
/// No permit comes: those two must give up after two ticks, no sooner and no later, whoever else
/// is waiting. When a permit is given, the patient thread must get it; and the two that left must
/// really be gone, so that another permit is there for the next thread.
#[test]
fn a_limit_holds_in_company() {
    let tolerance = nap();
    let semaphore = Arc::new(Semaphore::new(0));
    let patient = start(&semaphore, Semaphore::acquire);
    thread::sleep(TICK);
    let hasty = |semaphore: &Semaphore| timed(|| semaphore.acquire_timeout(2 * TICK));
    for hasty in [0, 1].map(|_| start(&semaphore, hasty)) {
        gave_up_after(2 * TICK, finish(hasty), tolerance);
    }
    semaphore.release(1);
    finish(patient);
    let next = start(&semaphore, Semaphore::acquire);
    thread::sleep(TICK);
    semaphore.release(1);
    // All others have given up or gone on, so the permit is for this thread.
    finish(next);
    assert_eq!(take_all(&semaphore), 0, "permits left, of two that were given and acquired");
}

/// A permit is given just as one waiter's time runs out, while another waits without a limit. The
/// one with the limit may get the permit, and then release it, or give up, even if it runs only
/// when its time is up. Either way the other one must get the permit in the end, and then one
/// permit must be free, because one was given.
///
/// If a permit were lost each time, all would go well for weeks, a little slower every day. Then
/// everything would stand still.
#[test]
fn a_permit_is_never_lost() {
    let moment = Duration::from_millis(1);
    let semaphore = Arc::new(Semaphore::new(0));
    let hasty = start(&semaphore, move |semaphore| {
        let got_one = semaphore.acquire_timeout(moment);
        if got_one {
            semaphore.release(1);
        }
    });
    let patient = start(&semaphore, |semaphore| drop(semaphore.permit()));
    thread::sleep(moment);
    semaphore.release(1);
    thread::sleep(2 * moment);
    finish(patient);
    finish(hasty);
    assert_eq!(take_all(&semaphore), 1, "permits free at the end, of one that was given");
}

/// A thread panics while it has a permit that another thread waits for; first with a `Semaphore`,
/// then with a `BoundedSemaphore`. The guard must release the permit on the way out, and the waiter
/// must get it. If every crash cost a permit, a program would survive only as many crashes as it
/// has permits.
#[test]
fn a_panic_gives_its_permit_back() {
    let semaphore = Arc::new(Semaphore::new(1));
    let unlucky = start(&semaphore, |semaphore| {
        let _permit = semaphore.permit();
        // Time for the other thread to come and wait.
        thread::yield_now();
        panic!("with a permit, on purpose");
    });
    let next = start(&semaphore, |semaphore| drop(semaphore.permit()));
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    finish(next);
    assert_eq!(take_all(&semaphore), 1, "permits free after a panic, of one");

    let bounded = Arc::new(BoundedSemaphore::new(1));
    let unlucky = start(&bounded, |bounded| {
        let _permit = bounded.permit();
        // Time for the other thread to come and wait.
        thread::yield_now();
        panic!("with a permit, on purpose");
    });
    let next = start(&bounded, |bounded| drop(bounded.permit()));
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    finish(next);
    assert!(bounded.try_acquire(), "the bounded permit of a thread that has panicked is lost");
}
