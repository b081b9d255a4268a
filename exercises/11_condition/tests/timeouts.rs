//! Waiting with a timeout.

use condition::{Condition, NotOwner, RLock};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A condition on a lock of its own.
fn new_condition() -> Arc<Condition> {
    Arc::new(Condition::new(Arc::new(RLock::new())))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the condition should not have panicked")
}

/// Starts a thread that acquires the lock and works with the condition. When this returns, that
/// thread has the lock, so when another thread acquires the lock, this one must be waiting.
fn start_with_lock<R: Send + 'static>(
    condition: &Arc<Condition>,
    work: impl FnOnce(&Condition) -> R + Send + 'static,
) -> JoinHandle<R> {
    let condition = Arc::clone(condition);
    let (holds, has_lock) = mpsc::channel();
    let thread = thread::spawn(move || {
        let _level = condition.rlock().lock();
        holds.send(()).expect("the main thread listens");
        work(&condition)
    });
    has_lock.recv().expect("the thread gets the lock");
    thread
}

/// Acquires the lock and notifies `n` threads.
fn notify(condition: &Condition, n: usize) {
    let _level = condition.rlock().lock();
    assert_eq!(condition.notify(n), Ok(()), "notify() with the lock");
}

/// Whether this clock is exact: a sleep takes just as long as asked. The grader's clock is. No real
/// one is, and a thread that is late there may just have waited for a processor.
fn clock_is_exact() -> bool {
    let nap = Duration::from_millis(1);
    let slept_at = Instant::now();
    thread::sleep(nap);
    slept_at.elapsed() == nap
}

/// One tick of the checks below: a little over 100 ms, for code that counts in milliseconds or
/// microseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// A thread waits, without a timeout or with the longest there is. It must go on at the very moment
/// it is notified, and use no processor time before that, neither by busy-waiting nor by looking
/// every now and then. (`notify(0)` must wake nobody. The predicate begins to hold some time before
/// any thread says so.)
///
/// A condition is for sleeping.
#[test]
fn a_waiter_sleeps() {
    type Wait = fn(&Condition, &AtomicBool) -> Result<bool, NotOwner>;
    const EVER: Duration = Duration::MAX;
    let waits: [(&str, Wait); 4] = [
        ("wait", |condition, _| condition.wait().map(|()| true)),
        ("wait_timeout", |condition, _| condition.wait_timeout(EVER)),
        ("wait_for", |condition, happened| {
            condition.wait_for(|| happened.load(SeqCst)).map(|()| true)
        }),
        ("wait_for_timeout", |condition, happened| {
            condition.wait_for_timeout(|| happened.load(SeqCst), EVER)
        }),
    ];
    let exact = clock_is_exact();
    // On the grader's clock a nap takes months, so that a thread that looks every
    // now and then is not on time by chance.
    let nap = Duration::from_nanos(if exact { 8_640_000_000_000_123 } else { 10_000_123 });
    for (name, wait) in waits {
        let condition = new_condition();
        let happened = Arc::new(AtomicBool::new(false));
        let waiter = start_with_lock(&condition, {
            let happened = Arc::clone(&happened);
            move |condition| (wait(condition, &happened), Instant::now())
        });
        notify(&condition, 0);
        thread::sleep(nap);
        happened.store(true, SeqCst);
        thread::sleep(nap);
        let rang = Instant::now();
        notify(&condition, 1);

        let (told, went_on) = finish(waiter);
        assert_eq!(told, Ok(true), "what {name}() said to a thread that was notified");
        assert!(went_on >= rang, "a thread in {name}() went on before it was notified");
        let late = went_on - rang;
        assert!(late.is_zero() || !exact, "{name}() returned {late:?} after the notification");
    }
}

/// One thread waits for at most 3 ticks (a tick is a little over 100 ms): after exactly that it
/// must return `false`. A second one is notified after 1 tick: it must return `true` then. A third
/// one's time is up while another thread has the lock: it must return `false` when it gets the
/// lock. With no time, a fourth one must return `false` at once.
///
/// The third one has a timeout of 1 tick, and the other thread keeps the lock for 1 tick more.
#[test]
fn a_timeout_says_false() {
    let exact = clock_is_exact();
    let tick = TICK;
    let condition = new_condition();
    // What the thread was told, whether it had the lock then, and how long it waited.
    let wait = |limit: Duration| {
        let clock = Instant::now();
        move |condition: &Condition| {
            let told = condition.wait_timeout(limit);
            ((told, condition.rlock().is_owned()), clock.elapsed())
        }
    };
    let ignored = start_with_lock(&condition, wait(3 * tick));
    thread::sleep(tick);
    notify(&condition, 0);
    let (found, waited) = finish(ignored);
    assert_eq!(
        found,
        (Ok(false), true),
        "(what wait_timeout() said, whether it had the lock then): \
         a wait for 3 ticks that nobody ended"
    );
    took(3 * tick, waited, exact, "a wait for 3 ticks that nobody ended");

    let notified = start_with_lock(&condition, wait(300 * tick));
    thread::sleep(tick);
    notify(&condition, 1);
    let (found, waited) = finish(notified);
    assert_eq!(
        found,
        (Ok(true), true),
        "(what wait_timeout() said, whether it had the lock then): \
         a wait that was ended after 1 tick"
    );
    took(tick, waited, exact, "a wait that was ended after 1 tick");

    let locked_out = start_with_lock(&condition, wait(tick));
    let level = condition.rlock().lock();
    thread::sleep(2 * tick);
    drop(level);
    let (found, waited) = finish(locked_out);
    assert_eq!(
        found,
        (Ok(false), true),
        "(what wait_timeout() said, whether it had the lock then): \
         a wait for 1 tick, with the lock taken until tick 2"
    );
    took(2 * tick, waited, exact, "a wait for 1 tick, with the lock taken until tick 2");

    let (found, waited) = finish(start_with_lock(&condition, wait(Duration::ZERO)));
    assert_eq!(
        found,
        (Ok(false), true),
        "(what wait_timeout() said, whether it had the lock then): \
         a wait for no time"
    );
    took(Duration::ZERO, waited, exact, "a wait for no time");
}

/// A wait must have taken `expected`: no less, and on an exact clock at most a microsecond more.
fn took(expected: Duration, waited: Duration, exact: bool, what: &str) {
    assert!(
        waited >= expected,
        "{what}: it returned too early, after {waited:?} instead of {expected:?}"
    );
    let late = waited - expected;
    assert!(late.as_micros() == 0 || !exact, "{what}: it returned {late:?} too late");
}

/// A thread waits for 3 ticks of a little over 100 ms with `wait_for_timeout`, and is notified in
/// vain after each: after exactly 3 ticks it must return `false`. If the predicate begins to hold,
/// but nobody notifies, it must return `true` when its time is up. If it is notified of that in
/// time, it must return `true` then.
///
/// The others have no time at all: they must ask, wait for no longer than it takes to release and
/// acquire the lock, and ask once more. A timeout that starts again with every notification never
/// ends on a busy condition.
#[test]
fn wait_for_timeout_is_total() {
    let exact = clock_is_exact();
    let tick = TICK;
    let condition = new_condition();
    let happened = Arc::new(AtomicBool::new(false));
    // What the thread was told, and how long it waited.
    let wait = |limit: Duration| {
        let (clock, happened) = (Instant::now(), Arc::clone(&happened));
        move |condition: &Condition| {
            let told = condition.wait_for_timeout(|| happened.load(SeqCst), limit);
            (told, clock.elapsed())
        }
    };
    let disturbed = start_with_lock(&condition, wait(3 * tick));
    for _ in 0..5 {
        thread::sleep(tick);
        notify(&condition, 1);
    }
    let (told, waited) = finish(disturbed);
    assert_eq!(
        told,
        Ok(false),
        "what wait_for_timeout() said after a wait for 3 ticks, notified in vain after each"
    );
    took(3 * tick, waited, exact, "a wait for 3 ticks, notified in vain after each");

    let left_alone = start_with_lock(&condition, move |condition| {
        let clock = Instant::now();
        let told = condition.wait_for_timeout(|| clock.elapsed() >= tick, 2 * tick);
        (told, clock.elapsed())
    });
    thread::sleep(tick);
    notify(&condition, 0);
    let (told, waited) = finish(left_alone);
    assert_eq!(
        told,
        Ok(true),
        "what wait_for_timeout() said after 2 ticks, for what holds after 1, but nobody announces"
    );
    if exact {
        took(2 * tick, waited, exact, "a wait for 2 ticks, for what nobody announces");
    }

    let told_in_time = start_with_lock(&condition, wait(300 * tick));
    thread::sleep(tick);
    happened.store(true, SeqCst);
    notify(&condition, 1);
    let (told, waited) = finish(told_in_time);
    assert_eq!(
        told,
        Ok(true),
        "what wait_for_timeout() said after a wait for what was announced after 1 tick"
    );
    took(tick, waited, exact, "a wait for what was announced after 1 tick");

    for happens in [true, false] {
        happened.store(happens, SeqCst);
        let (told, waited) = finish(start_with_lock(&condition, wait(Duration::ZERO)));
        assert_eq!(
            told,
            Ok(happens),
            "what wait_for_timeout() said with no time, when the predicate says {happens}"
        );
        took(Duration::ZERO, waited, exact, "a wait without any time");
    }

    let no_time = start_with_lock(&condition, |condition| {
        let mut calls = 0;
        let second = || {
            calls += 1;
            calls == 2
        };
        condition.wait_for_timeout(second, Duration::ZERO)
    });
    assert_eq!(
        finish(no_time),
        Ok(true),
        "what wait_for_timeout() said with no time, for what holds when asked once more"
    );
}

/// A thread waits for at most 2 ticks of a little over 100 ms, but another one keeps the lock from
/// tick 1 to tick 3. The waiter must return at tick 3. If it was notified in time, `wait_timeout`
/// must return `true`. `wait_for_timeout` must call its predicate then, notified or not, and return
/// the answer.
///
/// A thread that is late for the lock can still find what it waited for. If it does not look, it
/// goes away with nothing, and the notification was in vain.
#[test]
fn late_for_the_lock() {
    type Wait = fn(&Condition, &AtomicBool) -> Result<bool, NotOwner>;
    const LIMIT: Duration = TICK.saturating_mul(2);
    let exact = clock_is_exact();
    let for_any: Wait = |condition, _| condition.wait_timeout(LIMIT);
    let for_it: Wait =
        |condition, happened| condition.wait_for_timeout(|| happened.load(SeqCst), LIMIT);
    for (what, wait, notified, happens) in [
        ("wait_timeout(), notified in time", for_any, true, true),
        ("wait_for_timeout(), notified in time", for_it, true, true),
        ("wait_for_timeout(), notified in time but in vain", for_it, true, false),
        ("wait_for_timeout(), not notified of what happened", for_it, false, true),
    ] {
        let condition = new_condition();
        let happened = Arc::new(AtomicBool::new(false));
        let clock = Instant::now();
        let waiter = start_with_lock(&condition, {
            let happened = Arc::clone(&happened);
            move |condition| (wait(condition, &happened), clock.elapsed())
        });
        thread::sleep(TICK);
        let level = condition.rlock().lock();
        if notified {
            assert_eq!(condition.notify(1), Ok(()), "notify() with the lock");
        }
        let in_time = clock.elapsed() < LIMIT; // which a real computer does not promise
        thread::sleep(2 * TICK);
        happened.store(happens, SeqCst);
        drop(level);
        let (told, waited) = finish(waiter);
        assert!(told == Ok(happens) || !in_time, "{what}: it said {told:?} when it had the lock");
        if in_time {
            took(3 * TICK, waited, exact, what);
        }
    }
}

/// The main thread waits with timeouts from none at all to nine years, and nobody notifies it.
/// `wait_timeout` and `wait_for_timeout` must return `false` when the time is up, no sooner and no
/// later.
///
/// A timeout that is rounded, or counted in a number too small for it, comes out as another one.
#[test]
fn a_timeout_is_exact() {
    let exact = clock_is_exact();
    let condition = new_condition();
    let nanoseconds = [0, 1, 999, 1_000, 999_999, 1_000_001, 1 << 32, 1 << 58];
    // In microseconds or milliseconds, these have only zeros in their last 16 or 32 bits.
    let microseconds = [1 << 16, 1 << 32];
    let milliseconds = [1 << 16, 1 << 32];
    let timeouts = nanoseconds.map(Duration::from_nanos).into_iter();
    let timeouts = timeouts.chain(microseconds.map(Duration::from_micros));
    let timeouts = timeouts.chain(milliseconds.map(Duration::from_millis));
    let _level = condition.rlock().lock();
    // Only a clock that jumps has years to spare.
    for timeout in timeouts.filter(|timeout| exact || timeout.as_secs() == 0) {
        let clock = Instant::now();
        let told = condition.wait_timeout(timeout);
        assert_eq!(told, Ok(false), "what wait_timeout({timeout:?}) said, which nobody ended");
        took(timeout, clock.elapsed(), exact, &format!("wait_timeout({timeout:?})"));
        let clock = Instant::now();
        let told = condition.wait_for_timeout(|| false, timeout);
        assert_eq!(
            told,
            Ok(false),
            "what wait_for_timeout({timeout:?}) said, for what never happens"
        );
        took(timeout, clock.elapsed(), exact, &format!("wait_for_timeout({timeout:?})"));
    }
}

/// A thread waits with `wait_timeout`, and then with `wait_for_timeout`, and the timeout is longer
/// each time: from 97 days to 73 billion years. A little over 100 ms later it is notified, and must
/// return `true`.
///
/// A timeout that is counted in a number too small for it comes out as a short one, or as none.
#[test]
fn no_timeout_is_too_long() {
    let condition = new_condition();
    // In nanoseconds, microseconds, milliseconds or seconds, each of these has only zeros in its last
    // 32 or 64 bits.
    for power in [23, 26, 29, 32, 55, 58, 61] {
        let timeout = Duration::from_secs(1 << power);
        let happened = Arc::new(AtomicBool::new(false));
        let waiter = start_with_lock(&condition, {
            let happened = Arc::clone(&happened);
            move |condition| {
                let first = condition.wait_timeout(timeout);
                (first, condition.wait_for_timeout(|| happened.load(SeqCst), timeout))
            }
        });
        thread::sleep(TICK);
        notify(&condition, 1);
        thread::sleep(TICK);
        let level = condition.rlock().lock();
        happened.store(true, SeqCst);
        drop(level);
        notify(&condition, 1);
        let told = "(what wait_timeout() said, what wait_for_timeout() said)";
        assert_eq!(finish(waiter), (Ok(true), Ok(true)), "{told}, with {timeout:?}");
    }
}

/// A thread has the lock, and another one wants it. The first calls `wait_timeout` with no time at
/// all, again and again, until the other has had the lock. Each of these calls must give the other
/// thread a chance to get it.
///
/// A wait releases the lock, however short it is. A thread that never does so while it waits locks
/// out the very thread that it waits for.
#[test]
fn no_time_is_enough_for_others() {
    // A real computer may need many rounds until the other thread is quick enough.
    let rounds = if clock_is_exact() { 400 } else { 10_000_000 };
    let condition = new_condition();
    let was_in = Arc::new(AtomicBool::new(false));
    let level = condition.rlock().lock();
    let other = thread::spawn({
        let (condition, was_in) = (Arc::clone(&condition), Arc::clone(&was_in));
        move || {
            let _level = condition.rlock().lock();
            was_in.store(true, SeqCst);
        }
    });
    for _ in 0..rounds {
        let told = condition.wait_timeout(Duration::ZERO);
        assert_eq!(told, Ok(false), "what wait_timeout() said with no time");
        if was_in.load(SeqCst) {
            break;
        }
    }
    assert!(
        was_in.load(SeqCst),
        "a thread that wanted the lock did not get it during {rounds} calls of wait_timeout() with \
         no time"
    );
    drop(level);
    finish(other);
}

/// A predicate counts its calls. `wait_for` must call it before the wait and after each of two
/// notifications. `wait_for_timeout` must call it before the wait, after a notification in vain,
/// and when the time is up. With no time at all, it must be called twice. So must one that itself
/// calls `wait_timeout`, if nobody notifies.
///
/// A predicate may do more than look. If it tries a number or sends a question, for example, it
/// does so each time it is called.
#[test]
fn asked_when_it_was_promised() {
    let condition = new_condition();
    let calls = Arc::new(AtomicUsize::new(0));
    // What the predicate says when it is called for the n-th time.
    let true_at = |nth: usize| {
        let calls = Arc::clone(&calls);
        calls.store(0, SeqCst);
        move || calls.fetch_add(1, SeqCst) + 1 == nth
    };
    // `cargo test` has no exact clock, and allows up to ten seconds.
    let calls_in_the_end = |wanted: usize| {
        for _ in 0..100 {
            thread::sleep(TICK);
            if calls.load(SeqCst) >= wanted {
                break;
            }
        }
        calls.load(SeqCst)
    };
    let third = true_at(3);
    let patient = start_with_lock(&condition, move |condition| condition.wait_for(third));
    assert_eq!(
        calls_in_the_end(1),
        1,
        "calls of the predicate by wait_for() before the first wait"
    );
    for wanted in [2, 3] {
        notify(&condition, 1);
        assert_eq!(
            calls_in_the_end(wanted),
            wanted,
            "calls of the predicate by wait_for(): one before the wait, one after each notification"
        );
    }
    assert_eq!(finish(patient), Ok(()), "what wait_for() said");

    let never = true_at(usize::MAX);
    let hasty =
        start_with_lock(&condition, |condition| condition.wait_for_timeout(never, 10 * TICK));
    assert_eq!(
        calls_in_the_end(1),
        1,
        "calls of the predicate by wait_for_timeout() before the first wait"
    );
    notify(&condition, 1);
    assert_eq!(
        calls_in_the_end(2),
        2,
        "calls of the predicate by wait_for_timeout(): one before the wait, one after the \
         notification"
    );
    assert_eq!(finish(hasty), Ok(false), "what wait_for_timeout() said, for what never happens");
    assert_eq!(
        calls.load(SeqCst),
        3,
        "calls of the predicate by wait_for_timeout(): one before the wait, one after the \
         notification, one when the time is up"
    );

    let _level = condition.rlock().lock();
    let told = condition.wait_for_timeout(true_at(usize::MAX), Duration::ZERO);
    assert_eq!(
        told,
        Ok(false),
        "what wait_for_timeout() said with no time, for what never happens"
    );
    assert_eq!(
        calls.load(SeqCst),
        2,
        "calls of the predicate with no time: one at the beginning, one at the end"
    );

    let mut calls = 0;
    let waits = || {
        calls += 1;
        let told = condition.wait_timeout(Duration::ZERO);
        assert_eq!(told, Ok(false), "what wait_timeout() said in a predicate");
        calls > 2 // so that this comes to an end
    };
    let told = condition.wait_for_timeout(waits, TICK);
    assert_eq!(
        (told, calls),
        (Ok(false), 2),
        "(what wait_for_timeout() said, calls of the predicate) when the predicate itself waits for \
         no time: one before the wait, one when the time is up"
    );
}

/// A thread waits with a very long timeout, after a predicate that takes ninety years to say
/// `false`. The time is never up: the thread must return `true` when it is notified, a second
/// later. Then the same thread uses `wait_timeout`, and must return `true` when it is notified.
///
/// The timeouts are the longest there is, one that is a little shorter, half of the longest, and
/// one that has too many nanoseconds for 64 bits. "As long as it takes" is often written as the
/// longest timeout. If that is replaced with some other time because the clock cannot hold it, even
/// a long one, the thread gives up when nobody expects it.
#[test]
fn the_longest_timeout_is_never_over() {
    // No real clock has ninety years to spare.
    let years = if clock_is_exact() { 90 } else { 0 };
    let ninety_years = Duration::from_secs(years * 365 * 24 * 60 * 60);
    let two_to_the_64 = Duration::from_nanos(u64::MAX) + Duration::from_nanos(1);
    let a_little_less = Duration::MAX - Duration::from_nanos(1);
    for limit in [Duration::MAX, a_little_less, Duration::MAX / 2, two_to_the_64] {
        let condition = new_condition();
        let happened = Arc::new(AtomicBool::new(false));
        let waiter = start_with_lock(&condition, {
            let happened = Arc::clone(&happened);
            let mut first = true;
            move |condition| {
                let slow = || {
                    if std::mem::take(&mut first) {
                        thread::sleep(ninety_years);
                    }
                    happened.load(SeqCst)
                };
                (condition.wait_for_timeout(slow, limit), condition.wait_timeout(limit))
            }
        });
        let level = condition.rlock().lock();
        drop(level);
        for _ in 0..2 {
            thread::sleep(Duration::from_secs(1));
            happened.store(true, SeqCst);
            notify(&condition, 1);
        }
        let told = "(what wait_for_timeout() said, what wait_timeout() said)";
        assert_eq!(
            finish(waiter),
            (Ok(true), Ok(true)),
            "{told}, with {limit:?} (18446744073709551615.999999999s is `Duration::MAX`)"
        );
    }
}

/// Two threads wait. The time of one of them is up just when one notification comes. If that thread
/// returns `true`, the other one must sleep until there is another notification. If it returns
/// `false`, the notification must wake the other. Then another thread waits and is notified, and
/// must wake up.
///
/// In the first round the hasty thread comes first, in the second the patient one. A notification
/// that goes to a thread that has given up is lost, and nobody finds what it announced.
#[test]
fn a_timed_out_waiter_swallows_nothing() {
    for hasty_first in [true, false] {
        let condition = new_condition();
        let awake = Arc::new(AtomicBool::new(false));
        let start_patient = || {
            let awake = Arc::clone(&awake);
            start_with_lock(&condition, move |condition| {
                let told = condition.wait();
                awake.store(true, SeqCst);
                told
            })
        };
        let start_hasty = || {
            let millisecond = Duration::from_millis(1);
            start_with_lock(&condition, move |condition| condition.wait_timeout(millisecond))
        };
        let (hasty, patient) = if hasty_first {
            let hasty = start_hasty();
            (hasty, start_patient())
        } else {
            let patient = start_patient();
            (start_hasty(), patient)
        };
        notify(&condition, 1);
        if finish(hasty).expect("wait_timeout() with the lock") {
            let level = condition.rlock().lock();
            assert!(!awake.load(SeqCst), "one notification was for two threads");
            drop(level);
            notify(&condition, 1);
        }
        assert_eq!(finish(patient), Ok(()), "what wait() said to the patient thread");

        let last = start_with_lock(&condition, Condition::wait);
        notify(&condition, 1);
        assert_eq!(finish(last), Ok(()), "what wait() said to a thread that came after that");
    }
}

/// A thread waits, and is notified at about the time when its timeout is over. Then another one
/// begins to wait. Whatever the first is told, the second must not be woken, because there was no
/// notification while it waited. (The main thread sleeps in between, so that the clock moves on.)
/// The first one waits once more, and must not be told twice that it was notified.
///
/// A notification that comes late is not to be handed on to whoever happens to be waiting by then.
#[test]
fn a_late_waiter_hands_nothing_on() {
    let condition = new_condition();
    let millisecond = Duration::from_millis(1);
    let hasty = start_with_lock(&condition, move |condition| {
        [millisecond, 100 * millisecond].map(|timeout| condition.wait_timeout(timeout))
    });
    notify(&condition, 1);
    let newcomer =
        start_with_lock(&condition, move |condition| condition.wait_timeout(100 * millisecond));
    thread::sleep(2 * millisecond);
    let [first, again] = finish(hasty);
    assert!(first.is_ok() && again.is_ok(), "wait_timeout() with the lock");
    assert!(
        (first, again) != (Ok(true), Ok(true)),
        "wait_timeout() said true to the same thread twice, after one notification"
    );
    assert_eq!(finish(newcomer), Ok(false), "what wait_timeout() said to the newcomer");
}

/// The second in which a thread was woken, when it waits without a timeout.
fn woken_in(clock: Instant) -> impl FnOnce(&Condition) -> u64 {
    move |condition| {
        condition.wait().expect("this thread has the lock");
        clock.elapsed().as_secs()
    }
}

/// A thread waits. Another one waits 65,535 times with no time at all, so each time in vain, and
/// then a third one waits like the first. One notification comes after a second, another a second
/// later. Each must wake one of the two.
///
/// What is counted in 8 or 16 bits is back where it began by then, and two threads that have the
/// same number are one.
#[test]
fn many_waits_in_between() {
    let second = Duration::from_secs(1);
    let clock = Instant::now();
    let condition = new_condition();
    let early = start_with_lock(&condition, woken_in(clock));
    let level = condition.rlock().lock();
    probe::uninterrupted(|| {
        for _ in 0..65_535 {
            let told = condition.wait_timeout(Duration::ZERO);
            assert_eq!(told, Ok(false), "a wait for no time");
        }
    });
    drop(level);
    let late = start_with_lock(&condition, woken_in(clock));
    for _ in 0..2 {
        thread::sleep(second);
        notify(&condition, 1);
    }
    let mut woken = [early, late].map(finish);
    woken.sort_unstable();
    assert_eq!(woken, [1, 2], "the seconds in which the two were woken");
}

/// A thread waits and is notified, and then there are 65,535 notifications more before it can wake
/// up. It must wake up. Then a second thread waits, and is notified after a second, with a number
/// whose last 32 bits are all zero. It must wake up then, and not before.
///
/// A notification is not undone by later ones, however many there are.
#[test]
fn many_notifications_in_a_row() {
    let second = Duration::from_secs(1);
    let clock = Instant::now();
    let condition = new_condition();
    let early = start_with_lock(&condition, woken_in(clock));
    let level = condition.rlock().lock();
    probe::uninterrupted(|| {
        for _ in 0..65_536 {
            assert_eq!(condition.notify(1), Ok(()), "notify() with the lock");
        }
    });
    drop(level);
    let late = start_with_lock(&condition, woken_in(clock));
    thread::sleep(second);
    notify(&condition, 1 << (usize::BITS / 2));
    assert_eq!([early, late].map(finish), [0, 1], "the seconds in which the two were woken");
}
