//! How a barrier breaks, for everybody, and how it is made whole again.

use barrier::{Barrier, BrokenBarrier};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with the barrier.
fn start<R: Send + 'static>(
    barrier: &Arc<Barrier>,
    work: impl FnOnce(&Barrier) -> R + Send + 'static,
) -> JoinHandle<R> {
    let barrier = Arc::clone(barrier);
    thread::spawn(move || work(&barrier))
}

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the barrier should not have panicked")
}

/// How many wait, and whether the barrier is broken.
fn looks(barrier: &Barrier) -> (usize, bool) {
    (barrier.n_waiting(), barrier.is_broken())
}

/// Two threads meet; each gets an index of its own.
fn two_can_meet(barrier: &Arc<Barrier>, when: &str) {
    let other = start(barrier, Barrier::wait);
    let mut indices = [barrier.wait(), finish(other)];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "the indices of two who meet {when}, sorted");
}

/// Two of three have come, or are on their way, when the barrier is aborted. Both must be told, and so
/// must everybody who comes later, at once: with the third one never coming, they would wait for ever.
///
/// This is how a thread that has failed tells the others that it will not be there.
#[test]
fn abort_breaks_all() {
    let barrier = Arc::new(Barrier::new(3));
    let waiters = [0, 1].map(|_| start(&barrier, Barrier::wait));
    barrier.abort();
    assert_eq!(waiters.map(finish), [Err(BrokenBarrier); 2], "what those who wait were told");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) of an aborted barrier");

    barrier.abort();
    for _ in 0..3 {
        assert_eq!(barrier.wait(), Err(BrokenBarrier), "wait() when the barrier is broken");
    }
    let second = Duration::from_secs(1);
    assert_eq!(barrier.wait_timeout(second), Err(BrokenBarrier), "wait_timeout() when broken");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) of an aborted barrier, later");
}

/// Two threads meet while a third one aborts the barrier, a little before or a little after. Either
/// both pass or neither does, however late each of them wakes up; and the barrier is broken
/// afterwards in any case.
///
/// If one goes on with its next step and the other one gives up, the first will wait at the next
/// barrier for somebody who has gone home.
#[test]
fn one_generation_one_outcome() {
    let barrier = Arc::new(Barrier::new(2));
    let parties = [0, 1].map(|_| start(&barrier, Barrier::wait));
    barrier.abort();
    let mut outcomes = parties.map(finish);
    outcomes.sort_by_key(|outcome| outcome.ok());
    let both_or_neither = [[Ok(0), Ok(1)], [Err(BrokenBarrier); 2]];
    assert!(both_or_neither.contains(&outcomes), "both pass or neither, but got {outcomes:?}");
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) of an aborted barrier");
}

/// A thread has been waiting at a barrier for two when that is reset. At once two others come and
/// meet there. They must pass, as at a new barrier; and the first one must be told that the barrier
/// was broken, whether it wakes up before, while or after they meet.
///
/// If it slept on, it would be one too many for ever; if it were counted, somebody would pass alone.
#[test]
fn reset_breaks_the_waiting() {
    let barrier = Arc::new(Barrier::new(2));
    let waiter = start(&barrier, Barrier::wait);
    thread::sleep(Duration::from_millis(20));
    assert_eq!(looks(&barrier), (1, false), "(n_waiting, is_broken) with one of two");
    barrier.reset();
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) after a reset");
    two_can_meet(&barrier, "right after a reset");
    assert_eq!(finish(waiter), Err(BrokenBarrier), "what the one who waited was told");
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
}

/// A thread comes to a barrier for two while that is reset, perhaps just before, perhaps just after.
/// If it is sent away it comes again, once. The main thread must meet it in either case. Then the
/// barrier is aborted, and reset again: now it must be as good as new.
///
/// A barrier that cannot be repaired would have to be replaced, in all threads at the same moment;
/// and for that one would need a barrier.
#[test]
fn reset_makes_it_new() {
    let barrier = Arc::new(Barrier::new(2));
    let other = start(&barrier, |barrier| barrier.wait().or_else(|_| barrier.wait()));
    barrier.reset();
    let mut indices = [barrier.wait(), finish(other)];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1)], "the indices of two who meet after a reset, sorted");

    barrier.abort();
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) of an aborted barrier");
    barrier.reset();
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) after a reset");
    two_can_meet(&barrier, "after abort and reset");
    assert_eq!(looks(&barrier), (0, false), "(n_waiting, is_broken) when all have left");
}

/// Two of three come. One would wait for ever, the other one for 200 ms; nobody else comes. After
/// exactly 200 ms both must be told that the barrier is broken, and so must those who come later.
/// After a reset three can meet, and the last one to come needs no time for it.
///
/// Who gives up will not be there any more, so the others would wait for nothing.
#[test]
fn a_timeout_breaks_it_for_all() {
    let tick = Duration::from_millis(100);
    let barrier = Arc::new(Barrier::new(3));
    // What the thread was told, and how many ticks it was after `clock` began.
    let come = |clock: Instant, timeout: Option<Duration>| {
        move |barrier: &Barrier| {
            let told = match timeout {
                None => barrier.wait(),
                Some(timeout) => barrier.wait_timeout(timeout),
            };
            (told, clock.elapsed().as_millis() / 100)
        }
    };
    let clock = Instant::now();
    let patient = start(&barrier, come(clock, None));
    let hasty = start(&barrier, come(clock, Some(2 * tick)));
    thread::sleep(tick);
    assert_eq!(looks(&barrier), (2, false), "(n_waiting, is_broken) with two of three");
    thread::sleep(2 * tick);
    assert_eq!(looks(&barrier), (0, true), "(n_waiting, is_broken) when a time limit has passed");
    let broken = Err(BrokenBarrier);
    assert_eq!(finish(hasty), (broken, 2), "who waited for 2 ticks: what it was told, and when");
    assert_eq!(finish(patient), (broken, 2), "who waited with it: what it was told, and when");
    assert_eq!(barrier.wait(), broken, "wait() when the barrier is broken");

    barrier.reset();
    let clock = Instant::now();
    let others = [0, 1].map(|_| start(&barrier, come(clock, Some(4 * tick))));
    thread::sleep(tick);
    assert_eq!(looks(&barrier), (2, false), "(n_waiting, is_broken) with two of three, again");
    let last = barrier.wait_timeout(Duration::ZERO);
    let [one, two] = others.map(finish);
    let mut indices = [last, one.0, two.0];
    indices.sort_by_key(|index| index.ok());
    assert_eq!(indices, [Ok(0), Ok(1), Ok(2)], "the indices of three who meet, sorted");
    assert_eq!((one.1, two.1), (1, 1), "after how many ticks the first two went on");
}

/// Two threads meet, and the time of the first is over just when the second comes. Either both pass,
/// and the barrier is whole, or both are told that it is broken, and it is.
///
/// There must be one moment at which this is decided, for both of them.
#[test]
fn a_late_timeout_breaks_all_or_nothing() {
    let barrier = Arc::new(Barrier::new(2));
    let hasty = start(&barrier, |barrier| barrier.wait_timeout(Duration::from_millis(1)));
    let mut outcomes = [barrier.wait(), finish(hasty)];
    outcomes.sort_by_key(|outcome| outcome.ok());
    let both_or_neither = [[Ok(0), Ok(1)], [Err(BrokenBarrier); 2]];
    assert!(both_or_neither.contains(&outcomes), "both pass or neither, but got {outcomes:?}");
    let broken = outcomes[0].is_err();
    assert_eq!(looks(&barrier), (0, broken), "(n_waiting, is_broken), if {outcomes:?}");
}
