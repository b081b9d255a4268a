//! What a `Lock` promises its users.

use lock::{Lock, NotHeld};
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with the lock.
fn start<R: Send + 'static>(
    lock: &Arc<Lock>,
    work: impl FnOnce(&Lock) -> R + Send + 'static,
) -> JoinHandle<R> {
    let lock = Arc::clone(lock);
    thread::spawn(move || work(&lock))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the lock should not have panicked")
}

/// One thread acquires the lock in each of the five ways and releases it again. A free lock is
/// never refused. A held lock refuses everyone who will not wait, including the thread that holds
/// it. `locked` must say which of the two it is.
#[test]
fn held_or_free() {
    let lock = Lock::new();
    assert!(!lock.locked(), "a new lock should be free");

    assert!(lock.try_acquire(), "try_acquire() refused a free lock");
    assert!(lock.locked(), "the lock should be held after try_acquire()");
    assert!(!lock.try_acquire(), "try_acquire() acquired a lock that was held");
    assert!(lock.try_lock().is_none(), "try_lock() acquired a lock that was held");
    assert!(!lock.acquire_timeout(Duration::ZERO), "acquire_timeout() got a lock that was held");
    assert!(lock.locked(), "the lock should be held after three refusals");
    assert_eq!(lock.release(), Ok(()), "release() refused to free a held lock");
    assert!(!lock.locked(), "the lock should be free after release()");

    lock.acquire();
    assert!(lock.locked(), "the lock should be held after acquire()");
    assert_eq!(lock.release(), Ok(()), "release() refused to free a held lock");

    assert!(lock.acquire_timeout(Duration::ZERO), "acquire_timeout() refused a free lock");
    assert!(lock.locked(), "the lock should be held after acquire_timeout()");
    assert_eq!(lock.release(), Ok(()), "release() refused to free a held lock");

    let guard = lock.lock();
    assert!(lock.locked(), "the lock should be held as long as the guard lives");
    drop(guard);
    assert!(!lock.locked(), "the lock should be free when its guard is gone");
    let guard = lock.try_lock();
    assert!(guard.is_some(), "try_lock() refused a free lock");
    assert!(lock.locked(), "the lock should be held as long as the guard lives");
    drop(guard);
    assert!(!lock.locked(), "the lock should be free when its guard is gone");

    let lock = Lock::default();
    assert!(!lock.locked() && lock.try_acquire(), "a lock made by default() should be free");
    let moved = Box::new(lock);
    assert!(moved.locked(), "the lock should be held when it is moved to another place");
    assert_eq!(moved.release(), Ok(()), "release() refused to free a lock that was moved");
}

/// Releases that come once too often: on a new lock, after the release that was due, and after a
/// guard has released the lock. Then two threads release, at the same time, a lock that was
/// acquired once. Each surplus release must be refused with `NotHeld`, and must change nothing.
///
/// If it were counted, two threads would get in the next time. If it were silently ignored, the
/// mistake that led to it would never be found.
#[test]
fn only_a_held_lock_is_released() {
    let lock = Arc::new(Lock::new());
    assert_eq!(lock.release(), Err(NotHeld), "release() of a lock that nobody has ever acquired");
    assert!(!NotHeld.to_string().is_empty(), "the error should say in words what is wrong");
    assert!(lock.try_acquire(), "a refused release() should leave the lock free");
    assert!(!lock.try_acquire(), "a refused release() was kept for later: two are in");
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    assert_eq!(lock.release(), Err(NotHeld), "release() of a lock that had just been released");
    drop(lock.lock());
    assert_eq!(lock.release(), Err(NotHeld), "release() after the guard had released the lock");

    let guard = lock.lock();
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    drop(guard);
    assert!(!lock.locked(), "dropping a guard acquired the lock, which had been released by hand");

    lock.acquire();
    let releases = [start(&lock, Lock::release), start(&lock, Lock::release)].map(finish);
    let accepted = releases.iter().filter(|release| release.is_ok()).count();
    assert_eq!(accepted, 1, "how many of two releases were accepted, for one acquire()");
    assert!(!lock.locked(), "the lock should be free after that");
}

/// The main thread acquires the lock and another thread releases it. Then the other thread acquires
/// it and ends, and the main thread releases it. Both must work. A lock like this is for work that
/// goes from thread to thread: one begins something, and the one that finishes it lets others in.
#[test]
fn another_thread_may_release() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let released = finish(start(&lock, Lock::release));
    assert_eq!(released, Ok(()), "release() by a thread of what another one had acquired");
    assert!(!lock.locked(), "the lock should be free when another thread has released it");

    finish(start(&lock, Lock::acquire));
    assert!(lock.locked(), "the lock should stay held when the thread that acquired it has ended");
    assert_eq!(lock.release(), Ok(()), "release() by a thread of what another one had acquired");
    assert!(lock.try_acquire(), "try_acquire() refused a lock that another thread had released");
}

/// A thread acquires the lock, and acquires it again. The second `acquire` must wait, although it
/// is the same thread that asks, until the main thread releases the lock. Then it must go on, and
/// hold the lock.
///
/// This lock does not know who holds it, so it cannot let anybody in twice. (`rlock` can.)
#[test]
fn taking_it_twice_waits() {
    let lock = Arc::new(Lock::new());
    let given_back = Arc::new(AtomicBool::new(false));
    let (holds, is_held) = mpsc::channel();
    let taker = start(&lock, {
        let given_back = Arc::clone(&given_back);
        move |lock| {
            lock.acquire();
            holds.send(()).expect("the main thread listens");
            lock.acquire();
            given_back.load(SeqCst)
        }
    });
    is_held.recv().expect("the other thread has taken the lock once");
    let let_in = lock.try_acquire();
    given_back.store(true, SeqCst);
    assert_eq!(lock.release(), Ok(()), "the lock was held by another thread");
    assert!(!let_in, "the main thread got in while another one held the lock");
    assert!(finish(taker), "the lock was acquired twice, with no release in between");
    assert!(lock.locked(), "the lock should be held: it was acquired twice and released once");
    assert_eq!(lock.release(), Ok(()), "the lock was held by another thread");
}

/// Three threads acquire the lock, each through a different method: `lock`, `acquire` and
/// `acquire_timeout`. A thread that is inside puts up a sign, and takes it down before it leaves.
/// No thread may ever find another one's sign, or be inside while the lock says that it is free.
///
/// This is what a lock is for. There must be no gap, however small, between finding the lock free
/// and acquiring it.
#[test]
fn one_at_a_time() {
    let lock = Arc::new(Lock::new());
    let sign = Arc::new(AtomicBool::new(false));
    // Whether another thread's sign was found, and whether the lock was held.
    let look_round = |lock: &Lock, sign: &AtomicBool| {
        let found = sign.swap(true, SeqCst);
        let held = lock.locked();
        sign.store(false, SeqCst);
        (found, held)
    };
    let with_a_guard = start(&lock, {
        let sign = Arc::clone(&sign);
        move |lock| {
            let _guard = lock.lock();
            look_round(lock, &sign)
        }
    });
    let by_hand = start(&lock, {
        let sign = Arc::clone(&sign);
        move |lock| {
            lock.acquire();
            let seen = look_round(lock, &sign);
            lock.release().map(|()| seen)
        }
    });
    if lock.acquire_timeout(Duration::from_millis(1)) {
        let seen = look_round(&lock, &sign);
        assert_eq!(
            seen,
            (false, true),
            "(another's sign was there, the lock was held) inside, after acquire_timeout()"
        );
        assert_eq!(lock.release(), Ok(()), "release() by the thread that was inside");
    }
    let seen = finish(with_a_guard);
    assert_eq!(
        seen,
        (false, true),
        "(another's sign was there, the lock was held) inside, after lock()"
    );
    let seen = finish(by_hand);
    assert_eq!(
        seen,
        Ok((false, true)),
        "(another's sign was there, the lock was held) inside, after acquire()"
    );
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// Two threads want the lock that the main thread holds. It releases the lock, and acquires and
/// releases it once more if it happens to be free. Then both must get through, whoever was faster.
/// A thread that is forgotten waits for ever: in a real program, a request that is never answered.
#[test]
fn waiters_get_through() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let waiters = [0, 1].map(|_| start(&lock, |lock| drop(lock.lock())));
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    drop(lock.try_lock());
    for waiter in waiters {
        finish(waiter);
    }
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// One thread only asks whether the lock is held. Another one asks too, and then tries to acquire
/// it without waiting. It must be told that the lock is free, and get it, as nobody holds it. While
/// the lock is held, a thread that asks or tries must not wait, and must neither acquire nor
/// release it. A question must not take what it asks about.
#[test]
fn asking_changes_nothing() {
    let lock = Arc::new(Lock::new());
    let curious = start(&lock, Lock::locked);
    assert!(!lock.locked(), "locked() returned true, although two threads only asked");
    assert!(lock.try_acquire(), "a free lock was refused, although the other thread only asked");
    finish(curious);

    let hasty = start(&lock, |lock| {
        lock.locked();
        lock.try_acquire()
    });
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    let got_in = finish(hasty);
    assert_eq!(
        lock.locked(),
        got_in,
        "is the lock held? (it must be if and only if the other thread got in)"
    );
}

/// Sleeps for a little over 20 ms, so that a thread that polls every millisecond is not on time by
/// chance. Returns how late a thread may be on this clock: a few nanoseconds on the grader's, which
/// is exact (even a wait of zero length takes one). On any other clock this very sleep comes out
/// inexact; then there is no limit, because machines may be slow, and that is not the lock's fault.
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

/// A thread waits for the lock for a while, first without a timeout and then with the longest there
/// is. It must get in at the very moment the lock is released. Until then it must sleep: it must
/// neither ask again and again nor look every now and then. A thread that burns a core while it
/// waits takes that core from the thread it is waiting for.
#[test]
fn a_waiter_sleeps() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let patient = start(&lock, |lock| {
        lock.acquire();
        Instant::now()
    });
    let tolerance = nap();
    let freed = Instant::now();
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    let got_in = finish(patient);
    assert!(got_in >= freed, "acquire() returned before the lock was freed");
    let late = got_in - freed;
    assert!(late <= tolerance, "acquire() returned {late:?} after the lock was freed");

    let limited = start(&lock, |lock| {
        let got_in = lock.acquire_timeout(Duration::MAX);
        (got_in, Instant::now())
    });
    let tolerance = nap();
    let freed = Instant::now();
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    let (got_in, at) = finish(limited);
    assert!(got_in, "acquire_timeout() gave up, although the lock was freed in time");
    assert!(at >= freed, "acquire_timeout() returned before the lock was freed");
    let late = at - freed;
    assert!(late <= tolerance, "acquire_timeout() returned {late:?} after the lock was freed");
}

/// One tick of the checks below: a little over 100 ms, for locks that count in whole milliseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// Tries to acquire the lock for at most `limit`. Returns whether that worked and how long it took.
/// If it worked, the lock is released again.
fn timed(limit: Duration) -> impl FnOnce(&Lock) -> (bool, Duration) {
    move |lock| {
        let came = Instant::now();
        let got_in = lock.acquire_timeout(limit);
        let lasted = came.elapsed();
        if got_in {
            lock.release().expect("the lock is held by this thread");
        }
        (got_in, lasted)
    }
}

/// What must be true of a thread that waited for at most `limit` while the lock stayed held.
fn gave_up_after(limit: Duration, (got_in, lasted): (bool, Duration), tolerance: Duration) {
    assert!(!got_in, "acquire_timeout() said that it acquired a lock that was held");
    assert!(lasted >= limit, "acquire_timeout({limit:?}) gave up after {lasted:?}");
    assert!(lasted - limit <= tolerance, "acquire_timeout({limit:?}) gave up after {lasted:?}");
}

/// A thread waits for at most three ticks. Meanwhile the main thread releases the lock and acquires
/// it again, twice, so that the waiter may be woken for nothing. It may get in at one of these
/// moments; if not, it must give up after three ticks in total, no sooner and no later. The next
/// waiter must get in.
///
/// A timeout that starts again with every wakeup is no timeout. On a busy lock it never ends.
#[test]
fn timeout_is_total() {
    let lock = Arc::new(Lock::new());
    let tolerance = nap();
    lock.acquire();
    let disturbed = start(&lock, timed(3 * TICK));
    for _ in 0..2 {
        thread::sleep(TICK);
        assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
        lock.acquire();
    }
    thread::sleep(5 * TICK);
    let next = start(&lock, |lock| drop(lock.lock()));
    thread::sleep(TICK);
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    finish(next);
    let (got_in, lasted) = finish(disturbed);
    if got_in {
        let late = lasted.saturating_sub(2 * TICK);
        assert!(late <= tolerance, "it got in after {lasted:?}, {late:?} after the last chance");
    } else {
        gave_up_after(3 * TICK, (got_in, lasted), tolerance);
    }

    let (got_in, lasted) = finish(start(&lock, timed(TICK)));
    assert!(got_in, "acquire_timeout() refused a free lock");
    assert!(lasted <= tolerance, "acquire_timeout() waited {lasted:?} for a free lock");
}

/// One thread waits for the lock without a timeout, and behind it two wait for at most two ticks.
/// The lock stays held: those two must give up after two ticks, no sooner and no later, whoever
/// else is waiting. When the lock is released, the patient thread must get in; and the two that
/// left must really be gone, so that the main thread gets the lock once more.
#[test]
fn a_limit_holds_in_company() {
    let lock = Arc::new(Lock::new());
    let tolerance = nap();
    lock.acquire();
    let patient = start(&lock, |lock| drop(lock.lock()));
    thread::sleep(TICK);
    for hasty in [0, 1].map(|_| start(&lock, timed(2 * TICK))) {
        gave_up_after(2 * TICK, finish(hasty), tolerance);
    }
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    finish(patient);
    lock.acquire();
}

/// The main thread releases the lock just as one waiter's time runs out, while another waits
/// without a timeout. The first may get in or give up, even if it runs only when its time is up. If
/// it gives up, it must not have the lock. The other one must get in either way, and when both are
/// gone, the main thread must get the lock again.
///
/// If a thread that has left is let in all the same, everybody who is still there is locked out.
#[test]
fn giving_up_leaves_no_trace() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let moment = Duration::from_millis(1);
    let hasty = start(&lock, move |lock| {
        let got_in = lock.acquire_timeout(moment);
        if got_in { lock.release() } else { Ok(()) }
    });
    let patient = start(&lock, |lock| drop(lock.lock()));
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    thread::sleep(2 * moment);
    finish(patient);
    assert_eq!(
        finish(hasty),
        Ok(()),
        "release() by the hasty thread, if acquire_timeout() let it in"
    );
    // If the lock is still held here, no thread is left that could release it.
    lock.acquire();
}

/// A lock is released just as a waiter's time runs out. First case: whether that thread gets in or
/// gives up, it then acquires another lock, which the main thread holds, and must wait until that is
/// released. Second case: if it got in, it acquires the same lock once more, and must wait for
/// another release.
///
/// What was meant for one wait may come late. It is no reason to end the next one.
#[test]
fn a_late_call_ends_no_other_wait() {
    let moment = Duration::from_millis(1);
    for same_lock in [false, true] {
        let lock = Arc::new(Lock::new());
        let next = if same_lock { Arc::clone(&lock) } else { Arc::new(Lock::new()) };
        assert!(lock.try_acquire(), "try_acquire() refused a free lock");
        assert!(same_lock || next.try_acquire(), "try_acquire() refused a free lock");
        let freed = Arc::new(AtomicBool::new(false));
        let (tell, told) = mpsc::channel();
        let waiter = start(&lock, {
            let (next, freed) = (Arc::clone(&next), Arc::clone(&freed));
            move |lock| {
                tell.send(lock.acquire_timeout(moment)).expect("the main thread listens");
                next.acquire();
                freed.load(SeqCst)
            }
        });
        thread::sleep(moment);
        assert_eq!(lock.release(), Ok(()), "the lock was held");
        let got_in = told.recv().expect("acquire_timeout() should return");
        thread::sleep(moment);
        let must_wait = got_in || !same_lock;
        if must_wait {
            freed.store(true, SeqCst);
            assert_eq!(next.release(), Ok(()), "release() refused to free a held lock");
        }
        assert_eq!(
            finish(waiter),
            must_wait,
            "had the {} been released when the waiter's acquire() returned?",
            if same_lock { "same lock" } else { "other lock" }
        );
        assert!(next.locked(), "the lock should be held by the thread that acquired it");
    }
}

/// A thread panics while it has a guard, and another thread waits for the lock. The guard must
/// release the lock on the way out, and the waiter must get in. One request that fails must not
/// lock out all the others.
#[test]
fn a_panic_gives_it_back() {
    let lock = Arc::new(Lock::new());
    let unlucky = start(&lock, |lock| {
        let _guard = lock.lock();
        // Time for the other thread to come and wait.
        thread::yield_now();
        panic!("with the lock held, on purpose");
    });
    let next = start(&lock, |lock| drop(lock.lock()));
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    finish(next);
    assert!(lock.try_acquire(), "the lock is still held, by a thread that has panicked");
}

/// A thread is certain to be waiting for the lock when it is released and acquired again, 65,536
/// times without a pause, and then left free. The waiter has not had a chance to run in between,
/// and must get in now. A count of 8 or 16 bits is then back at its old value, and to the waiter it
/// looks as if the lock had never been released.
#[test]
fn many_releases_are_not_none() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let waiter = start(&lock, |lock| {
        lock.acquire();
        lock.release()
    });
    nap();
    let handed_on = probe::uninterrupted(|| {
        for round in 1..65_536 {
            assert_eq!(lock.release(), Ok(()), "release() refused to free a held lock");
            if !lock.try_acquire() {
                // This lock gives itself to the waiter.
                return Some(round);
            }
        }
        None
    });
    if handed_on.is_none() {
        assert_eq!(lock.release(), Ok(()), "release() refused to free a held lock");
    }
    assert_eq!(finish(waiter), Ok(()), "release() by the waiter, which had got in");
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// The thread that holds the lock wants it once more, within ten ticks, and another thread releases it
/// after one. Then the first must get in, at that moment: the lock does not remember who holds it.
#[test]
fn the_holder_waits_like_anybody() {
    let tolerance = nap();
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let other = start(&lock, |lock| {
        thread::sleep(TICK);
        lock.release()
    });
    let (got_in, lasted) = timed(10 * TICK)(&lock);
    assert_eq!(finish(other), Ok(()), "release() by another thread");
    assert!(got_in, "acquire_timeout() by the holder gave up after {lasted:?}");
    let late = lasted.saturating_sub(TICK);
    assert!(late <= tolerance, "acquire_timeout() by the holder returned {late:?} late");
}

/// A thread is certain to be waiting when the main thread releases the lock and at once asks
/// whether it is held. If told that it is free, the main thread must get it, with `try_acquire` or
/// with `acquire_timeout` and no time left. If told that it is held, it is the waiter's already,
/// and the main thread must be able to release it. In either case the waiter must get through.
///
/// A free lock is never refused, whoever is waiting, and any thread may release the lock.
#[test]
fn held_or_free_with_a_waiter() {
    nap();
    let ways: [(&str, Acquire); 2] = [
        ("try_acquire()", Lock::try_acquire),
        ("acquire_timeout()", |lock| lock.acquire_timeout(Duration::ZERO)),
    ];
    for (way, acquire) in ways {
        let lock = Arc::new(Lock::new());
        lock.acquire();
        let waiter = start(&lock, Lock::acquire);
        thread::sleep(TICK);
        let (held, then) = probe::uninterrupted(|| {
            assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
            let held = lock.locked();
            (held, if held { lock.release().is_ok() } else { acquire(&lock) })
        });
        assert!(held || then, "{way} refused a lock that was free, because a thread is waiting");
        assert!(!held || then, "release() refused to free a lock that locked() says is held");
        if !held {
            assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
        }
        finish(waiter);
        let wanted = !held;
        assert_eq!(
            lock.locked(),
            wanted,
            "whether the lock is held (no if release() was called twice, else yes)"
        );
    }
}

/// Two threads wait for the lock. The main thread releases it, and then once more. The second release must
/// be refused, unless one of the waiters has got in by then: any thread may release what that one
/// holds. In either case both waiters must get in.
///
/// A release that is refused has changed nothing. If it had taken a waiter off a list, for example, nobody
/// would think of that thread again.
#[test]
fn a_surplus_release_forgets_nobody() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    // A waiter's lock may have been released by the main thread.
    let waiters = [0, 1].map(|_| {
        start(&lock, |lock| {
            lock.acquire();
            let _ = lock.release();
        })
    });
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    let _ = lock.release();
    for waiter in waiters {
        finish(waiter);
    }
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// The main thread holds the lock, and two threads wait for it, one of them with the longest limit
/// there is. The main thread calls `try_acquire`, `try_lock` and `locked`, then releases the lock,
/// lets the two get through, and calls the same on the free lock. Each answer must be right, and
/// none of these calls may wait.
///
/// Whoever only tries, or only asks, has something better to do than to wait, even for a moment.
#[test]
fn who_only_tries_never_waits() {
    nap();
    let lock = Arc::new(Lock::new());
    let at_once = |state: &str, what: &str, call: Acquire, wanted: bool| {
        let mut answer = None;
        let sleeps = probe::sleeps(|| answer = Some(call(&lock)));
        assert_eq!(answer, Some(wanted), "what {what} said while the lock was {state}");
        assert!(!sleeps, "{what} went to sleep while the lock was {state}");
    };
    let try_lock: Acquire = |lock| lock.try_lock().is_some();
    lock.acquire();
    let patient = start(&lock, |lock| drop(lock.lock()));
    let limited = start(&lock, timed(Duration::MAX));
    thread::sleep(TICK);
    at_once("held", "try_acquire()", Lock::try_acquire, false);
    at_once("held", "try_lock()", try_lock, false);
    at_once("held", "locked()", Lock::locked, true);
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    finish(patient);
    assert!(finish(limited).0, "acquire_timeout({:?}) gave up", Duration::MAX);
    at_once("free", "locked()", Lock::locked, false);
    at_once("free", "try_lock()", try_lock, true);
    at_once("free", "try_acquire()", Lock::try_acquire, true);
}

/// Of 257 locks the first and the last are held, and a thread waits for each. The last lock is
/// released: its waiter must get in, while the other one must still be waiting. Then the first lock
/// is released, and its waiter must get in.
///
/// A program has many locks. What happens to one of them is no business of the others.
#[test]
fn each_lock_has_its_own_waiters() {
    let all: Vec<Arc<Lock>> = (0..257).map(|_| Arc::new(Lock::new())).collect();
    let locks = [&all[0], &all[256]];
    assert!(locks[0].try_acquire(), "try_acquire() refused a free lock");
    assert!(!locks[1].locked(), "the last lock should be free while only the first is held");
    assert!(locks[1].try_acquire(), "try_acquire() refused a free lock, while another was held");
    let [first, last] = locks.map(|lock| start(lock, Lock::acquire));
    assert_eq!(locks[1].release(), Ok(()), "the last lock was held");
    finish(last);
    assert!(locks[0].locked(), "the first lock should still be held: only the last was released");
    assert_eq!(locks[0].release(), Ok(()), "the first lock was held");
    finish(first);
    assert!(locks[0].locked() && locks[1].locked(), "both locks are held by their waiters now");
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// What a thread does in a destructor: it acquires the lock once more, releases it, and tells.
struct LastWill {
    lock: Arc<Lock>,
    done: mpsc::Sender<(bool, Result<(), NotHeld>)>,
}

impl Drop for LastWill {
    fn drop(&mut self) {
        self.lock.acquire();
        let done = (self.lock.locked(), self.lock.release());
        self.done.send(done).expect("the main thread listens");
    }
}

/// A thread waits for the lock, and again in the destructor of a thread-local variable
/// (`thread_local!`), when most of what belonged to the thread is gone. It must get in both times.
/// Another thread waits in a destructor while it panics, and must get in, too, but not before the
/// lock is released.
///
/// A connection kept for its thread may have to be given back when the thread ends.
#[test]
fn a_thread_waits_at_its_end() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let (done, is_done) = mpsc::channel();
    let (leave, is_leaving) = mpsc::channel();
    let last_will = LastWill { lock: Arc::clone(&lock), done };
    let thread = start(&lock, move |lock| {
        LAST_WILL.set(Some(last_will));
        lock.acquire();
        assert_eq!(lock.release(), Ok(()), "the lock was held");
        leave.send(()).expect("the main thread listens");
    });
    thread::sleep(Duration::from_millis(1));
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    is_leaving.recv().expect("the thread should get in and go to its end");
    lock.acquire();
    thread::sleep(Duration::from_millis(1));
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    finish(thread);
    let done = is_done.try_recv();
    assert_eq!(
        done,
        Ok((true, Ok(()))),
        "(locked(), release()) in the destructor, after acquire()"
    );

    lock.acquire();
    let (done, is_done) = mpsc::channel();
    let last_will = LastWill { lock: Arc::clone(&lock), done };
    let unlucky = start(&lock, move |_| {
        let _last_will = last_will;
        panic!("while another thread holds the lock, on purpose");
    });
    thread::sleep(Duration::from_millis(1));
    assert!(is_done.try_recv().is_err(), "acquire() did not wait, in a destructor during a panic");
    assert_eq!(lock.release(), Ok(()), "the lock was held");
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    let done = is_done.try_recv();
    assert_eq!(
        done,
        Ok((true, Ok(()))),
        "(locked(), release()) in a destructor during a panic, after acquire()"
    );
}

/// A way of acquiring the lock, or of asking about it. Returns the answer.
type Acquire = fn(&Lock) -> bool;

/// Another thread releases a lock that nobody has acquired. Meanwhile the main thread asks `locked()`,
/// which must say that it is free, and acquires it: in separate runs with `try_acquire`, with
/// `acquire_timeout` and no time left, and with `acquire`. It must get it each time. The release must
/// be refused, unless it comes after that.
///
/// A surplus release that changes something and puts it right again has changed something: whoever
/// looks at that moment is turned away from a free lock, or waits for it for ever.
#[test]
fn a_surplus_release_changes_nothing() {
    let ways: [(&str, Acquire); 3] = [
        ("try_acquire()", Lock::try_acquire),
        ("acquire_timeout()", |lock| lock.acquire_timeout(Duration::ZERO)),
        ("acquire()", |lock| {
            lock.acquire();
            true
        }),
    ];
    for (way, acquire) in ways {
        let lock = Arc::new(Lock::new());
        let surplus = start(&lock, Lock::release);
        assert!(!lock.locked(), "locked() returned true, although nobody ever acquired the lock");
        assert!(acquire(&lock), "{way} refused a free lock, which another thread tried to release");
        let refused = finish(surplus).is_err();
        assert_eq!(
            lock.locked(),
            refused,
            "is the lock held? (it must be if and only if the release was refused)"
        );
    }
}

/// Two threads wait, the first with a limit. The main thread releases the lock and, if it can,
/// acquires it again at once, so that a waiter may be woken for nothing. When it releases the lock
/// for good, both must get in at that moment. Then the first release comes just as the first
/// waiter's time is up: it may give up, but the other one must get in.
///
/// A waiter that was overtaken still waits, or leaves the others waiting. If it does not see to it
/// that the next release wakes somebody, the lock is free, and threads wait for it.
#[test]
fn overtaken_waiters_are_woken_again() {
    let tolerance = nap();
    for limit in [10 * TICK, 2 * TICK] {
        let lock = Arc::new(Lock::new());
        lock.acquire();
        let began = Instant::now();
        let limited = start(&lock, timed(limit));
        thread::sleep(TICK);
        let patient = start(&lock, move |lock| {
            drop(lock.lock());
            began.elapsed()
        });
        thread::sleep(TICK);
        assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
        if lock.try_acquire() {
            thread::sleep(TICK);
            assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
        }
        let freed = began.elapsed();
        let late = finish(patient).saturating_sub(freed);
        assert!(late <= tolerance, "acquire() returned {late:?} after the lock was freed");
        let (got_in, lasted) = finish(limited);
        if got_in {
            let late = lasted.saturating_sub(limit.min(freed));
            assert!(
                late <= tolerance,
                "the thread in acquire_timeout({limit:?}) got the lock {late:?} after it was \
                 free or its time was up"
            );
        } else {
            assert!(freed >= limit, "acquire_timeout({limit:?}) did not get in after {freed:?}");
            gave_up_after(limit, (got_in, lasted), tolerance);
        }
    }
}

/// The main thread holds the lock and acquires it once more, with a longer limit each time, from 97
/// days to 585 billion years. Another thread releases the lock in the end: after one tick, or after
/// ninety years if the limit is longer than that. The main thread must get in at that moment.
///
/// A limit that is counted in a number too small for it comes out as a short one, or as none. "As
/// long as it takes" is often written as the longest limit there is. If that is replaced with some
/// other time because the clock cannot hold it, even a long one, the thread gives up when nobody
/// expects it.
#[test]
fn no_limit_is_too_long() {
    let tolerance = nap();
    let lock = Arc::new(Lock::new());
    // In nanoseconds, microseconds, milliseconds or seconds, each of these has only zeros in its last
    // 32 or 64 bits. The longest limit there is has only ones.
    let powers = [23, 26, 29, 32, 55, 58, 61].map(|power| Duration::from_secs(1 << power));
    let ninety_years = Duration::from_secs(90 * 365 * 24 * 60 * 60);
    for limit in powers.into_iter().chain([Duration::MAX]) {
        // No real clock has ninety years to spare.
        let long = tolerance < Duration::MAX && limit > ninety_years;
        let held_for = if long { ninety_years } else { TICK };
        lock.acquire();
        let other = start(&lock, move |lock| {
            thread::sleep(held_for);
            lock.release()
        });
        let (got_in, lasted) = timed(limit)(&lock);
        assert!(got_in, "acquire_timeout({limit:?}) gave up after {lasted:?}");
        assert_eq!(finish(other), Ok(()), "release() by another thread");
        let late = lasted.saturating_sub(held_for);
        assert!(late <= tolerance, "acquire_timeout({limit:?}) returned {late:?} late");
    }
}

/// The main thread holds the lock and acquires it once more, within many limits: no time at all, a
/// nanosecond, a little less than a millisecond, and so on up to nine years. Nobody releases the
/// lock. Each attempt must give up exactly when its limit is up.
///
/// A limit that is rounded, or counted in a number too small for it, comes out as another one.
#[test]
fn a_limit_is_exact() {
    let tolerance = nap();
    let lock = Lock::new();
    lock.acquire();
    let nanoseconds = [0, 1, 999, 1_000, 999_999, 1_000_001, 1 << 32, 1 << 58];
    // In microseconds or milliseconds, these have only zeros in their last 16 or 32 bits.
    let microseconds = [1 << 16, 1 << 32];
    let milliseconds = [1 << 16, 1 << 32];
    let limits = nanoseconds.map(Duration::from_nanos).into_iter();
    let limits = limits.chain(microseconds.map(Duration::from_micros));
    let limits = limits.chain(milliseconds.map(Duration::from_millis));
    // Only a clock that jumps has years to spare.
    for limit in limits.filter(|limit| tolerance < Duration::MAX || limit.as_secs() == 0) {
        gave_up_after(limit, timed(limit)(&lock), tolerance);
    }
}

/// 260 threads wait for the lock, every other one with the longest limit there is. Until the lock
/// is released, all of them must sleep. When it is, all of them must get in, one after another, at
/// that moment.
///
/// Nobody counts the chairs before the crowd comes. What has room for 64 waiters, or counts them in
/// 8 bits, works on every day but that one.
#[test]
fn a_crowd_gets_through() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    let crowd: Vec<_> = (0..260)
        .map(|number| {
            start(&lock, move |lock| {
                let got_in = if number % 2 == 0 {
                    lock.acquire();
                    true
                } else {
                    lock.acquire_timeout(Duration::MAX)
                };
                let at = Instant::now();
                (got_in, at, lock.release())
            })
        })
        .collect();
    let tolerance = nap();
    let freed = Instant::now();
    assert_eq!(lock.release(), Ok(()), "the main thread held the lock");
    for waiter in crowd {
        let (got_in, at, released) = finish(waiter);
        assert!(got_in, "acquire_timeout() gave up, although the lock was freed in time");
        assert!(at >= freed, "one of 260 threads got in before the lock was freed");
        let late = at - freed;
        assert!(late <= tolerance, "one of 260 threads got in {late:?} after the lock was freed");
        assert_eq!(released, Ok(()), "release() by a waiter that had got in");
    }
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// The lock is held, and two threads wait for it without a limit. Then 65,535 calls, one after another,
/// wait for a nanosecond each, and give up, and after that another thread waits without a limit. When
/// the lock is released, all three waiters must get in.
///
/// Those who gave up are gone, however many they were. What each of them leaves behind may be too
/// small to notice. A program that runs for a year notices.
#[test]
fn many_who_gave_up_are_gone() {
    let lock = Arc::new(Lock::new());
    lock.acquire();
    // A lock that skips 65,535 threads on a list takes its time.
    let release = |lock: &Lock| probe::uninterrupted(|| lock.release());
    let patient = move |lock: &Lock| {
        lock.acquire();
        release(lock)
    };
    let early = [0, 1].map(|_| start(&lock, patient));
    nap();
    probe::uninterrupted(|| {
        for _ in 0..65_535 {
            let got_in = lock.acquire_timeout(Duration::from_nanos(1));
            assert!(!got_in, "acquire_timeout() acquired a lock that was held");
        }
    });
    let late = start(&lock, patient);
    nap();
    assert_eq!(release(&lock), Ok(()), "the main thread held the lock");
    for waiter in early {
        assert_eq!(finish(waiter), Ok(()), "release() by one of the first two, which had got in");
    }
    assert_eq!(finish(late), Ok(()), "release() by the last waiter, which had got in");
    assert!(!lock.locked(), "the lock should be free when everybody has left");
}

/// A guard that is to be dropped on another thread.
struct Moving<T>(T);

trait DropElsewhere {
    fn drop_elsewhere(self);
}

impl<T: Send> DropElsewhere for Moving<T> {
    fn drop_elsewhere(self) {
        thread::scope(|threads| {
            threads.spawn(move || drop(self.0));
        });
    }
}

/// For a guard that rustc does not let go to another thread, so that this file compiles all the same:
/// such a guard is dropped on its own thread, and `a_guard_may_move_to_another_thread` fails.
#[allow(dead_code, reason = "not used if the guard may go to another thread")]
trait StayHere {
    fn drop_elsewhere(&self) {}
}

impl<T> StayHere for Moving<T> {}

/// The main thread acquires the lock, first with `lock` and then with `try_lock`, and another thread
/// drops the guard. Then the lock must be free. In another round, the lock is released by hand and
/// acquired again, in each of the five ways, before the guard is dropped. The guard must release it
/// all the same: a guard releases whatever holds the lock.
///
/// When one thread begins a request and another one finishes it, the guard is dropped by the one that
/// finishes. If that did not count, the lock would stay held for ever.
#[test]
fn a_guard_releases_on_any_thread() {
    let lock = Lock::new();
    Moving(lock.lock()).drop_elsewhere();
    assert!(!lock.locked(), "the lock should be free when another thread has dropped the guard");
    let ways: [(&str, Acquire); 5] = [
        ("try_acquire()", Lock::try_acquire),
        ("acquire_timeout()", |lock| lock.acquire_timeout(Duration::ZERO)),
        ("acquire()", |lock| {
            lock.acquire();
            true
        }),
        ("try_lock()", |lock| lock.try_lock().map(mem::forget).is_some()),
        ("lock()", |lock| {
            mem::forget(lock.lock());
            true
        }),
    ];
    for (way, acquire_again) in ways {
        let guard = lock.lock();
        assert_eq!(lock.release(), Ok(()), "the lock was held");
        assert!(acquire_again(&lock), "{way} refused a free lock");
        drop(guard);
        assert!(
            !lock.locked(),
            "dropping a guard should free the lock, although {way} has acquired it meanwhile"
        );
    }
    let guard = lock.try_lock().expect("try_lock() should acquire a free lock");
    Moving(guard).drop_elsewhere();
    assert!(!lock.locked(), "the lock should be free when another thread has dropped the guard");
}
