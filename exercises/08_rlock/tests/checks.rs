//! What an `RLock` promises its users.

use rlock::{NotOwner, RLock};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with the lock.
fn start<R: Send + 'static>(
    lock: &Arc<RLock>,
    work: impl FnOnce(&RLock) -> R + Send + 'static,
) -> JoinHandle<R> {
    let lock = Arc::clone(lock);
    thread::spawn(move || work(&lock))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the lock should not have panicked")
}

/// Whether another thread would get in right now. If it does, it leaves at once.
fn others_get_in(lock: &Arc<RLock>) -> bool {
    finish(start(lock, |lock| lock.try_lock().is_some()))
}

/// What the lock tells the calling thread about itself: whether it is the owner, and its levels.
fn share(lock: &RLock) -> (bool, usize) {
    (lock.is_owned(), lock.recursion_count())
}

/// One thread acquires the lock five times, in every way there is, and releases the levels in a
/// different order. It must never wait for itself, and the count must keep up, also when the lock is
/// moved to another place while it is held. Then the same thread takes one that `default()` has made.
/// Code that locks and calls other code that locks is the reason this kind of lock exists.
#[test]
fn nests() {
    let lock = RLock::new();
    assert_eq!(share(&lock), (false, 0), "a new lock should belong to nobody");

    lock.acquire();
    assert_eq!(share(&lock), (true, 1), "after acquire() on a free lock");
    let guard = lock.lock();
    assert_eq!(share(&lock), (true, 2), "after lock() by the owner");
    let tried = lock.try_lock();
    assert!(tried.is_some(), "try_lock() refused the owner");
    assert_eq!(share(&lock), (true, 3), "after try_lock() by the owner");
    let second = Duration::from_secs(1);
    assert!(lock.acquire_timeout(second), "acquire_timeout() kept the owner waiting");
    assert!(lock.acquire_timeout(Duration::ZERO), "acquire_timeout() refused the owner");
    assert_eq!(share(&lock), (true, 5), "after acquire_timeout() by the owner, twice");

    assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(share(&lock), (true, 3), "after two of five levels were released");
    drop(guard);
    assert_eq!(share(&lock), (true, 2), "after dropping the first guard");
    drop(tried);
    assert_eq!(share(&lock), (true, 1), "after dropping the second guard");
    let moved = Box::new(lock);
    assert_eq!(share(&moved), (true, 1), "after the lock was moved");
    assert_eq!(moved.release(), Ok(()), "release() refused the owner when the lock was moved");
    assert_eq!(share(&moved), (false, 0), "after the last release()");

    let lock = RLock::default();
    assert!(lock.try_acquire(), "try_acquire() refused the first caller of a lock by default()");
    assert_eq!(share(&lock), (true, 1), "after try_acquire() on a lock by default()");
}

/// One thread goes 70,000 levels deep, and another looks at the lock from time to time: it is never
/// let in, and never told that it owns anything. Then all the levels are released. The owner may
/// acquire the lock as often as it likes, and a recursion can be deep.
#[test]
fn any_depth() {
    let lock = Arc::new(RLock::new());
    let visit = |lock: &RLock| (lock.try_acquire(), share(lock));
    for level in 1..=70_000 {
        lock.acquire();
        if level % 10_000 == 0 || level == 65_536 {
            assert_eq!(share(&lock), (true, level), "what the owner is told");
            let visitor = finish(start(&lock, visit));
            assert_eq!(visitor, (false, (false, 0)), "what a visitor is told, at level {level}");
        }
    }
    for level in (0..70_000).rev() {
        assert_eq!(lock.release(), Ok(()), "release() refused the owner, down to level {level}");
    }
    assert_eq!(share(&lock), (false, 0), "after the last release()");
}

/// A thread acquires two levels and releases them one by one; after each step another thread tries
/// to get in. It must be refused until the very last level is released, and then be let in. All of
/// this is done twice, each time by a thread that has just held the lock. That must not matter.
///
/// If an inner release freed the lock, the outer function would go on working on data that it
/// believes to be its own.
#[test]
fn last_release_frees() {
    let lock = Arc::new(RLock::new());
    for round in ["the first time", "the second time"] {
        drop(lock.lock());
        lock.acquire();
        let guard = lock.lock();
        assert!(!others_get_in(&lock), "somebody got in past two levels, {round}");
        drop(guard);
        assert!(!others_get_in(&lock), "somebody got in past the one level left, {round}");
        assert_eq!(lock.release(), Ok(()), "release() refused the owner, {round}");
        assert!(others_get_in(&lock), "nobody gets in although all levels are released, {round}");
    }
}

/// Two threads compete for the lock, and ask it about themselves before, while and after they hold
/// it. Whatever the other thread is doing, the answer is about the thread that asks: either it is
/// not the owner and has 0 levels, or it is the owner and has the levels that it acquired.
///
/// A thread that trusts a wrong answer here either works without the lock or waits for itself.
#[test]
fn count_is_the_owners() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    lock.acquire();
    assert_eq!(finish(start(&lock, share)), (false, 0), "a thread that holds nothing asked");
    assert_eq!(share(&lock), (true, 2), "the owner of two levels asked");
    assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() refused the owner");

    let visit = |lock: &RLock| {
        let before = share(lock);
        lock.acquire();
        let inside = share(lock);
        let released = lock.release();
        (before, inside, released, share(lock))
    };
    let visits = [start(&lock, visit), start(&lock, visit)];
    for (before, inside, released, after) in visits.map(finish) {
        assert_eq!(before, (false, 0), "before it acquired the lock");
        assert_eq!(inside, (true, 1), "while it held the lock");
        assert_eq!(released, Ok(()), "release() refused the owner");
        assert_eq!(after, (false, 0), "after it released the lock");
    }
}

/// Releases by threads that have nothing to release: nobody holds the lock; another thread holds
/// it; the caller did hold it, but has released all its levels. Each must be refused with
/// `NotOwner` and change nothing. A lock that a stranger can release protects nobody, and the
/// mistake shows up far from where it was made.
#[test]
fn only_the_owner_releases() {
    let lock = Arc::new(RLock::new());
    assert_eq!(lock.release(), Err(NotOwner), "nobody held the lock");
    assert!(!NotOwner.to_string().is_empty(), "an error should say in words what went wrong");

    lock.acquire();
    lock.acquire();
    let stranger = finish(start(&lock, RLock::release));
    assert_eq!(stranger, Err(NotOwner), "another thread held the lock");
    assert_eq!(share(&lock), (true, 2), "a stranger's release() must change nothing");
    assert!(!others_get_in(&lock), "a stranger's release() opened the lock");

    assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(lock.release(), Err(NotOwner), "the owner had released all its levels");
    assert!(others_get_in(&lock), "one release() too many has left the lock shut");

    let (holds, is_held) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let next_owner = start(&lock, move |lock| {
        lock.acquire();
        holds.send(()).expect("the main thread listens");
        may_go_on.recv().expect("the main thread answers");
        lock.release()
    });
    is_held.recv().expect("the next owner has the lock");
    let former_owner = lock.release();
    let let_in = lock.try_acquire();
    go_on.send(()).expect("the next owner listens");
    assert_eq!(former_owner, Err(NotOwner), "the former owner released the next one's lock");
    assert!(!let_in, "the former owner got in while the next one held the lock");
    assert_eq!(finish(next_owner), Ok(()), "release() refused the next owner");
}

/// Two threads have the same name, and two have none. One of each pair owns the lock; the other must
/// be a stranger to it: refused by `try_acquire` and by `release`, and owner of nothing. Then the
/// owner ends without having released the lock, and a new thread with its name comes. It is not the
/// owner come back to life. A name is for people to read; several threads may have the same one.
#[test]
fn a_namesake_is_a_stranger() {
    fn named<R: Send + 'static>(
        name: Option<&str>,
        lock: &Arc<RLock>,
        work: impl FnOnce(&RLock) -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let lock = Arc::clone(lock);
        let mut builder = thread::Builder::new();
        if let Some(name) = name {
            builder = builder.name(name.to_string());
        }
        builder.spawn(move || work(&lock)).expect("a thread can be started")
    }
    let visit = |lock: &RLock| (lock.try_acquire(), lock.release(), share(lock));
    for name in [Some("worker"), None] {
        let lock = Arc::new(RLock::new());
        let (holds, is_held) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let owner = named(name, &lock, move |lock| {
            lock.acquire();
            holds.send(()).expect("the main thread listens");
            may_go_on.recv().expect("the main thread answers");
            share(lock)
        });
        is_held.recv().expect("the owner has the lock");
        let refused = (false, Err(NotOwner), (false, 0));
        let namesake = finish(named(name, &lock, visit));
        assert_eq!(namesake, refused, "(try_acquire, release, share) of another {name:?}");
        go_on.send(()).expect("the owner listens");
        assert_eq!(finish(owner), (true, 1), "the owner's share after a namesake's visit");
        let namesake = finish(named(name, &lock, visit));
        assert_eq!(namesake, refused, "(try_acquire, release, share) of a new {name:?}");
    }
}

/// Two threads get in, put up a sign that says so, acquire and release a second level, and take the
/// sign down before they leave. Neither may ever find the other's sign, or a lock it does not own.
///
/// This is what the lock is for: the inner level must let nobody in, neither while it is held nor
/// when it is released.
#[test]
fn excludes_others() {
    let lock = Arc::new(RLock::new());
    let sign = Arc::new(AtomicBool::new(false));
    let (tell, told) = mpsc::channel();
    let visitors = [0, 1].map(|_| {
        let (sign, tell) = (Arc::clone(&sign), tell.clone());
        start(&lock, move |lock| {
            let _outer = lock.lock();
            let found_a_sign = sign.swap(true, SeqCst);
            tell.send((found_a_sign, lock.is_owned())).expect("the main thread listens");
            drop(lock.lock());
            sign.store(false, SeqCst);
        })
    });
    for _ in &visitors {
        let (found_a_sign, is_owner) = told.recv().expect("each visitor tells once");
        assert!(!found_a_sign, "two threads were inside at once");
        assert!(is_owner, "a thread was inside, but did not own the lock");
    }
    for visitor in visitors {
        finish(visitor);
    }
}

/// The main thread holds two levels while two threads come and want two levels each. It tries for
/// one more, which it must get whoever else is waiting, because it is the owner. Once it has let
/// go, both must get through, one after the other, whenever they came and whoever is first. A
/// thread that is forgotten waits for ever: in a real program, a request that is never answered.
#[test]
fn waiters_get_through() {
    let lock = Arc::new(RLock::new());
    let outer = lock.lock();
    lock.acquire();
    let waiters = [0, 1].map(|_| {
        start(&lock, |lock| {
            let _outer = lock.lock();
            let _inner = lock.lock();
            lock.recursion_count()
        })
    });
    assert!(lock.try_lock().is_some(), "try_lock() refused the owner when others came to wait");
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    drop(outer);
    assert_eq!(waiters.map(finish), [2, 2], "each waiter should have held two levels");
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// Sleeps for a little over 20 ms, so that a thread that polls every millisecond is not on time by
/// chance. Returns how late a thread may be on this clock: a few nanoseconds on the grader's, which
/// is exact (even a wait of zero length takes one). On any other clock this very sleep comes out
/// inexact; then there is no limit, because machines may be slow, and that is not the lock's fault.
fn nap() -> Duration {
    let length = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(length);
    if lay_down.elapsed() > length {
        return Duration::MAX;
    }
    thread::sleep(MONTHS);
    Duration::from_nanos(10)
}

/// On an exact clock months pass at once, unless a thread wakes up every now and then.
const MONTHS: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// A thread waits for the lock for a while, first without a timeout and then with the longest there is,
/// and the clock is watched. It must get in at the very moment the lock is freed, and use no
/// processor time before that: neither by asking in a loop nor by looking again every now and then.
/// A waiting thread that burns a core takes that core from the thread that could let it in.
#[test]
fn a_waiter_sleeps() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let patient = start(&lock, |lock| {
        lock.acquire();
        let got_in = Instant::now();
        (got_in, lock.release())
    });
    let tolerance = nap();
    let freed = Instant::now();
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    let (got_in, released) = finish(patient);
    assert_eq!(released, Ok(()), "release() refused the waiter, who owned the lock");
    assert!(got_in >= freed, "acquire() returned before the lock was freed");
    let late = got_in - freed;
    assert!(late <= tolerance, "acquire() returned {late:?} after the lock was freed");

    lock.acquire();
    let limited = start(&lock, |lock| {
        let got_in = lock.acquire_timeout(Duration::MAX);
        (got_in, Instant::now(), lock.release())
    });
    let tolerance = nap();
    let freed = Instant::now();
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    let (got_in, at, released) = finish(limited);
    assert!(got_in, "acquire_timeout() gave up, although the lock was freed in time");
    assert_eq!(released, Ok(()), "release() refused the waiter, who owned the lock");
    assert!(at >= freed, "acquire_timeout() returned before the lock was freed");
    let late = at - freed;
    assert!(late <= tolerance, "acquire_timeout() returned {late:?} after the lock was freed");
}

/// One tick of the checks below: a little over 100 ms, for locks that count in whole milliseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// Whether a thread got in, after how long, with how many levels, and whether it could release.
type Visit = (bool, Duration, usize, bool);

/// Tries to acquire the lock for at most `limit`.
fn knock(limit: Duration) -> impl FnOnce(&RLock) -> Visit {
    move |lock| {
        let came = Instant::now();
        let got_in = lock.acquire_timeout(limit);
        (got_in, came.elapsed(), lock.recursion_count(), lock.release().is_ok())
    }
}

/// What must be true of a thread that waited for at most `limit` while the lock stayed held.
fn gave_up_after(limit: Duration, (got_in, lasted, held, released): Visit, tolerance: Duration) {
    assert!(!got_in, "acquire_timeout() said that it acquired another thread's lock");
    assert!(lasted >= limit, "acquire_timeout({limit:?}) gave up after {lasted:?}");
    assert!(lasted - limit <= tolerance, "acquire_timeout({limit:?}) gave up after {lasted:?}");
    assert_eq!((held, released), (0, false), "(levels held, could release), having given up");
}

/// A thread waits for at most three ticks. Meanwhile the owner releases the lock and acquires it
/// again at once, twice, so the waiter may be woken for nothing. It may get in at one of these
/// moments; if it does not, it must give up after three ticks in total, no sooner and no later.
///
/// A timeout that starts again with every wakeup is no timeout: on a busy lock it never ends.
#[test]
fn timeout_is_total() {
    let lock = Arc::new(RLock::new());
    let tolerance = nap();
    lock.acquire();
    let disturbed = start(&lock, knock(3 * TICK));
    for _ in 0..2 {
        thread::sleep(TICK);
        assert_eq!(lock.release(), Ok(()), "release() refused the owner");
        lock.acquire();
    }
    thread::sleep(5 * TICK);
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    let (got_in, lasted, held, released) = finish(disturbed);
    if got_in {
        let late = lasted.saturating_sub(2 * TICK);
        assert!(late <= tolerance, "it got in after {lasted:?}, {late:?} after the last chance");
        assert_eq!((held, released), (1, true), "(levels held, could release), once let in");
    } else {
        gave_up_after(3 * TICK, (got_in, lasted, held, released), tolerance);
    }

    let (got_in, lasted, held, released) = knock(TICK)(&lock);
    assert_eq!((got_in, held, released), (true, 1, true), "(got in, levels held, could release)");
    assert!(lasted <= tolerance, "acquire_timeout() waited {lasted:?} for a free lock");
}

/// One thread waits for the lock without a timeout, and behind it two wait for at most two ticks.
/// The owner stays: those two must give up after two ticks, no sooner and no later, whoever else
/// is waiting. When the owner releases the lock, the patient thread must get in; and the two that
/// left must really be gone, so that the owner gets the lock once more.
#[test]
fn a_limit_holds_in_company() {
    let lock = Arc::new(RLock::new());
    let tolerance = nap();
    lock.acquire();
    let patient = start(&lock, |lock| drop(lock.lock()));
    thread::sleep(TICK);
    for hasty in [0, 1].map(|_| start(&lock, knock(2 * TICK))) {
        gave_up_after(2 * TICK, finish(hasty), tolerance);
    }
    assert_eq!(share(&lock), (true, 1), "waiters that gave up must not affect the owner");
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    finish(patient);
    lock.acquire();
}

/// The owner releases the lock just as one waiter's time runs out. The waiter may get in or give
/// up, but it must do one of the two: if it gives up, it holds nothing, and the lock is free for
/// the thread that waits patiently behind it. The hasty waiter may also be slow: it is woken in
/// time, but its time is up before it gets to run. When both are gone, the main thread wants the
/// lock again, and must get it.
///
/// A thread that has left but is still on the list is let in as a ghost, and everybody behind it
/// waits for ever.
#[test]
fn a_timed_out_waiter_leaves_no_trace() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let moment = Duration::from_millis(1);
    let hasty = start(&lock, move |lock| {
        let got_in = lock.acquire_timeout(moment);
        let held = share(lock);
        (got_in, held, lock.release().is_ok())
    });
    let patient = start(&lock, |lock| drop(lock.lock()));
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    thread::sleep(2 * moment);
    finish(patient);
    let (got_in, held, released) = finish(hasty);
    if got_in {
        assert_eq!((held, released), ((true, 1), true), "the hasty waiter was let in");
    } else {
        assert_eq!((held, released), ((false, 0), false), "the hasty waiter had given up");
    }
    // If the lock is still held here, no thread is left that could release it.
    lock.acquire();
}

/// A thread that holds one level goes two levels deeper and panics there. It catches the panic back
/// at the first level, where it still has work to do. The guards of the two inner levels must
/// release their own levels and no more: the thread is still the owner. Then it panics again, this
/// time uncaught, while another thread waits for the lock. Now the last level must be released as
/// well, and the waiter must get in. One request that fails must not lock out all the others.
#[test]
fn a_panic_gives_every_level_back() {
    let lock = Arc::new(RLock::new());
    let (tell, told) = mpsc::channel();
    let unlucky = start(&lock, move |lock| {
        let _outer = lock.lock();
        let caught = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _inner = lock.lock();
            let _innermost = lock.lock();
            panic!("three levels deep, on purpose");
        }));
        let caught: thread::Result<()> = caught;
        tell.send((caught.is_err(), share(lock))).expect("the main thread listens");
        panic!("one level deep, on purpose");
    });
    let next = start(&lock, |lock| {
        let _guard = lock.lock();
        share(lock)
    });
    let (caught, left) = told.recv().expect("the unlucky thread tells what it has left");
    assert!(caught, "the panic should have reached whoever catches it");
    assert_eq!(left, (true, 1), "the two inner guards should release two of three levels");
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    assert_eq!(finish(next), (true, 1), "the next owner should start from nothing");
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}
