//! How a barrier breaks, for every thread, and how it is made whole again.

use barrier::{Barrier, BrokenBarrier};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a tick is.
const TICK: Duration = Duration::from_micros(100_400);

/// Starts a thread that works with the barrier.
fn start<R: Send + 'static>(
    barrier: &Arc<Barrier>,
    work: impl FnOnce(&Barrier) -> R + Send + 'static,
) -> JoinHandle<R> {
    let barrier = Arc::clone(barrier);
    thread::spawn(move || work(&barrier))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the barrier should not have panicked")
}

/// How many are waiting, and whether the barrier is broken.
fn looks(barrier: &Barrier) -> (usize, bool) {
    (barrier.n_waiting(), barrier.is_broken())
}

/// A barrier for two that counts how often its action is run.
fn counting_barrier(runs: &Arc<AtomicUsize>) -> Barrier {
    let runs = Arc::clone(runs);
    Barrier::with_action(2, move || {
        runs.fetch_add(1, SeqCst);
    })
}

/// What can be seen when all threads have gone as far as they can: how many are waiting, and if the
/// barrier is broken. `cargo test` allows up to ten seconds until that is as it should be.
fn looks_in_the_end(barrier: &Barrier, wanted: (usize, bool)) -> (usize, bool) {
    for _ in 0..100 {
        thread::sleep(TICK);
        if looks(barrier) == wanted {
            break;
        }
    }
    looks(barrier)
}

/// Whether this clock is exact: a sleep takes just as long as asked. The grader's clock is. No real
/// one is, and a thread that is late there may just have waited for a processor.
fn clock_is_exact() -> bool {
    let slept_at = Instant::now();
    thread::sleep(TICK);
    slept_at.elapsed() == TICK
}

/// Two threads meet; each gets an index of its own.
fn two_can_meet(barrier: &Arc<Barrier>, when: &str) {
    let other = start(barrier, Barrier::wait);
    let mut indices = [barrier.wait(), finish(other)];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "sorted indices of two that meet {when}");
}

/// Two of three have come, or are on their way, when the barrier is aborted. Both must get
/// `Err(BrokenBarrier)`, and so must all that come later, at once.
///
/// The third never comes, so they would wait for ever. This is how a thread that has failed tells
/// the others that it will not be there.
#[test]
fn abort_breaks_all() {
    let barrier = Arc::new(Barrier::new(3));
    let waiters = [0, 1].map(|_| start(&barrier, Barrier::wait));
    barrier.abort();
    assert_eq!(waiters.map(finish), [Err(BrokenBarrier); 2], "what the waiting threads were told");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) after abort()");

    barrier.abort();
    for _ in 0..3 {
        assert_eq!(barrier.wait(), Err(BrokenBarrier), "wait() when the barrier is broken");
    }
    let second = Duration::from_secs(1);
    assert_eq!(barrier.wait_timeout(second), Err(BrokenBarrier), "wait_timeout() when broken");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) some time after abort()");
}

/// Two threads meet at a barrier with an action, while it is aborted: before they have come, while
/// the action runs, or later. Either both must pass, with one run of the action, or neither may
/// pass, with none. Afterwards the barrier must be broken in any case.
///
/// If one thread goes on with its next step and the other one gives up, the first will wait at the
/// next barrier for one that will not come.
#[test]
fn one_generation_one_outcome() {
    let runs = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(counting_barrier(&runs));
    let parties = [0, 1].map(|_| start(&barrier, Barrier::wait));
    barrier.abort();
    let mut outcomes = parties.map(finish);
    outcomes.sort_by_key(|outcome| outcome.ok());
    let both_or_neither = [[Ok(0), Ok(1)], [Err(BrokenBarrier); 2]];
    assert!(both_or_neither.contains(&outcomes), "both pass or neither, but got {outcomes:?}");
    let passed = usize::from(outcomes[0].is_ok());
    assert_eq!(
        runs.load(SeqCst),
        passed,
        "runs of the action; the two threads were told {outcomes:?}"
    );
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) after abort()");
}

/// Two threads meet, and one may be slow to leave. A third comes, and the barrier is aborted. The
/// third must get `Err(BrokenBarrier)`, whether it has come before or after that, and the two must
/// pass.
///
/// A thread may have to wait even before it is counted, until those before it have left. If it does
/// not look again after that, it waits at a barrier where nobody comes any more.
#[test]
fn an_abort_reaches_the_newcomer() {
    let barrier = Arc::new(Barrier::new(2));
    let slow = start(&barrier, Barrier::wait);
    let first = barrier.wait();
    let newcomer = start(&barrier, Barrier::wait);
    barrier.abort();
    assert_eq!(finish(newcomer), Err(BrokenBarrier), "what the newcomer was told");
    let mut indices = [first, finish(slow)];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "sorted indices of the earlier two");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) after abort()");
}

/// Two threads meet at a barrier with an action, while it is reset. A thread that gets
/// `Err(BrokenBarrier)` comes again, once. In the end both must have passed, with the indices 0 and
/// 1, and the action must have run once. (The reset may come before both are there, while the
/// action runs, or later.)
///
/// A reset sends away those that wait for others. Once all have come, their generation has passed,
/// even for a member that is still asleep. If that one came again, it would wait for one that has
/// gone on.
#[test]
fn a_reset_spares_the_complete() {
    let runs = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(counting_barrier(&runs));
    let parties = [0, 1]
        .map(|_| start(&barrier, |barrier: &Barrier| barrier.wait().or_else(|_| barrier.wait())));
    barrier.reset();
    let mut indices = parties.map(finish);
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "sorted indices of two that meet");
    assert_eq!(runs.load(SeqCst), 1, "runs of the action");
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
}

/// Three of four have come when the barrier breaks: by a timeout of one of them, a reset, an abort,
/// or a panic in the action when the fourth comes. Each time all three must return
/// `Err(BrokenBarrier)`. After a reset or an abort nobody may count as waiting, even if not all
/// have left yet.
///
/// Whoever wakes up must not be the only one. The others would sleep on, and nobody will come to
/// wake them.
#[test]
fn everybody_is_told() {
    for why in ["a timeout", "a reset", "an abort", "a panic in the action"] {
        let action = || panic!("the action panics, on purpose");
        let barrier = Arc::new(Barrier::with_action(4, action));
        let hasty = why == "a timeout";
        let waiters =
            [hasty, false, false].map(|hasty| {
                start(&barrier, move |barrier| {
                    if hasty { barrier.wait_timeout(10 * TICK) } else { barrier.wait() }
                })
            });
        let with_three = looks_in_the_end(&barrier, (3, false));
        assert_eq!(with_three, (3, false), "(n_waiting, is_broken) with three of four");
        match why {
            "a timeout" => {}
            "a reset" => {
                barrier.reset();
                assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) after reset()");
            }
            "an abort" => {
                barrier.abort();
                assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) after abort()");
            }
            _ => {
                let fourth = start(&barrier, Barrier::wait).join();
                assert!(fourth.is_err(), "the panic should have reached the thread of the action");
            }
        }
        let told = waiters.map(finish);
        assert_eq!(
            told,
            [Err(BrokenBarrier); 3],
            "what three waiting threads were told after {why}"
        );
    }
}

/// A thread waits at a barrier for two, and the barrier is reset. At once two others come and meet
/// there, and meet again: they must pass. The first must get `Err(BrokenBarrier)`, whether it wakes
/// up before, while or after they meet. This must also hold if somebody aborts the barrier and
/// resets it right away.
///
/// If it slept on, it would wait for ever; if it were still counted, a thread would pass alone.
#[test]
fn reset_breaks_the_waiting() {
    for abort_first in [false, true] {
        let barrier = Arc::new(Barrier::new(2));
        let waiter = start(&barrier, Barrier::wait);
        let with_one = looks_in_the_end(&barrier, (1, false));
        assert_eq!(with_one, (1, false), "(n_waiting, is_broken) with one of two");
        if abort_first {
            barrier.abort();
        }
        barrier.reset();
        assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) after a reset");
        two_can_meet(&barrier, "right after a reset");
        two_can_meet(&barrier, "for the second time after a reset");
        assert_eq!(finish(waiter), Err(BrokenBarrier), "what the waiting thread was told");
        assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
    }
}

/// A thread waits with a timeout at a barrier for two, which is reset a moment before or after that
/// thread's time is up. It must get `Err(BrokenBarrier)`. Two that come after the reset must meet, and the
/// barrier must be whole. All this must also hold if there is an `abort` right before the `reset`.
///
/// The thread belongs to the generation that has ended, and its timeout can break no other.
#[test]
fn a_timeout_stays_in_its_generation() {
    for abort_first in [false, true] {
        let barrier = Arc::new(Barrier::new(2));
        let hasty = start(&barrier, |barrier| barrier.wait_timeout(TICK));
        thread::sleep(TICK);
        if abort_first {
            barrier.abort();
        }
        barrier.reset();
        two_can_meet(
            &barrier,
            "after a reset at the moment when the time of another thread was up",
        );
        assert_eq!(finish(hasty), Err(BrokenBarrier), "what the thread whose time was up was told");
        assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
    }
}

/// A thread waits at a barrier for two. Three times in a row, the main thread resets the barrier,
/// and then calls `wait_timeout` with no time at all, which breaks it. Each of these calls must
/// return `Err(BrokenBarrier)`, and so must the `wait` of the other thread, however late it wakes
/// up.
///
/// Several generations may break one after another before a thread wakes up. How its own has ended
/// must not be forgotten because another one has ended since.
#[test]
fn several_break_in_a_row() {
    let barrier = Arc::new(Barrier::new(2));
    let waiter = start(&barrier, Barrier::wait);
    let with_one = looks_in_the_end(&barrier, (1, false));
    assert_eq!(with_one, (1, false), "(n_waiting, is_broken) with one of two");
    for _ in 0..3 {
        barrier.reset();
        let told = barrier.wait_timeout(Duration::ZERO);
        assert_eq!(told, Err(BrokenBarrier), "wait_timeout() of the first of two, with no time");
    }
    assert_eq!(finish(waiter), Err(BrokenBarrier), "what the waiting thread was told");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) when the last one had no time");
}

/// A thread waits at a barrier for two, which is then reset 65,536 times before it has had a chance
/// to run. It must get `Err(BrokenBarrier)`, and two others must meet. Neither `reset` nor `abort`
/// may sleep until the thread has noticed.
///
/// What is counted in 8 or 16 bits is back where it began, and then the thread takes the generation
/// that has begun by then for its own.
#[test]
fn many_generations_are_not_one() {
    for abort_first in [false, true] {
        let barrier = Arc::new(Barrier::new(2));
        let waiter = start(&barrier, Barrier::wait);
        let with_one = looks_in_the_end(&barrier, (1, false));
        assert_eq!(with_one, (1, false), "(n_waiting, is_broken) with one of two");
        if abort_first {
            let sleeps = probe::sleeps(|| barrier.abort());
            assert!(!sleeps, "abort() goes to sleep, with a thread on its way");
        }
        let sleeps = probe::sleeps(|| barrier.reset());
        assert!(!sleeps, "reset() goes to sleep, with a thread on its way");
        probe::uninterrupted(|| {
            for _ in 1..65_536 {
                barrier.reset();
            }
        });
        two_can_meet(&barrier, "after many resets");
        assert_eq!(finish(waiter), Err(BrokenBarrier), "what the waiting thread was told");
        assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
    }
}

/// A thread comes to a barrier for two just before or after a reset. If it gets
/// `Err(BrokenBarrier)`, it comes again, once. The main thread must meet it in either case. Then
/// the barrier is aborted and reset again, and two must be able to meet.
///
/// A barrier that cannot be repaired would have to be replaced, in all threads at the same moment;
/// and for that you would need a barrier.
#[test]
fn reset_makes_it_new() {
    let barrier = Arc::new(Barrier::new(2));
    let other = start(&barrier, |barrier| barrier.wait().or_else(|_| barrier.wait()));
    barrier.reset();
    let mut indices = [barrier.wait(), finish(other)];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "sorted indices of two after a reset");

    barrier.abort();
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) after abort()");
    barrier.reset();
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) after a reset");
    two_can_meet(&barrier, "after abort and reset");
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
}

/// A barrier is aborted and reset at the same time, by two threads. Afterwards it must be either
/// broken or whole, and all its methods must agree on that: if `is_broken()` says true, `wait` must
/// return `Err(BrokenBarrier)`, and otherwise two must be able to meet.
///
/// A thread may ask whether the barrier is broken before it decides whether to repair it. If it gets
/// a wrong answer, nobody repairs it.
#[test]
fn abort_and_reset_at_once() {
    let barrier = Arc::new(Barrier::new(2));
    let resets = start(&barrier, Barrier::reset);
    barrier.abort();
    finish(resets);
    if barrier.is_broken() {
        assert_eq!(barrier.wait(), Err(BrokenBarrier), "wait() when is_broken() says true");
    } else {
        two_can_meet(&barrier, "when is_broken() says false, after abort() and reset() at once");
    }
}

/// Two of three come: one with a timeout of 2 ticks of a little over 100 ms, the other a tick
/// later, without one. After exactly 2 ticks both must get `Err(BrokenBarrier)`, and all that come
/// later must get it at once. After a reset three must meet, and the last needs no time. A thread
/// with no time that is not the last must break the barrier.
///
/// A thread that gives up will not be there any more, so the others would wait for nothing.
#[test]
fn a_timeout_breaks_it_for_all() {
    let exact = clock_is_exact();
    let barrier = Arc::new(Barrier::new(3));
    // What the thread was told, and how long it waited.
    let come = |timeout: Option<Duration>| {
        let clock = Instant::now();
        move |barrier: &Barrier| {
            let told = match timeout {
                None => barrier.wait(),
                Some(timeout) => barrier.wait_timeout(timeout),
            };
            (told, clock.elapsed())
        }
    };
    let took = |ticks: u32, waited: Duration, who: &str| {
        let late = waited.saturating_sub(ticks * TICK);
        assert!(waited >= ticks * TICK, "{who} left after only {waited:?}");
        // Down to a microsecond, if the clock is exact.
        assert!(late.as_micros() == 0 || !exact, "{who} left {late:?} too late");
    };
    let hasty = start(&barrier, come(Some(2 * TICK)));
    thread::sleep(TICK);
    let patient = start(&barrier, come(None));
    let timed_out = looks_in_the_end(&barrier, (0, true));
    assert_eq!(timed_out, (0, true), "(n_waiting, is_broken) after a timeout");
    let [hasty, patient] = [hasty, patient].map(finish);
    let broken = Err(BrokenBarrier);
    assert_eq!(hasty.0, broken, "what the thread with a timeout was told");
    assert_eq!(patient.0, broken, "what the thread that came a tick later was told");
    took(2, hasty.1, "the thread with a timeout of 2 ticks");
    if exact {
        took(1, patient.1, "the thread that came a tick later");
    }
    assert_eq!(barrier.wait(), broken, "wait() when the barrier is broken");
    let later = come(Some(2 * TICK))(&barrier);
    assert_eq!(later.0, broken, "wait_timeout() when the barrier is broken");
    took(0, later.1, "the thread that came to a broken barrier");

    barrier.reset();
    let others = [0, 1].map(|_| start(&barrier, come(Some(300 * TICK))));
    let with_two = looks_in_the_end(&barrier, (2, false));
    assert_eq!(with_two, (2, false), "(n_waiting, is_broken) with two of three");
    let last = barrier.wait_timeout(Duration::ZERO);
    let [one, two] = others.map(finish);
    let mut indices = [last, one.0, two.0];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1), Ok(2)], "sorted indices of three that meet");
    took(1, one.1.max(two.1), "a thread that waited for the third one");

    let hasty = come(Some(Duration::ZERO))(&barrier);
    assert_eq!(hasty.0, broken, "what a thread with no time was told (not the last to come)");
    took(0, hasty.1, "the thread with no time");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) when a thread had no time");
}

/// A thread comes to a barrier for two with many timeouts, from none at all or a nanosecond to nine
/// years, and nobody else comes. Each time it must get `Err(BrokenBarrier)` when its time is up, no
/// sooner and no later.
///
/// A timeout that is rounded, or counted in a number too small for it, comes out as another one.
#[test]
fn a_timeout_is_exact() {
    let exact = clock_is_exact();
    let barrier = Barrier::new(2);
    let nanoseconds = [0, 1, 999, 1_000, 999_999, 1_000_001, 1 << 32, 1 << 58];
    // In microseconds or milliseconds, these have only zeros in their last 16 or 32 bits.
    let microseconds = [1 << 16, 1 << 32];
    let milliseconds = [1 << 16, 1 << 32];
    let timeouts = nanoseconds.map(Duration::from_nanos).into_iter();
    let timeouts = timeouts.chain(microseconds.map(Duration::from_micros));
    let timeouts = timeouts.chain(milliseconds.map(Duration::from_millis));
    // Only a clock that jumps has years to spare.
    for timeout in timeouts.filter(|timeout| exact || timeout.as_secs() == 0) {
        let came = Instant::now();
        let told = barrier.wait_timeout(timeout);
        let lasted = came.elapsed();
        assert_eq!(told, Err(BrokenBarrier), "wait_timeout({timeout:?}) by the only thread");
        assert!(lasted >= timeout, "wait_timeout({timeout:?}) gave up too early, after {lasted:?}");
        // Even a wait of no length takes a nanosecond.
        let late = lasted - timeout;
        assert!(late.as_nanos() <= 10 || !exact, "wait_timeout({timeout:?}) gave up {late:?} late");
        barrier.reset();
    }
}

/// A thread waits at a barrier for two, with a timeout that is longer each time: from 97 days to
/// 585 billion years. Another one comes before the time is up, and the two must meet, with the
/// indices 0 and 1. (It comes after a tick, or after ninety years if the timeout is longer than
/// that.)
///
/// A timeout that is counted in a number too small for it comes out as a short one, or as none. "As
/// long as it takes" is often written as the longest timeout there is. If that is replaced with
/// some other time because the clock cannot hold it, even a long one, the thread gives up when
/// nobody expects it.
#[test]
fn no_timeout_is_too_long() {
    let exact = clock_is_exact();
    let barrier = Arc::new(Barrier::new(2));
    // In nanoseconds, microseconds, milliseconds or seconds, each of these has only zeros in its last
    // 32 or 64 bits. The longest timeout there is has only ones.
    let powers = [23, 26, 29, 32, 55, 58, 61].map(|power| Duration::from_secs(1 << power));
    let ninety_years = Duration::from_secs(90 * 365 * 24 * 60 * 60);
    for timeout in powers.into_iter().chain([Duration::MAX]) {
        let waiter = start(&barrier, move |barrier| barrier.wait_timeout(timeout));
        // No real clock has ninety years to spare.
        thread::sleep(if exact && timeout > ninety_years { ninety_years } else { TICK });
        let mut indices = [barrier.wait(), finish(waiter)];
        indices.sort_by_key(|index| index.ok());
        let who = "sorted indices of two that meet";
        assert_eq!(
            indices,
            [Ok(0), Ok(1)],
            "{who}, one with a timeout of {timeout:?} \
             (18446744073709551615.999999999s is `Duration::MAX`)"
        );
    }
}

/// Two threads meet, and the first one's time is up just when the second comes, or when the action
/// runs. Either both must pass, and the barrier must be whole, or both must get
/// `Err(BrokenBarrier)`, and it must be broken. The action must run once if they pass, and not at
/// all if they do not.
///
/// There must be one moment at which this is decided, for both of them.
#[test]
fn a_late_timeout_breaks_all_or_nothing() {
    let runs = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(counting_barrier(&runs));
    let hasty = start(&barrier, |barrier| barrier.wait_timeout(Duration::from_millis(1)));
    let mut outcomes = [barrier.wait(), finish(hasty)];
    outcomes.sort_by_key(|outcome| outcome.ok());
    let both_or_neither = [[Ok(0), Ok(1)], [Err(BrokenBarrier); 2]];
    assert!(both_or_neither.contains(&outcomes), "both pass or neither, but got {outcomes:?}");
    let broken = outcomes[0].is_err();
    assert_eq!(
        runs.load(SeqCst),
        usize::from(!broken),
        "runs of the action; the two threads were told {outcomes:?}"
    );
    assert_eq!(
        looks(&barrier),
        (0, broken),
        "(n_waiting, is_broken); the two threads were told {outcomes:?}"
    );
}

/// Two threads meet at a barrier whose action takes a while. Meanwhile the time of one of them is
/// up, and a third thread comes. If the action succeeds, the two must pass as soon as it has ended.
/// Then a fourth thread comes and meets the third. Threads whose action is running no longer count
/// as waiting. If it panics, one of the two gets the panic, and the other and the third must get
/// `Err(BrokenBarrier)`.
///
/// Once all have come, nobody's time matters. And a broken barrier is broken for those who wait for
/// the next generation as well.
#[test]
fn a_slow_action() {
    let exact = clock_is_exact();
    for fails in [false, true] {
        let runs = Arc::new(AtomicUsize::new(0));
        let action = {
            let runs = Arc::clone(&runs);
            move || {
                thread::sleep(4 * TICK);
                runs.fetch_add(1, SeqCst);
                assert!(!fails, "the action fails, on purpose");
            }
        };
        let barrier = Arc::new(Barrier::with_action(2, action));
        // What the thread was told, and how many runs of the action had ended by then.
        let come = |timeout: Duration| {
            let runs = Arc::clone(&runs);
            start(&barrier, move |barrier| (barrier.wait_timeout(timeout), runs.load(SeqCst)))
        };
        let hasty = come(2 * TICK);
        thread::sleep(TICK);
        let patient = come(Duration::MAX);
        thread::sleep(2 * TICK);
        let third = come(Duration::MAX);
        let mut told = [hasty, patient].map(|thread| thread.join().ok());
        told.sort_by_key(|told| told.map(|(told, _)| told.ok()));
        if fails {
            let wanted = [None, Some((Err(BrokenBarrier), 1))];
            assert_eq!(
                told, wanted,
                "(what each was told, runs of the action), None for its panic"
            );
            assert_eq!(finish(third), (Err(BrokenBarrier), 1), "the same of the third thread");
        } else {
            let wanted = [Some((Ok(0), 1)), Some((Ok(1), 1))];
            assert_eq!(told, wanted, "(index, runs of the action) of the two, sorted");
            let fourth = come(Duration::MAX);
            thread::sleep(2 * TICK);
            // On a real clock, the fourth thread may not have come yet.
            let meanwhile = if exact { looks(&barrier) } else { (0, false) };
            assert_eq!(meanwhile, (0, false), "(n_waiting, is_broken) while the action runs");
            let mut told = [finish(fourth), finish(third)];
            told.sort_by_key(|(told, _)| told.ok());
            assert_eq!(told, [(Ok(0), 2), (Ok(1), 2)], "the same of the third thread and a fourth");
        }
    }
}
