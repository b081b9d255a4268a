//! What a `Semaphore` promises to those who use it.

use semaphore::{BoundedSemaphore, Semaphore};
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

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the semaphore should not have panicked")
}

/// How many permits are free, found out by taking them all. Nobody else may be there.
fn take_all(semaphore: &Semaphore) -> usize {
    (0..10).take_while(|_| semaphore.try_acquire()).count()
}

/// One thread takes permits in each of the five ways and gives them back, with nobody else there.
/// Each permit that was there or was given must be had exactly once, no more and no less; also if
/// there were none in the beginning, or if there are more by now than in the beginning. Giving no
/// permits at all is a mistake and must panic, and do no harm.
#[test]
fn counts_permits() {
    let two = Semaphore::new(2);
    two.acquire();
    assert!(
        two.acquire_timeout(Duration::ZERO),
        "no time is needed to take a permit that is there"
    );
    assert!(!two.try_acquire(), "try_acquire() took a third permit of two");
    assert!(two.try_permit().is_none(), "try_permit() took a third permit of two");
    assert!(!two.acquire_timeout(Duration::ZERO), "acquire_timeout() took a third permit of two");
    two.release(1);
    assert_eq!(
        take_all(&two),
        1,
        "permits to be had when one was given back, after three refusals"
    );

    two.release(1);
    let guard = two.permit();
    assert!(!two.try_acquire(), "permit() left a permit behind that it had taken");
    drop(guard);
    let guard = two.try_permit();
    assert!(guard.is_some(), "try_permit() found nothing, where a guard had given its permit back");
    assert!(!two.try_acquire(), "try_permit() left a permit behind that it had taken");
    drop(guard);
    assert_eq!(take_all(&two), 1, "permits to be had when the guard is gone");

    let none = Semaphore::new(0);
    assert!(!none.try_acquire(), "try_acquire() took a permit of none");
    none.release(3);
    assert_eq!(take_all(&none), 3, "permits of a semaphore that began with 0 and was given 3");

    none.release(1);
    let nothing_given = panic::catch_unwind(AssertUnwindSafe(|| none.release(0)));
    assert!(nothing_given.is_err(), "release(0) should panic");
    assert_eq!(take_all(&none), 1, "permits to be had, of 1, after a refused release(0)");
}

/// A semaphore begins with no permits, and two threads wait for one each. The main thread writes a
/// note, and gives two permits, one after the other. Both threads must get through, and find the
/// note written: a permit can be a message, "what you wait for is ready".
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
    assert!(!semaphore.try_acquire(), "two permits were given and two taken, but one is left");
}

/// There are two permits, and three threads come for one by three doors: `permit`, `acquire` and
/// `acquire_timeout`. Each counts itself in and out. There must never be three inside, and when all
/// have left, there must be two permits again.
///
/// A server that allows two connections cuts off the third, and perhaps all of them.
#[test]
fn never_more_inside_than_permits() {
    let semaphore = Arc::new(Semaphore::new(2));
    let inside = Arc::new(AtomicUsize::new(0));
    // How many are inside, this thread among them.
    let visit = |inside: &AtomicUsize| {
        let crowd = inside.fetch_add(1, SeqCst) + 1;
        inside.fetch_sub(1, SeqCst);
        crowd
    };
    let with_a_guard = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            let _permit = semaphore.permit();
            visit(&inside)
        }
    });
    let by_hand = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            semaphore.acquire();
            let crowd = visit(&inside);
            semaphore.release(1);
            crowd
        }
    });
    if semaphore.acquire_timeout(Duration::from_millis(1)) {
        let crowd = visit(&inside);
        assert!(crowd <= 2, "{crowd} were inside with 2 permits, seen by acquire_timeout");
        semaphore.release(1);
    }
    let crowd = finish(with_a_guard);
    assert!(crowd <= 2, "{crowd} were inside with 2 permits, seen by permit");
    let crowd = finish(by_hand);
    assert!(crowd <= 2, "{crowd} were inside with 2 permits, seen by acquire");
    assert_eq!(take_all(&semaphore), 2, "permits to be had when everybody has left");
}

/// There are two permits, and two threads that meet inside: each waits for the other, with its permit
/// in its hand. So both must be let in at the same time. With one permit for each, there is no reason
/// to wait; whoever lets in one at a time has built a lock, and wastes what he pays for.
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
    assert_eq!(take_all(&semaphore), 2, "permits to be had when both have left");
}

/// Two threads wait, and two permits are given with one call. Both threads must go on, at that
/// moment, and the permits must be gone. (On the grader's clock, when a second has passed, everybody
/// has gone as far as it can.)
///
/// A permit that lies about while a thread waits for one is a worker that is paid for doing nothing.
#[test]
fn release_n_lets_n_in() {
    let second = Duration::from_secs(1);
    let semaphore = Arc::new(Semaphore::new(0));
    let through = Arc::new(AtomicUsize::new(0));
    let waiters = [0, 1].map(|_| {
        let through = Arc::clone(&through);
        start(&semaphore, move |semaphore| {
            semaphore.acquire();
            through.fetch_add(1, SeqCst);
        })
    });
    thread::sleep(second);
    assert_eq!(through.load(SeqCst), 0, "threads that got through before any permit was given");
    semaphore.release(2);
    thread::sleep(second);
    assert_eq!(through.load(SeqCst), 2, "threads that got through, of two, after release(2)");
    for waiter in waiters {
        finish(waiter);
    }
    assert!(!semaphore.try_acquire(), "two permits were given and two taken, but one is left");
}

/// Sleeps for a little over 20 ms, so that nobody who looks every millisecond is in time by chance.
/// Returns by how much a clock may be out here: no real one is exact, and this very sleep shows how
/// far out this one is. The grader's is exact.
fn nap() -> Duration {
    let length = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(length);
    100 * lay_down.elapsed().saturating_sub(length)
}

/// A thread waits for a permit for a while, and the clock is watched; then one waits at a
/// `BoundedSemaphore`, with a generous time limit. Each must go on at the very moment when a permit is
/// given. Until then it must not use the processor: neither by asking again and again nor by looking
/// every now and then.
#[test]
fn a_waiter_sleeps() {
    let semaphore = Arc::new(Semaphore::new(0));
    let patient = start(&semaphore, |semaphore| {
        semaphore.acquire();
        Instant::now()
    });
    let tolerance = nap();
    let given = Instant::now();
    semaphore.release(1);
    let went_on = finish(patient);
    assert!(went_on >= given, "acquire() returned before a permit was given");
    let late = went_on - given;
    assert!(late <= tolerance, "acquire() returned {late:?} after a permit was given");

    let bounded = Arc::new(BoundedSemaphore::new(1));
    bounded.acquire();
    let limited = start(&bounded, |bounded| {
        let went_on = bounded.acquire_timeout(Duration::from_secs(3));
        (went_on, Instant::now())
    });
    let tolerance = nap();
    let given = Instant::now();
    assert_eq!(bounded.release(1), Ok(()), "a permit was given back that had been taken");
    let (went_on, at) = finish(limited);
    assert!(went_on, "acquire_timeout() gave up, although a permit was given back in time");
    assert!(at >= given, "acquire_timeout() returned before a permit was given back");
    let late = at - given;
    assert!(late <= tolerance, "acquire_timeout() returned {late:?} after a permit was given back");
}

/// How long a tick of the check below is.
const TICK: Duration = Duration::from_millis(100);

/// Runs something and says how many whole ticks it took.
fn timed(f: impl FnOnce() -> bool) -> (bool, u128) {
    let began = Instant::now();
    let result = f();
    (result, began.elapsed().as_millis() / TICK.as_millis())
}

/// A thread waits for at most two ticks, at either kind of semaphore, while no permit comes: it must
/// give up after two, not before and not later. Another waits for three, and meanwhile the main
/// thread gives a permit and takes it back at once, twice, so that the waiter may be woken for
/// nothing. It may be quick enough; if it is not, it must give up after three ticks in all. And when
/// these have gone, they must be gone: the next permit is for the next who waits.
///
/// A limit that begins anew with every wakeup is no limit. On a busy semaphore it never ends.
#[test]
fn timeout_is_total() {
    let bounded = BoundedSemaphore::new(0);
    let gave_up = timed(|| bounded.acquire_timeout(2 * TICK));
    assert_eq!(gave_up, (false, 2), "(got a permit, ticks) for 2 ticks, of a bounded semaphore");

    let semaphore = Arc::new(Semaphore::new(0));
    let gave_up = timed(|| semaphore.acquire_timeout(2 * TICK));
    assert_eq!(gave_up, (false, 2), "(got a permit, ticks) for 2 ticks, when none was given");

    let disturbed = start(&semaphore, |semaphore| timed(|| semaphore.acquire_timeout(3 * TICK)));
    let mut taken_back = 0;
    for _ in 0..2 {
        thread::sleep(TICK);
        semaphore.release(1);
        taken_back += usize::from(semaphore.try_acquire());
    }
    let (got_one, ticks) = finish(disturbed);
    if got_one {
        assert!(ticks < 3, "it got a permit after {ticks} ticks, when none was given");
    } else {
        assert_eq!(ticks, 3, "the ticks until it gave up; its limit was 3 in all");
    }
    let had = taken_back + usize::from(got_one) + take_all(&semaphore);
    assert_eq!(had, 2, "permits that were had, of 2 that were given");

    let next = start(&semaphore, Semaphore::acquire);
    thread::sleep(TICK);
    semaphore.release(1);
    // Everybody else has given up, so it is this one's.
    finish(next);
    semaphore.release(1);
    let at_once = timed(|| semaphore.acquire_timeout(TICK));
    assert_eq!(at_once, (true, 0), "(got a permit, ticks) for 1 tick, when one is there");
}

/// A permit is given just when the time of a waiter is over, while another waits without a limit. The
/// hasty one may get the permit, and then gives it back; or it may give up. In any case the patient
/// one must get it in the end, and then there must be one permit, for one was given. The hasty one
/// may also be slow: it may be called in time, and its time be over before it has come.
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
    semaphore.release(1);
    thread::sleep(2 * moment);
    finish(patient);
    finish(hasty);
    assert_eq!(take_all(&semaphore), 1, "permits to be had at the end, of one that was given");
}

/// A thread panics while it has a permit, and another one waits for it; first at a `Semaphore`, then
/// at a `BoundedSemaphore`. The guard must give the permit back on the way out, and the waiter must
/// get it. If every crash cost a permit, the number of crashes that a program survives would be its
/// number of permits.
#[test]
fn a_panic_gives_its_permit_back() {
    let semaphore = Arc::new(Semaphore::new(1));
    let unlucky = start(&semaphore, |semaphore| {
        let _permit = semaphore.permit();
        panic!("with a permit, on purpose");
    });
    let next = start(&semaphore, |semaphore| drop(semaphore.permit()));
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    finish(next);
    assert_eq!(take_all(&semaphore), 1, "permits to be had after a panic, of one");

    let bounded = Arc::new(BoundedSemaphore::new(1));
    let unlucky = start(&bounded, |bounded| {
        let _permit = bounded.permit();
        panic!("with a permit, on purpose");
    });
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    assert!(bounded.try_acquire(), "the bounded permit of a thread that has panicked is lost");
}
