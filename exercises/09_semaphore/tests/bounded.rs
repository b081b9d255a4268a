//! What a `BoundedSemaphore` promises in addition: it never has more permits than at the start.

use probe as _; // Names the checks that hang at your desk.
use semaphore::{AboveInitialValue, BoundedPermit, BoundedSemaphore};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Starts a thread that works with the semaphore.
fn start<R: Send + 'static>(
    semaphore: &Arc<BoundedSemaphore>,
    work: impl FnOnce(&BoundedSemaphore) -> R + Send + 'static,
) -> JoinHandle<R> {
    let semaphore = Arc::clone(semaphore);
    thread::spawn(move || work(&semaphore))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the semaphore should not have panicked")
}

/// How many permits are free. Acquires and releases them all, so no other thread may interfere.
fn permits(semaphore: &BoundedSemaphore) -> usize {
    let free: Vec<_> = (0..10).map_while(|_| semaphore.try_permit()).collect();
    free.len()
}

/// One thread acquires permits and releases too many (one when all are there, two when one is
/// missing, and more than anybody can count), or none (`release(0)`, which must panic). Too many
/// must be refused with `AboveInitialValue`, and add no permit. Permits that were really acquired
/// must be accepted, one by one or all at once.
///
/// A caller that releases what it never acquired will, one day, let one thread too many in. It is
/// better to hear of it on the first day.
#[test]
fn bounded_refuses_a_surplus() {
    let too_many = Err(AboveInitialValue);
    let semaphore = BoundedSemaphore::new(2);
    assert_eq!(semaphore.release(1), too_many, "release(1) when nothing was acquired");
    assert!(!AboveInitialValue.to_string().is_empty(), "the error should say what is wrong");
    assert_eq!(permits(&semaphore), 2, "permits free after a refused release(1)");

    semaphore.acquire();
    assert_eq!(semaphore.release(2), too_many, "release(2) when one was acquired");
    assert_eq!(permits(&semaphore), 1, "permits free after a refused release(2)");
    assert_eq!(
        semaphore.release(usize::MAX),
        too_many,
        "release(usize::MAX) when one was acquired"
    );
    assert_eq!(permits(&semaphore), 1, "permits free after a refused release(usize::MAX)");

    assert!(semaphore.acquire_timeout(Duration::ZERO), "one of two permits was free");
    assert!(!semaphore.acquire_timeout(Duration::ZERO), "acquire_timeout() got a third permit");
    assert!(!semaphore.try_acquire(), "try_acquire() got a third permit");
    assert_eq!(semaphore.release(2), Ok(()), "release(2) when two were acquired");
    assert_eq!(semaphore.release(1), too_many, "release(1) when all had been released");
    assert!(semaphore.try_acquire(), "try_acquire() found no permit, where two were free");
    assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");

    let guard = semaphore.permit();
    assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");
    drop(guard);
    assert_eq!(
        permits(&semaphore),
        2,
        "permits free, of 2, after release(1) and then dropping the guard"
    );

    for free in [2, 1, 0] {
        let nothing_given = panic::catch_unwind(AssertUnwindSafe(|| semaphore.release(0)));
        assert!(nothing_given.is_err(), "release(0) should panic, with {free} of 2 permits free");
        assert_eq!(permits(&semaphore), free, "permits free after a refused release(0)");
        if free > 0 {
            semaphore.acquire();
        }
    }

    let none = BoundedSemaphore::new(0);
    assert!(!none.try_acquire(), "try_acquire() got a permit where there was none");
    assert_eq!(none.release(1), too_many, "release(1) when there never was a permit");
    assert!(!none.try_acquire(), "a refused release() was counted all the same");
}

/// There is one permit, and three threads acquire it, each in its own way: `acquire`, `permit` and
/// `acquire_timeout`. Each counts itself in and out. There must never be two inside, and when all have
/// left, there must be one permit again.
///
/// The bound is for what is released. What is acquired must be right as well.
#[test]
fn bounded_lets_no_more_in() {
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    let inside = Arc::new(AtomicUsize::new(0));
    // How many are inside, including this thread.
    let visit = |inside: &AtomicUsize| {
        let crowd = inside.fetch_add(1, SeqCst) + 1;
        inside.fetch_sub(1, SeqCst);
        crowd
    };
    let by_hand = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            semaphore.acquire();
            let crowd = visit(&inside);
            assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");
            crowd
        }
    });
    let with_a_guard = start(&semaphore, {
        let inside = Arc::clone(&inside);
        move |semaphore| {
            let _permit = semaphore.permit();
            visit(&inside)
        }
    });
    if semaphore.acquire_timeout(Duration::from_millis(1)) {
        let crowd = visit(&inside);
        assert_eq!(
            crowd, 1,
            "how many were inside with 1 permit, counted by the thread that used `acquire_timeout`"
        );
        assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");
    }
    assert_eq!(
        finish(by_hand),
        1,
        "how many were inside with 1 permit, counted by the thread that used `acquire`"
    );
    assert_eq!(
        finish(with_a_guard),
        1,
        "how many were inside with 1 permit, counted by the thread that used `permit`"
    );
    assert_eq!(permits(&semaphore), 1, "permits free when everybody has left");
}

/// The main thread has both permits, and two others wait for one each, in two different ways. If
/// the main thread releases three, it must be refused: a thread that waits for a permit has not
/// acquired one. When it releases both, the two must get through. In the end all permits must be
/// free, and another release must be refused.
#[test]
fn bounded_counts_under_contention() {
    let semaphore = Arc::new(BoundedSemaphore::new(2));
    semaphore.acquire();
    semaphore.acquire();
    let with_a_guard = start(&semaphore, |semaphore| drop(semaphore.permit()));
    let by_hand = start(&semaphore, |semaphore| {
        semaphore.acquire();
        semaphore.release(1)
    });
    let too_many = semaphore.release(3);
    assert_eq!(too_many, Err(AboveInitialValue), "release(3) when two were acquired");
    assert_eq!(semaphore.release(2), Ok(()), "release(2) when two were acquired");
    finish(with_a_guard);
    assert_eq!(finish(by_hand), Ok(()), "release(1) when one was acquired");
    assert_eq!(
        semaphore.release(1),
        Err(AboveInitialValue),
        "release(1) when all had been released"
    );
    assert_eq!(permits(&semaphore), 2, "permits free when everybody has left");
}

/// One permit is taken, and two threads release it at the same moment: exactly one of them must be
/// refused. Then one is acquired again, and one thread releases one while another releases two.
/// Whichever comes first, the release of one must be accepted and that of two refused.
///
/// There must be no gap between looking at the number and changing it. A thread that makes no
/// mistake must not be refused because of another thread's mistake.
#[test]
fn bounded_refuses_the_right_one() {
    let semaphore = Arc::new(BoundedSemaphore::new(2));
    semaphore.acquire();
    let releases = [0, 1].map(|_| start(&semaphore, |semaphore| semaphore.release(1))).map(finish);
    let accepted = releases.iter().filter(|release| release.is_ok()).count();
    assert_eq!(accepted, 1, "how many of two releases were accepted, for one permit taken");

    semaphore.acquire();
    semaphore.acquire();
    let other = start(&semaphore, |semaphore| semaphore.release(2));
    let seen = (semaphore.release(1), semaphore.try_acquire());
    // Whether the other release is refused depends on who was first.
    let _ = finish(other);
    let impossible = (Err(AboveInitialValue), false);
    assert_ne!(seen, impossible, "release(1) says that all are free, try_acquire() that none is");
    while semaphore.release(1).is_ok() {}

    semaphore.acquire();
    let two = start(&semaphore, |semaphore| semaphore.release(2));
    assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");
    assert_eq!(finish(two), Err(AboveInitialValue), "release(2) when one was acquired");
    assert_eq!(permits(&semaphore), 2, "permits free when everybody has left");
}

/// A thread has the only permit. It drops the guard, and at the same moment the main thread releases
/// one permit by hand. Whichever comes first gives the permit back, and the other one finds no room:
/// the release must then be refused, and dropping the guard must do nothing at all. In the end one
/// permit must be free.
///
/// A guard that panics when it is dropped takes its whole thread along, or, during another panic, the
/// whole program.
#[test]
fn a_guard_meets_a_release() {
    type Take = fn(&BoundedSemaphore) -> Option<BoundedPermit<'_>>;
    let takes: [(&str, Take); 2] = [
        ("permit()", |semaphore| Some(semaphore.permit())),
        ("try_permit()", BoundedSemaphore::try_permit),
    ];
    for (way, take) in takes {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        let (has_it, is_taken) = mpsc::channel();
        let holder = start(&semaphore, move |semaphore| {
            let guard = take(semaphore);
            has_it.send(guard.is_some()).expect("the main thread listens");
            drop(guard);
        });
        let taken = is_taken.recv();
        assert_eq!(taken, Ok(true), "whether {way} acquired the only permit");
        // Accepted or refused, depending on who was first.
        let _ = semaphore.release(1);
        let ended = holder.join();
        assert!(
            ended.is_ok(),
            "dropping the guard of {way} panicked because there was no room for its permit"
        );
        assert_eq!(permits(&semaphore), 1, "permits free when both have released, of one");
    }
}

/// A thread acquires the only permit, in one of four ways, while the main thread tries to acquire
/// it, too. If the main thread is refused, the permit is taken, and the main thread may release it:
/// permits have no owner. That release must be accepted at once, however little the other thread has done since.
///
/// A permit that is gone but does not count as acquired is refused to everybody, and cannot be
/// brought back.
#[test]
fn what_is_taken_can_be_released() {
    type Take = fn(&BoundedSemaphore);
    let takes: [(&str, Take); 4] = [
        ("acquire", BoundedSemaphore::acquire),
        ("acquire_timeout", |semaphore| {
            semaphore.acquire_timeout(Duration::ZERO);
        }),
        ("try_acquire", |semaphore| {
            semaphore.try_acquire();
        }),
        ("permit", |semaphore| std::mem::forget(semaphore.permit())),
    ];
    for (name, take) in takes {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        let other = start(&semaphore, take);
        let who = if semaphore.try_acquire() { "the main thread" } else { "another thread" };
        let released = semaphore.release(1);
        assert_eq!(
            released,
            Ok(()),
            "release(1) by the main thread, when {who} had the permit; the other thread calls {name}"
        );
        finish(other);
    }
}
