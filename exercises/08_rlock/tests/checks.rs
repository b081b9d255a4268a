//! What an `RLock` promises its users.

use rlock::{NotOwner, RLock, RLockGuard};
use std::cell::RefCell;
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
/// different order. It must never wait for itself, and the count must be right each time, also when
/// the lock is moved to another place. Then the same thread must get a lock that `default()` has
/// made. Code that locks and calls other code that locks is the reason this kind of lock exists.
#[test]
fn nests() {
    let lock = RLock::new();
    assert_eq!(share(&lock), (false, 0), "(is_owned, recursion_count) of a new lock");

    lock.acquire();
    assert_eq!(
        share(&lock),
        (true, 1),
        "(is_owned, recursion_count) after acquire() on a free lock"
    );
    let guard = lock.lock();
    assert_eq!(share(&lock), (true, 2), "(is_owned, recursion_count) after lock() by the owner");
    let tried = lock.try_lock();
    assert!(tried.is_some(), "try_lock() refused the owner");
    assert_eq!(
        share(&lock),
        (true, 3),
        "(is_owned, recursion_count) after try_lock() by the owner"
    );
    let second = Duration::from_secs(1);
    assert!(lock.acquire_timeout(second), "acquire_timeout() kept the owner waiting");
    assert!(lock.acquire_timeout(Duration::ZERO), "acquire_timeout() refused the owner");
    assert_eq!(
        share(&lock),
        (true, 5),
        "(is_owned, recursion_count) after two of acquire_timeout()"
    );

    assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(share(&lock), (true, 3), "(is_owned, recursion_count) after two of five releases");
    drop(guard);
    assert_eq!(
        share(&lock),
        (true, 2),
        "(is_owned, recursion_count) after dropping the first guard"
    );
    drop(tried);
    assert_eq!(
        share(&lock),
        (true, 1),
        "(is_owned, recursion_count) after dropping the second guard"
    );
    let moved = Box::new(lock);
    assert_eq!(share(&moved), (true, 1), "(is_owned, recursion_count) after the lock was moved");
    assert_eq!(moved.release(), Ok(()), "release() refused the owner when the lock was moved");
    assert_eq!(share(&moved), (false, 0), "(is_owned, recursion_count) after the last release()");

    let lock = RLock::default();
    assert!(lock.try_acquire(), "try_acquire() refused a new lock made by default()");
    assert_eq!(share(&lock), (true, 1), "(is_owned, recursion_count) after try_acquire()");
}

/// One thread goes 70,000 levels deep, and another looks at the lock from time to time: it must
/// never be let in, and never be told that it owns anything. Then all the levels are released, and
/// each release must be accepted. The owner may acquire the lock as often as it likes, and a
/// recursion can be deep.
#[test]
fn any_depth() {
    let lock = Arc::new(RLock::new());
    let visit = |lock: &RLock| (lock.try_acquire(), share(lock));
    for level in 1..=70_000 {
        lock.acquire();
        if level % 10_000 == 0 || level == 65_536 {
            assert_eq!(share(&lock), (true, level), "(is_owned, recursion_count) of the owner");
            let visitor = finish(start(&lock, visit));
            assert_eq!(
                visitor,
                (false, (false, 0)),
                "(try_acquire, (is_owned, recursion_count)) of a visitor, at level {level}"
            );
        }
    }
    for level in (0..70_000).rev() {
        assert_eq!(lock.release(), Ok(()), "release() refused the owner, down to level {level}");
    }
    assert_eq!(share(&lock), (false, 0), "(is_owned, recursion_count) after the last release()");
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
/// it. Whatever the other thread is doing, the answer must be about the thread that asks: either it
/// is not the owner and has 0 levels, or it is the owner and has the levels that it acquired.
///
/// A thread that trusts a wrong answer here either works without the lock or waits for itself.
#[test]
fn count_is_the_owners() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    lock.acquire();
    assert_eq!(
        finish(start(&lock, share)),
        (false, 0),
        "(is_owned, recursion_count) of a thread that holds nothing"
    );
    assert_eq!(share(&lock), (true, 2), "(is_owned, recursion_count) of the owner of two levels");
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
        assert_eq!(before, (false, 0), "(is_owned, recursion_count) before it acquired the lock");
        assert_eq!(inside, (true, 1), "(is_owned, recursion_count) while it held the lock");
        assert_eq!(released, Ok(()), "release() refused the owner");
        assert_eq!(after, (false, 0), "(is_owned, recursion_count) after it released the lock");
    }
}

/// Releases by threads that have nothing to release: nobody holds the lock; another thread holds
/// it; the caller did hold it, but has released all its levels. Each must be refused with
/// `NotOwner` and change nothing. A lock that a stranger can release protects nobody, and the
/// mistake shows up far from where it was made.
#[test]
fn only_the_owner_releases() {
    let lock = Arc::new(RLock::new());
    assert_eq!(lock.release(), Err(NotOwner), "release() of a lock that nobody held");
    assert!(!NotOwner.to_string().is_empty(), "an error should say in words what went wrong");

    lock.acquire();
    lock.acquire();
    let stranger = finish(start(&lock, RLock::release));
    assert_eq!(stranger, Err(NotOwner), "release() of a lock that another thread held");
    assert_eq!(
        share(&lock),
        (true, 2),
        "(is_owned, recursion_count) of the owner, after a stranger's release()"
    );
    assert!(!others_get_in(&lock), "a stranger's release() opened the lock");

    assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(
        lock.release(),
        Err(NotOwner),
        "release() when the owner had released all its levels"
    );
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
    assert_eq!(former_owner, Err(NotOwner), "release() by the former owner of the next one's lock");
    assert!(!let_in, "the former owner got in while the next one held the lock");
    assert_eq!(finish(next_owner), Ok(()), "release() refused the next owner");
}

/// Two threads have the same name, and two have none. One of each pair owns the lock; the other
/// must be a stranger to it: refused by `try_acquire` and by `release`, and owner of nothing. Then
/// the owner ends without having released the lock, and a new thread with its name comes. It must
/// be a stranger, too. A name is for people to read; several threads may have the same one.
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
        assert_eq!(
            namesake, refused,
            "(try_acquire, release, (is_owned, recursion_count)) of a second thread, named {name:?} \
             like the owner"
        );
        go_on.send(()).expect("the owner listens");
        assert_eq!(
            finish(owner),
            (true, 1),
            "(is_owned, recursion_count) of the owner, after a namesake's visit"
        );
        let namesake = finish(named(name, &lock, visit));
        assert_eq!(
            namesake, refused,
            "(try_acquire, release, (is_owned, recursion_count)) of a new {name:?}"
        );
    }
}

/// One thread owns two locks and goes in and out of them in turns. Whatever happens to one lock must not
/// change what the thread is told about the other, nor who is let in there. While it owns only the first,
/// another thread acquires the second; each is a stranger to the lock of the other.
///
/// A program has many locks. If owning one of them looked like owning another, a thread would work on data
/// that it has not locked.
#[test]
fn two_locks_are_two() {
    let [first, second] = [(); 2].map(|()| Arc::new(RLock::new()));
    let shares = || (share(&first), share(&second));
    first.acquire();
    assert_eq!(shares(), ((true, 1), (false, 0)), "(is_owned, recursion_count) of each lock");
    assert_eq!(
        second.release(),
        Err(NotOwner),
        "release() of the second lock by one that owned only the first"
    );
    assert!(others_get_in(&second), "nobody gets into the second lock, which is free");
    assert!(!others_get_in(&first), "somebody got into the first lock, which is held");

    let guard = second.lock();
    first.acquire();
    assert_eq!(shares(), ((true, 2), (true, 1)), "(is_owned, recursion_count) of each lock");
    drop(guard);
    assert_eq!(
        shares(),
        ((true, 2), (false, 0)),
        "(is_owned, recursion_count) of each lock, when the second is free again"
    );
    assert!(others_get_in(&second), "nobody gets into the second lock, which is free again");
    assert!(!others_get_in(&first), "somebody got into the first lock, which is held");

    let other = Arc::clone(&first);
    let other = finish(start(&second, move |second| {
        let _guard = second.lock();
        (share(second), share(&other), other.try_acquire(), other.release())
    }));
    let expected = ((true, 1), (false, 0), false, Err(NotOwner));
    assert_eq!(
        other, expected,
        "(is_owned, recursion_count) of its own lock and of the main thread's, then (try_acquire, release) of that"
    );
    assert_eq!((first.release(), first.release()), (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(
        shares(),
        ((false, 0), (false, 0)),
        "(is_owned, recursion_count) of each lock, when all levels are released"
    );
    assert!(others_get_in(&first), "nobody gets into the first lock, which is free again");
}

/// While one thread owns a lock, it makes 70,000 others, one after another, alternately with
/// `default()` and `new()`; the first lock was made with `default()`. Each must belong to nobody;
/// the thread acquires it, and drops it while it is held. The thread must keep its one level of the
/// first lock all the time.
///
/// Locks come and go, and a new one may lie in memory exactly where an old one was. It is a new
/// lock.
#[test]
fn many_locks_are_many() {
    let first = RLock::default();
    first.acquire();
    for number in 2..=70_000 {
        let lock = if number % 2 == 0 { RLock::new() } else { RLock::default() };
        assert_eq!(
            share(&lock),
            (false, 0),
            "lock number {number} is new, so nobody should own it"
        );
        lock.acquire();
        assert_eq!(
            share(&lock),
            (true, 1),
            "(is_owned, recursion_count) after acquire() on lock number {number}"
        );
        assert_eq!(
            share(&first),
            (true, 1),
            "(is_owned, recursion_count) of the first lock, at number {number}"
        );
    }
}

/// While one thread owns a lock, 300 others come, one after another, and each must be a stranger to
/// it: refused by `try_acquire` and by `release`, and owner of nothing. Then the lock is freed, and
/// 300 more come. Each must get in and out again, and the former owner must not become the owner
/// again.
///
/// A server starts a thread for each request. After a few hundred, none of them may be taken for
/// another.
#[test]
fn many_threads_are_many() {
    let lock = Arc::new(RLock::new());
    let visit = |lock: &RLock| (share(lock), lock.try_acquire(), share(lock), lock.release());
    lock.acquire();
    let refused = ((false, 0), false, (false, 0), Err(NotOwner));
    for number in 1..=300 {
        let visitor = finish(start(&lock, visit));
        assert_eq!(
            visitor, refused,
            "((is_owned, recursion_count), try_acquire, (is_owned, recursion_count) after that, release) of visitor {number}"
        );
    }
    assert_eq!(
        share(&lock),
        (true, 1),
        "(is_owned, recursion_count) of the owner, after all the visits"
    );
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    let let_in = ((false, 0), true, (true, 1), Ok(()));
    for number in 301..=600 {
        let visitor = finish(start(&lock, visit));
        assert_eq!(
            visitor, let_in,
            "((is_owned, recursion_count), try_acquire, (is_owned, recursion_count) after that, release) of visitor {number}"
        );
        assert_eq!(
            share(&lock),
            (false, 0),
            "(is_owned, recursion_count) of the former owner, after visitor {number}"
        );
    }
}

/// One thread owns the lock. Meanwhile another one tries in vain to release it, to acquire it, and
/// to acquire it with a limit of zero. Whatever the owner asks or does at that moment, it must find
/// exactly the levels that it has acquired. Afterwards the lock must be as before, and free when
/// the owner has released its levels.
///
/// A refusal that changes something and puts it right again has changed something: the owner looks
/// at that very moment, and is told that it has a level more, or one less.
#[test]
fn a_refusal_changes_nothing() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let stranger = start(&lock, |lock| {
        (lock.release(), lock.try_acquire(), lock.acquire_timeout(Duration::ZERO))
    });
    let one = share(&lock);
    let let_in = (lock.try_acquire(), lock.acquire_timeout(Duration::ZERO));
    let three = share(&lock);
    let released = (lock.release(), lock.release());
    let left = share(&lock);
    let refused = (Err(NotOwner), false, false);
    assert_eq!(finish(stranger), refused, "(release, try_acquire, acquire_timeout) of a stranger");
    assert_eq!(one, (true, 1), "(is_owned, recursion_count) of the owner of one level");
    assert_eq!(let_in, (true, true), "(try_acquire, acquire_timeout) of the owner");
    assert_eq!(three, (true, 3), "(is_owned, recursion_count) of the owner of three levels");
    assert_eq!(released, (Ok(()), Ok(())), "release() refused the owner");
    assert_eq!(left, (true, 1), "(is_owned, recursion_count) of the owner, when one level is left");
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    assert!(others_get_in(&lock), "nobody gets in although all levels are released");
}

/// Nobody owns the lock. While another thread asks whether it owns it, tries in vain to release it,
/// and prints it with `{:?}`, the main thread acquires it with `try_acquire`, with
/// `acquire_timeout` and no time to wait, and with `try_lock`. Every attempt to acquire must
/// succeed.
///
/// A lock that is said to be held when it is not makes its caller give up work that it could have
/// done.
#[test]
fn a_free_lock_refuses_nobody() {
    let lock = Arc::new(RLock::new());
    let visitor = start(&lock, |lock| {
        let answers = (share(lock), lock.release());
        let _ = format!("{lock:?}");
        answers
    });
    assert!(lock.try_acquire(), "try_acquire() refused a lock that nobody owned");
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    let let_in = lock.acquire_timeout(Duration::ZERO);
    assert!(let_in, "acquire_timeout() with no time refused a lock that nobody owned");
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    assert!(lock.try_lock().is_some(), "try_lock() refused a lock that nobody owned");
    let refused = ((false, 0), Err(NotOwner));
    assert_eq!(
        finish(visitor),
        refused,
        "((is_owned, recursion_count), release) of a thread that never had the lock"
    );
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

/// Three threads want the lock: one with `try_acquire`, one with `try_lock`, and one with
/// `acquire_timeout`. Whoever gets in puts up a sign that says so, and takes it down before it leaves. None
/// of them may ever find another one's sign, or more or less than its own one level.
///
/// Between finding the lock free and acquiring it there must be no gap, whichever way a thread comes in.
#[test]
fn every_way_in_excludes_others() {
    let lock = Arc::new(RLock::new());
    let sign = Arc::new(AtomicBool::new(false));
    let inside = {
        let sign = Arc::clone(&sign);
        move |lock: &RLock| {
            let found_a_sign = sign.swap(true, SeqCst);
            let levels = lock.recursion_count();
            sign.store(false, SeqCst);
            (found_a_sign, levels)
        }
    };
    let visit = inside.clone();
    let by_hand =
        start(&lock, move |lock| lock.try_acquire().then(|| (visit(lock), lock.release())));
    let visit = inside.clone();
    let with_a_guard = start(&lock, move |lock| lock.try_lock().map(|_guard| visit(lock)));
    let limited =
        lock.acquire_timeout(Duration::from_secs(1)).then(|| (inside(&lock), lock.release()));
    let alone = (false, 1);
    for visit in [finish(by_hand), limited].into_iter().flatten() {
        assert_eq!(
            visit,
            (alone, Ok(())),
            "((another's sign was there, levels held), release) of a thread that got in"
        );
    }
    if let Some(visit) = finish(with_a_guard) {
        assert_eq!(visit, alone, "(another's sign was there, levels held) of a thread that got in");
    }
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
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
    assert_eq!(waiters.map(finish), [2, 2], "the levels that each of two waiters held");
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
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
    thread::sleep(YEARS);
    Duration::from_nanos(10)
}

/// On an exact clock ninety-nine years pass at once, unless a thread wakes up every now and then.
const YEARS: Duration = Duration::from_secs(99 * 365 * 24 * 60 * 60);

/// A thread waits for the lock for a while, first without a timeout and then with the longest there
/// is. It must get in at the very moment the lock is freed, and sleep until then: it must neither
/// ask in a loop nor look again every now and then, not even once a day.
///
/// A wait without a limit has none, not even one of many years. A waiting thread that burns a core
/// takes that core from the thread that could let it in.
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
fn timed(limit: Duration) -> impl FnOnce(&RLock) -> Visit {
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
    let disturbed = start(&lock, timed(3 * TICK));
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

    let (got_in, lasted, held, released) = timed(TICK)(&lock);
    assert_eq!(
        (got_in, held, released),
        (true, 1, true),
        "(got in, levels held, could release) of acquire_timeout()"
    );
    assert!(lasted <= tolerance, "acquire_timeout() waited {lasted:?} for a free lock");
}

/// One thread waits for the lock without a timeout, and behind it two wait for at most two ticks.
/// The owner stays: those two must give up after two ticks, no sooner and no later, whoever else
/// is waiting. When the owner releases the lock, the patient thread must get in; and the two that
/// left must really be gone: the lock is free then, and must not be refused.
#[test]
fn a_limit_holds_in_company() {
    let lock = Arc::new(RLock::new());
    let tolerance = nap();
    lock.acquire();
    let patient = start(&lock, |lock| drop(lock.lock()));
    thread::sleep(TICK);
    for hasty in [0, 1].map(|_| start(&lock, timed(2 * TICK))) {
        gave_up_after(2 * TICK, finish(hasty), tolerance);
    }
    assert_eq!(
        share(&lock),
        (true, 1),
        "(is_owned, recursion_count) of the owner, when two waiters have given up"
    );
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    finish(patient);
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// The owner releases the lock just as one waiter's time runs out, while another waits without a
/// timeout. The first may get in or give up, even if it runs only when its time is up. If it gives
/// up, it must hold nothing. The other one must get in either way, and when both are gone, the main
/// thread must get the lock without waiting.
///
/// A thread that has left but is still on the list is let in all the same, and everybody behind it
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
        assert_eq!(
            (held, released),
            ((true, 1), true),
            "the waiter that got in: ((is_owned, recursion_count), whether release() succeeded)"
        );
    } else {
        assert_eq!(
            (held, released),
            ((false, 0), false),
            "the waiter that gave up: ((is_owned, recursion_count), whether release() succeeded)"
        );
    }
    // If the lock is still held here, no thread is left that could release it.
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// A thread wants a lock that is free, with short limits: no time at all, a nanosecond, almost a
/// microsecond, just below and above a millisecond. It must get in without waiting, and another
/// wants one that is owned, and must give up in time: no sooner and no later than its limit; with
/// no time, at once.
///
/// A limit of zero means "not now", neither "never" nor "take your time".
#[test]
fn a_short_limit_is_short() {
    let tolerance = nap();
    for nanoseconds in [0, 1, 999, 999_999, 1_000_001] {
        let limit = Duration::from_nanos(nanoseconds);
        let lock = Arc::new(RLock::new());
        let (got_in, lasted, held, released) = finish(start(&lock, timed(limit)));
        let visit = (got_in, held, released);
        assert_eq!(visit, (true, 1, true), "(got in, levels held, could release) with {limit:?}");
        assert!(
            lasted <= tolerance,
            "acquire_timeout({limit:?}) waited {lasted:?} for a free lock"
        );
        lock.acquire();
        gave_up_after(limit, finish(start(&lock, timed(limit))), tolerance);
    }
}

/// A thread waits for the lock within a limit that is longer each time: from 97 days to 73 billion years.
/// The owner releases the lock after one tick, and the waiter must get in at that moment. The owner itself,
/// with the same limit, must get one more level at once.
///
/// A limit that is counted in a number too small for it comes out as a short one, or as none.
#[test]
fn no_limit_is_too_long() {
    let tolerance = nap();
    let lock = Arc::new(RLock::new());
    // In nanoseconds, microseconds, milliseconds or seconds, each of these has only zeros in its last
    // 32 or 64 bits. The longest limit there is has only ones.
    let powers = [23, 26, 29, 32, 55, 58, 61].map(|power| Duration::from_secs(1 << power));
    for limit in powers.into_iter().chain([Duration::MAX]) {
        lock.acquire();
        assert!(lock.acquire_timeout(limit), "acquire_timeout({limit:?}) refused the owner");
        let waiter = start(&lock, timed(limit));
        thread::sleep(TICK);
        assert_eq!((lock.release(), lock.release()), (Ok(()), Ok(())), "release() by the owner");
        let (got_in, lasted, held, released) = finish(waiter);
        assert!(got_in, "acquire_timeout({limit:?}) gave up after {lasted:?}");
        let late = lasted.saturating_sub(TICK);
        assert!(late <= tolerance, "acquire_timeout({limit:?}) returned {late:?} late");
        assert_eq!((held, released), (1, true), "(levels held, could release), once let in");
    }
}

/// The main thread owns the lock, and two threads wait for it, one with the longest limit there is.
/// The owner acquires more levels in every way there is, asks how many it has, and releases them. A
/// stranger tries to acquire and release, asks the same, is refused, and prints the lock with
/// `{:?}`. None of this may wait. At last both waiters must get in.
///
/// Whoever tries without waiting has something better to do. And an owner that waits for those
/// behind it keeps them all waiting.
#[test]
fn only_who_must_wait_waits() {
    fn prompt<R>(tolerance: Duration, what: &str, call: impl FnOnce() -> R) -> R {
        let began = Instant::now();
        let answer = call();
        let lasted = began.elapsed();
        assert!(lasted <= tolerance, "{what} took {lasted:?}, and should not have waited");
        answer
    }
    let tolerance = nap();
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let patient = start(&lock, |lock| drop(lock.lock()));
    let limited = start(&lock, timed(Duration::MAX));
    thread::sleep(TICK);

    prompt(tolerance, "acquire() by the owner", || lock.acquire());
    let guard = prompt(tolerance, "lock() by the owner", || lock.lock());
    let tried = prompt(tolerance, "try_lock() by the owner", || lock.try_lock());
    let let_in = [
        tried.is_some(),
        prompt(tolerance, "try_acquire() by the owner", || lock.try_acquire()),
        prompt(tolerance, "acquire_timeout() by the owner", || lock.acquire_timeout(TICK)),
    ];
    assert_eq!(let_in, [true; 3], "try_lock(), try_acquire() and acquire_timeout() by the owner");
    assert_eq!(
        prompt(tolerance, "asking", || share(&lock)),
        (true, 6),
        "(is_owned, recursion_count) of the owner"
    );

    let stranger = finish(start(&lock, move |lock| {
        let tried = prompt(tolerance, "try_acquire() by a stranger", || lock.try_acquire());
        let guard = prompt(tolerance, "try_lock() by a stranger", || lock.try_lock().is_some());
        let no_time = || lock.acquire_timeout(Duration::ZERO);
        let limited = prompt(tolerance, "acquire_timeout() with no time", no_time);
        let released = prompt(tolerance, "release() by a stranger", || lock.release());
        prompt(tolerance, "{:?}", || format!("{lock:?}"));
        ([tried, guard, limited], released, prompt(tolerance, "asking", || share(lock)))
    }));
    let refused = ([false; 3], Err(NotOwner), (false, 0));
    assert_eq!(
        stranger, refused,
        "([try_acquire, try_lock, acquire_timeout], release, (is_owned, recursion_count)) of a stranger"
    );

    prompt(tolerance, "dropping a guard", || drop((guard, tried)));
    for _ in 0..4 {
        let released = prompt(tolerance, "release() by the owner", || lock.release());
        assert_eq!(released, Ok(()), "release() refused the owner");
    }
    finish(patient);
    let (got_in, _, held, released) = finish(limited);
    assert_eq!(
        (got_in, held, released),
        (true, 1, true),
        "(got in, levels held, could release) of acquire_timeout()"
    );
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// The main thread owns the first and the last of 4,097 locks. Thread 1 waits for the last lock, then
/// thread 2 for the first. The first lock is released: thread 2 must get in while the last is still
/// held. Then the last is released, and thread 1 must get in. First the waiters have no limit, then
/// the longest there is.
///
/// A wakeup that reaches a thread at another lock is lost for those who wait at this one.
#[test]
fn each_lock_wakes_its_own() {
    let ways: [fn(&RLock) -> bool; 2] = [
        |lock| {
            lock.acquire();
            true
        },
        |lock| lock.acquire_timeout(Duration::MAX),
    ];
    for acquire in ways {
        let first = &Arc::new(RLock::new());
        let _others: Vec<RLock> =
            probe::uninterrupted(|| (1..4_096).map(|_| RLock::new()).collect());
        let last = &Arc::new(RLock::new());
        first.acquire();
        last.acquire();
        let wait = move |lock: &RLock| (acquire(lock), lock.release());
        let longer = start(last, wait);
        let other = start(first, wait);
        thread::sleep(Duration::from_millis(1));
        assert_eq!(first.release(), Ok(()), "release() refused the owner of the first lock");
        let got_in = (true, Ok(()));
        assert_eq!(finish(other), got_in, "(got in, release) of the first lock's waiter");
        assert_eq!(share(last), (true, 1), "(is_owned, recursion_count) of the last lock");
        assert_eq!(last.release(), Ok(()), "release() refused the owner of the last lock");
        assert_eq!(finish(longer), got_in, "(got in, release) of the last lock's waiter");
    }
}

/// Two threads wait, the first with a limit. The main thread releases the lock and, if it can,
/// acquires it again at once, so that a waiter may be woken for nothing. At the next release both
/// must get in, at that very moment. Then the same with a limit that is over just at the first
/// release: the first waiter may give up, but the other one must get in.
///
/// A waiter that was overtaken still waits, or leaves the others waiting. If it does not see to it
/// that the next release wakes somebody, the lock is free, and threads wait for it.
#[test]
fn overtaken_waiters_are_woken_again() {
    let tolerance = nap();
    for limit in [10 * TICK, 2 * TICK] {
        let lock = Arc::new(RLock::new());
        lock.acquire();
        let began = Instant::now();
        let limited = start(&lock, timed(limit));
        thread::sleep(TICK);
        let patient = start(&lock, move |lock| {
            drop(lock.lock());
            began.elapsed()
        });
        thread::sleep(TICK);
        assert_eq!(lock.release(), Ok(()), "release() refused the owner");
        if lock.try_acquire() {
            thread::sleep(TICK);
            assert_eq!(lock.release(), Ok(()), "release() refused the owner");
        }
        let freed = began.elapsed();
        let late = finish(patient).saturating_sub(freed);
        assert!(late <= tolerance, "acquire() returned {late:?} after the lock was freed");
        let (got_in, lasted, held, released) = finish(limited);
        if got_in {
            let late = lasted.saturating_sub(limit.min(freed));
            assert!(
                late <= tolerance,
                "the thread in acquire_timeout({limit:?}) got the lock {late:?} after it was \
                 free or its time was up"
            );
            assert_eq!((held, released), (1, true), "(levels held, could release), once let in");
        } else {
            assert!(freed >= limit, "acquire_timeout({limit:?}) did not get in after {freed:?}");
            gave_up_after(limit, (got_in, lasted, held, released), tolerance);
        }
    }
}

/// A thread is certain to be waiting for the lock when it is released and acquired again, 65,536
/// times without a pause, and then left free. The waiter has not had a chance to run in between,
/// and must get in now. A count of 8 or 16 bits is then back at its old value, and to the waiter it
/// looks as if the lock had never been released.
#[test]
fn many_releases_are_not_none() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let waiter = start(&lock, |lock| {
        lock.acquire();
        (lock.recursion_count(), lock.release())
    });
    nap();
    let handed_on = probe::uninterrupted(|| {
        for _ in 1..65_536 {
            assert_eq!(lock.release(), Ok(()), "release() refused the owner");
            if !lock.try_acquire() {
                // This lock gives itself to the waiter.
                return true;
            }
        }
        false
    });
    if !handed_on {
        assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    }
    assert_eq!(
        finish(waiter),
        (1, Ok(())),
        "(levels held, release) of the waiter, which had got in"
    );
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// While one thread owns the lock, another wants it 65,535 times, each time within a nanosecond,
/// and always gives up. Then a thread waits for the lock without a limit. When the lock is
/// released, it must get in.
///
/// Those who gave up are gone, however many they were. What each of them leaves behind may be too
/// small to notice. A program that runs for a year notices.
#[test]
fn many_who_gave_up_are_gone() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let hasty = start(&lock, |lock| {
        probe::uninterrupted(|| (0..65_535).any(|_| lock.acquire_timeout(Duration::from_nanos(1))))
    });
    assert!(!finish(hasty), "acquire_timeout() acquired a lock that another thread owned");
    let waiter = start(&lock, |lock| {
        lock.acquire();
        (lock.recursion_count(), lock.release())
    });
    nap();
    // A lock that skips 65,535 threads on a list takes its time.
    let released = probe::uninterrupted(|| lock.release());
    assert_eq!(released, Ok(()), "release() refused the owner");
    assert_eq!(
        finish(waiter),
        (1, Ok(())),
        "(levels held, release) of the waiter, which had got in"
    );
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// 256 threads wait for the lock. When its owner releases it, all of them must get through, one after the
/// other, and each must then hold it once. The number of waiters has no limit.
#[test]
fn a_crowd_gets_through() {
    let lock = Arc::new(RLock::new());
    lock.acquire();
    let crowd = [(); 256].map(|()| {
        start(&lock, |lock| {
            let _guard = lock.lock();
            lock.recursion_count()
        })
    });
    nap();
    assert_eq!(lock.release(), Ok(()), "release() refused the owner");
    for waiter in crowd {
        assert_eq!(finish(waiter), 1, "recursion_count() of a waiter just after its first acquire");
    }
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// A thread that holds one level goes two levels deeper, panics there, and catches the panic at the
/// first level. The two inner guards must release their own levels and no more. Then it panics
/// again, uncaught, while another thread waits for the lock. Now the last level must be released,
/// too, and the waiter must get in. One request that fails must not lock out all the others.
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
    assert_eq!(
        left,
        (true, 1),
        "(is_owned, recursion_count) when two inner guards are dropped, of three"
    );
    let ended: thread::Result<()> = unlucky.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    assert_eq!(finish(next), (true, 1), "(is_owned, recursion_count) of the next owner");
    assert!(lock.try_acquire(), "the lock should be free when everybody has left");
}

/// What a thread keeps in a variable of its own: the guards of a lock that lives for ever.
struct Kept {
    lock: &'static RLock,
    /// Dropped after `drop` has asked for the share.
    _guards: [RLockGuard<'static>; 2],
    tell: mpsc::Sender<(bool, usize)>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.tell.send(share(self.lock)).expect("the main thread listens");
    }
}

thread_local! {
    /// What this thread drops when it ends, after its work is done.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A thread puts two guards into a thread-local variable (`thread_local!`) and ends. In the
/// variable's destructor it asks the lock about itself: it must still be the owner of two levels.
/// Then the guards are dropped, and the lock must be free. One thread uses the variable before it
/// first uses the lock, another one after that.
///
/// What is used last is destroyed first: what a lock remembers in a variable of the thread may be
/// gone before the guards.
#[test]
fn a_guard_kept_to_the_end() {
    for lock_comes_first in [false, true] {
        // Such a guard needs a lock that lives for ever.
        let lock: &'static RLock = Box::leak(Box::new(RLock::new()));
        let (tell, told) = mpsc::channel();
        let keeper = thread::spawn(move || {
            if lock_comes_first {
                drop(lock.lock());
            }
            KEPT.with_borrow_mut(|kept| {
                *kept = Some(Kept { lock, _guards: [lock.lock(), lock.lock()], tell });
            });
        });
        finish(keeper);
        let told = told.recv();
        assert_eq!(
            told,
            Ok((true, 2)),
            "(is_owned, recursion_count) of a thread at its end, with two guards"
        );
        assert!(
            lock.try_acquire(),
            "the lock should be free when its owner has dropped its guards"
        );
    }
}

/// Acquires the lock when it is dropped, tells its thread's share, and releases it.
struct LastWill {
    lock: Arc<RLock>,
    tell: mpsc::Sender<(bool, usize)>,
}

impl Drop for LastWill {
    fn drop(&mut self) {
        self.lock.acquire();
        self.tell.send(share(&self.lock)).expect("the main thread listens");
        let _ = self.lock.release();
    }
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// The main thread owns the lock, and another thread acquires it in a destructor while it panics, for a
/// reason that has nothing to do with the lock. Then one more thread does so as it ends, in the
/// destructor of a thread-local variable (`thread_local!`). Each must wait, and get in when the main
/// thread releases the lock.
///
/// Any thread may need the lock, also at its end, when most of what belonged to it is gone.
#[test]
fn a_destructor_waits() {
    type Leave = fn(LastWill);
    let ways: [(&str, Leave); 2] = [
        ("during a panic", |_last_will| panic!("while others own the lock, on purpose")),
        ("at the end of its thread", |last_will| {
            // What the thread uses after this is gone before it.
            let lock = Arc::clone(&last_will.lock);
            LAST_WILL.set(Some(last_will));
            if lock.acquire_timeout(Duration::from_nanos(1)) {
                assert_eq!(lock.release(), Ok(()), "release() refused the owner");
            }
        }),
    ];
    for (when, leave) in ways {
        let lock = Arc::new(RLock::new());
        lock.acquire();
        let (tell, told) = mpsc::channel();
        let last_will = LastWill { lock: Arc::clone(&lock), tell };
        let thread = start(&lock, move |_| leave(last_will));
        thread::sleep(Duration::from_millis(1));
        assert!(told.try_recv().is_err(), "acquire() did not wait, in a destructor {when}");
        assert_eq!(lock.release(), Ok(()), "release() refused the owner");
        // With an error, if the thread has panicked.
        let _ = thread.join();
        let share = told.try_recv();
        let own = Ok((true, 1));
        assert_eq!(
            share, own,
            "(is_owned, recursion_count) after acquire(), in a destructor {when}"
        );
        assert!(lock.try_acquire(), "the lock should be free when everybody has left");
    }
}
