//! What a `Semaphore` and a `BoundedSemaphore` promise alike. Each check is run with both.

use semaphore::{AboveInitialValue, BoundedSemaphore, Semaphore};
use std::cell::RefCell;
use std::fmt::{self, Debug, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A semaphore of one kind or the other.
trait Kind: Send + Sync + 'static {
    const NAME: &'static str;

    /// A semaphore without free permits, which may be given `value`.
    fn all_taken(value: usize) -> Self;
    fn acquire(&self);
    fn try_acquire(&self) -> bool;
    /// Calls `try_permit` and keeps the permit.
    fn try_permit(&self) -> bool;
    /// Calls `permit`, and drops the guard when `work` is done.
    fn with_permit(&self, work: impl FnOnce(&dyn Debug));
    fn acquire_timeout(&self, timeout: Duration) -> bool;
    /// Gives `n` permits, which must be accepted.
    fn release(&self, n: usize);
}

impl Kind for Semaphore {
    const NAME: &'static str = "Semaphore";

    fn all_taken(_: usize) -> Self {
        Semaphore::new(0)
    }

    fn acquire(&self) {
        self.acquire();
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire()
    }

    fn try_permit(&self) -> bool {
        self.try_permit().map(std::mem::forget).is_some()
    }

    fn with_permit(&self, work: impl FnOnce(&dyn Debug)) {
        let permit = self.permit();
        work(&permit);
    }

    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout)
    }

    fn release(&self, n: usize) {
        self.release(n);
    }
}

impl Kind for BoundedSemaphore {
    const NAME: &'static str = "BoundedSemaphore";

    fn all_taken(value: usize) -> Self {
        let semaphore = BoundedSemaphore::new(value);
        probe::uninterrupted(|| (0..value).for_each(|_| semaphore.acquire()));
        semaphore
    }

    fn acquire(&self) {
        self.acquire();
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire()
    }

    fn try_permit(&self) -> bool {
        self.try_permit().map(std::mem::forget).is_some()
    }

    fn with_permit(&self, work: impl FnOnce(&dyn Debug)) {
        let permit = self.permit();
        work(&permit);
    }

    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout)
    }

    fn release(&self, n: usize) {
        assert_eq!(self.release(n), Ok(()), "release({n}): at least {n} had been acquired");
    }
}

/// The name of a way of acquiring a permit, and that way. It returns whether it got one.
type Way<S> = (&'static str, fn(&S) -> bool);

/// Starts a thread that works with a semaphore.
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

/// One tick of the checks below: a little over 100 ms, for code that counts in whole milliseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// Sleeps for a tick. Returns how late a thread may be on this clock: a few nanoseconds on the
/// grader's, which is exact (even a wait of zero length takes one). On any other clock this very sleep
/// comes out inexact; then there is no limit, and the result is `Duration::MAX`.
fn nap() -> Duration {
    let slept_at = Instant::now();
    thread::sleep(TICK);
    if slept_at.elapsed() > TICK { Duration::MAX } else { Duration::from_nanos(10) }
}

/// Acquires a permit within `limit`. Returns whether that worked and how long it took.
fn timed<S: Kind>(limit: Duration) -> impl FnOnce(&S) -> (bool, Duration) {
    move |semaphore| {
        let began = Instant::now();
        (semaphore.acquire_timeout(limit), began.elapsed())
    }
}

/// What must be true of a thread that waited for at most `limit` while no permit came.
fn gave_up_after(limit: Duration, (got_one, lasted): (bool, Duration), tolerance: Duration) {
    assert!(!got_one, "acquire_timeout() said that it got a permit, but there was none");
    assert!(lasted >= limit, "acquire_timeout({limit:?}) gave up after {lasted:?}");
    assert!(lasted - limit <= tolerance, "acquire_timeout({limit:?}) gave up after {lasted:?}");
}

/// One thread calls `try_acquire` and `try_permit`: when no permit is free, when one has been
/// released, and when another thread waits for one. It releases permits, with and without a waiter,
/// and releases too much at a `BoundedSemaphore`. None of these calls may go to sleep, not even for
/// a moment.
///
/// A thread that only tries has something else to do if it fails, and one that releases is
/// finished. Neither should be held up.
#[test]
fn trying_never_waits() {
    fn with<S: Kind>() {
        let semaphore = Arc::new(S::all_taken(2));
        let try_both = |company: &str| {
            let ways: [Way<S>; 2] =
                [("try_acquire()", S::try_acquire), ("try_permit()", S::try_permit)];
            for (way, acquire) in ways {
                let slept = probe::sleeps(|| {
                    assert!(!acquire(&semaphore), "{way} got a permit where there was none");
                });
                assert!(!slept, "{way} waited, although it should return false at once, {company}");
            }
        };
        try_both("with nobody else there");
        let slept = probe::sleeps(|| semaphore.release(2));
        assert!(!slept, "release(2) waited, with nobody else there");
        let slept = probe::sleeps(|| {
            assert!(semaphore.try_acquire(), "try_acquire() found no permit, of two");
            assert!(semaphore.try_permit(), "try_permit() found no permit, of one");
        });
        assert!(!slept, "try_acquire() or try_permit() waited, although a permit was free");
        let waiter = start(&semaphore, S::acquire);
        nap();
        try_both("and another thread waits for one");
        let slept = probe::sleeps(|| semaphore.release(1));
        assert!(!slept, "release(1) waited, with another thread waiting for a permit");
        finish(waiter);
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();

    let bounded = BoundedSemaphore::new(1);
    let slept = probe::sleeps(|| {
        assert_eq!(
            bounded.release(1),
            Err(AboveInitialValue),
            "release(1) when nothing was acquired"
        );
    });
    assert!(!slept, "release(1) waited before it was refused");
}

/// Two permits are free, and two threads call `acquire_timeout` with no time left, at the same
/// time. Both must get one. Then there is no permit left, and another thread calls it while the
/// main thread gives one and calls it too. One of the two must get it, but not both.
///
/// "No time left" means that there is no time to wait for a permit. If one is free, there is
/// nothing to wait for.
#[test]
fn no_time_is_time_enough() {
    fn with<S: Kind>() {
        let at_once = |semaphore: &S| semaphore.acquire_timeout(Duration::ZERO);
        let semaphore = Arc::new(S::all_taken(2));
        semaphore.release(2);
        let other = start(&semaphore, at_once);
        let got_one = [at_once(&semaphore), finish(other)];
        assert_eq!(
            got_one,
            [true, true],
            "whether the main thread and the other one got a permit, with two free"
        );
        let other = start(&semaphore, at_once);
        semaphore.release(1);
        let got_one = [at_once(&semaphore), finish(other)];
        assert_ne!(got_one, [false, false], "one permit was given, and both threads were refused");
        assert_ne!(got_one, [true, true], "one permit was given, and two were acquired");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// While another thread releases one permit too many and is refused, the main thread must get a
/// permit, since there are some. While another thread tries in vain to acquire the only permit of a
/// `BoundedSemaphore`, a `release(2)` must be refused, too. The refused call must not be noticeable
/// at any moment.
///
/// A refused call that changes something and puts it right again has changed something: whoever
/// looks at that moment is turned away, or let in, without reason.
#[test]
fn a_refusal_changes_nothing() {
    fn with<S: Kind>(new: fn() -> S, surplus: fn(&S)) {
        let ways: [Way<S>; 2] = [
            ("try_acquire()", S::try_acquire),
            ("acquire_timeout()", |semaphore| semaphore.acquire_timeout(Duration::ZERO)),
        ];
        for (way, acquire) in ways {
            let semaphore = Arc::new(new());
            let other = start(&semaphore, surplus);
            let got_one = acquire(&semaphore);
            finish(other);
            let name = S::NAME;
            assert!(got_one, "{way} of {name} found no permit, while another thread was refused");
        }
    }
    with::<Semaphore>(
        || Semaphore::new(usize::MAX),
        |semaphore| {
            // It is refused, unless the main thread comes first.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| semaphore.release(1)));
        },
    );
    with::<BoundedSemaphore>(
        || BoundedSemaphore::new(1),
        |semaphore| {
            let _ = semaphore.release(1);
        },
    );

    let ways: [Way<BoundedSemaphore>; 4] = [
        ("try_acquire()", BoundedSemaphore::try_acquire),
        ("try_permit()", |semaphore| semaphore.try_permit().is_some()),
        ("acquire_timeout(0)", |semaphore| semaphore.acquire_timeout(Duration::ZERO)),
        ("acquire_timeout(1 ms)", |semaphore| semaphore.acquire_timeout(Duration::from_millis(1))),
    ];
    for (way, acquire) in ways {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        semaphore.acquire();
        let other = start(&semaphore, acquire);
        let released = semaphore.release(2);
        assert_eq!(
            released,
            Err(AboveInitialValue),
            "release(2) with one of one permits taken, while another thread calls {way}"
        );
        assert!(!finish(other), "{way} got a permit, where the only one was taken");
        assert_eq!(semaphore.release(1), Ok(()), "release(1) when one was acquired");
    }
}

/// There are two semaphores, and a thread waits at each. The main thread gives a permit at the
/// first, and when the thread there has it, at the second. Each must let in its own waiter, and no
/// more, whichever came first.
///
/// A permit is a permit of one semaphore. What happens at another one is no reason to let a thread
/// in, or to forget it.
#[test]
fn semaphores_do_not_know_each_other() {
    fn with<S: Kind>() {
        let both = [0, 1].map(|_| Arc::new(S::all_taken(1)));
        let waiters = [0, 1].map(|n: usize| start(&both[n], S::acquire));
        for (semaphore, waiter) in both.iter().zip(waiters) {
            semaphore.release(1);
            finish(waiter);
            assert!(!semaphore.try_acquire(), "one permit was given and acquired, but one is left");
        }
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// A thread waits at a `BoundedSemaphore` for at most three ticks. Meanwhile the main thread gives
/// a permit and takes it back, twice. The waiter may get one of them; if not, it must give up after
/// three ticks in total. Then one waits for at most two ticks, beside one without a timeout: it
/// must give up after two, and the other one must get the next permit.
///
/// A timeout that starts again with every wakeup is no timeout, at either kind of semaphore.
#[test]
fn a_bounded_timeout_is_total() {
    let tolerance = nap();
    let semaphore = Arc::new(BoundedSemaphore::all_taken(2));
    let disturbed = start(&semaphore, timed(3 * TICK));
    let mut got_back = 0;
    for _ in 0..2 {
        thread::sleep(TICK);
        Kind::release(&*semaphore, 1);
        got_back += usize::from(semaphore.try_acquire());
    }
    let (got_one, lasted) = finish(disturbed);
    if got_one {
        let late = lasted.saturating_sub(2 * TICK);
        assert!(late <= tolerance, "it got a permit after {lasted:?}, {late:?} after the last one");
    } else {
        gave_up_after(3 * TICK, (got_one, lasted), tolerance);
    }
    let free = (0..3).take_while(|_| semaphore.try_acquire()).count();
    assert_eq!(got_back + usize::from(got_one) + free, 2, "permits acquired, of 2 that were given");

    let patient = start(&semaphore, BoundedSemaphore::acquire);
    thread::sleep(TICK);
    gave_up_after(2 * TICK, timed::<BoundedSemaphore>(2 * TICK)(&semaphore), tolerance);
    Kind::release(&*semaphore, 1);
    finish(patient);
    assert!(!semaphore.try_acquire(), "one permit was given and acquired, but one is left");
}

/// A permit is given to a `BoundedSemaphore` just as one waiter's time runs out, while another
/// waits without a limit. The one with the limit may get the permit, and then release it, or give
/// up, even if it runs only when its time is up. Either way the other one must get the permit in
/// the end, and then it must be free.
///
/// A permit that is lost now and then is not missed until the last one is gone.
#[test]
fn a_bounded_permit_is_never_lost() {
    let moment = Duration::from_millis(1);
    let semaphore = Arc::new(BoundedSemaphore::all_taken(1));
    let hasty = start(&semaphore, move |semaphore| {
        if semaphore.acquire_timeout(moment) {
            Kind::release(semaphore, 1);
        }
    });
    let patient = start(&semaphore, |semaphore| drop(semaphore.permit()));
    thread::sleep(moment);
    Kind::release(&*semaphore, 1);
    thread::sleep(2 * moment);
    finish(patient);
    finish(hasty);
    assert_eq!(
        semaphore.release(1),
        Err(AboveInitialValue),
        "release(1) when all had been released"
    );
    assert!(semaphore.try_acquire(), "the only permit should be free when everybody has left");
}

/// Two threads wait, the first with a limit. The main thread gives a permit and, if it can, takes
/// it back at once, so that a waiter may be woken for nothing. When it gives it for good, both must
/// get it, one after the other, at that moment. Then the first waiter's time is up just at the
/// first release: it may give up, but the other one must get the permit.
///
/// A waiter that was overtaken still waits, or leaves the others waiting. If it does not see to it
/// that the next release wakes somebody, a permit is free, and threads wait for it.
#[test]
fn overtaken_waiters_are_woken_again() {
    fn with<S: Kind>(limit: Duration, tolerance: Duration) {
        let semaphore = Arc::new(S::all_taken(1));
        let began = Instant::now();
        let limited = start(&semaphore, move |semaphore: &S| {
            let (got_one, lasted) = timed(limit)(semaphore);
            if got_one {
                semaphore.release(1);
            }
            (got_one, lasted)
        });
        thread::sleep(TICK);
        let patient = start(&semaphore, move |semaphore: &S| {
            semaphore.acquire();
            semaphore.release(1);
            began.elapsed()
        });
        thread::sleep(TICK);
        semaphore.release(1);
        if semaphore.try_acquire() {
            thread::sleep(TICK);
            semaphore.release(1);
        }
        let given = began.elapsed();
        let late = finish(patient).saturating_sub(given);
        assert!(late <= tolerance, "acquire() returned {late:?} after a permit was given");
        let (got_one, lasted) = finish(limited);
        if got_one {
            let late = lasted.saturating_sub(limit.min(given));
            assert!(late <= tolerance, "acquire_timeout({limit:?}) got a permit {late:?} late");
        } else {
            assert!(given >= limit, "acquire_timeout({limit:?}) got no permit after {given:?}");
            gave_up_after(limit, (got_one, lasted), tolerance);
        }
        let free = (0..2).take_while(|_| semaphore.try_acquire()).count();
        assert_eq!(free, 1, "permits free when everybody has left, of one that there is");
    }
    let tolerance = nap();
    for limit in [10 * TICK, 2 * TICK] {
        with::<Semaphore>(limit, tolerance);
        with::<BoundedSemaphore>(limit, tolerance);
    }
}

/// A permit is given just as a waiter's time runs out, and the main thread takes it back, if it can.
/// Only then does another thread begin to wait, without a limit, and another permit is given. The
/// first waiter may either get a permit, which it then releases, or give up, however late. Either
/// way the other thread must get a permit.
///
/// A thread that leaves strikes itself off a list, or a count. If a release has already done so, that
/// costs another thread its place.
#[test]
fn who_leaves_late_leaves_alone() {
    fn with<S: Kind>() {
        let moment = Duration::from_millis(1);
        let semaphore = Arc::new(S::all_taken(2));
        let leaver = start(&semaphore, move |semaphore: &S| {
            if semaphore.acquire_timeout(moment) {
                semaphore.release(1);
            }
        });
        thread::sleep(moment);
        semaphore.release(1);
        let taken_back = semaphore.try_acquire();
        let patient = start(&semaphore, S::acquire);
        thread::sleep(moment);
        semaphore.release(1);
        finish(patient);
        finish(leaver);
        let free = (0..3).take_while(|_| semaphore.try_acquire()).count();
        let kept = 1 + usize::from(taken_back);
        assert_eq!(kept + free, 2, "permits kept or free, of 2 that were given");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// A permit is given just as a waiter's time runs out. Whether that thread gets it or gives up, it
/// then waits for another permit, without a limit: first at the same semaphore, then at another one.
/// It must not go on with a permit that was not given yet.
///
/// What was meant for one wait may come late. It is no reason to end the next one.
#[test]
fn a_late_call_ends_no_other_wait() {
    fn with<S: Kind>(same: bool) {
        let moment = Duration::from_millis(1);
        let semaphore = Arc::new(S::all_taken(2));
        let next = if same { Arc::clone(&semaphore) } else { Arc::new(S::all_taken(1)) };
        let given = Arc::new(AtomicUsize::new(0));
        let waiter = start(&semaphore, {
            let (next, given) = (Arc::clone(&next), Arc::clone(&given));
            move |semaphore: &S| {
                let got_one = semaphore.acquire_timeout(moment);
                next.acquire();
                (got_one, given.load(SeqCst))
            }
        });
        thread::sleep(moment);
        given.store(1, SeqCst);
        semaphore.release(1);
        thread::sleep(moment);
        given.store(2, SeqCst);
        next.release(1);
        let (got_one, given) = finish(waiter);
        let needed = if same { 1 + usize::from(got_one) } else { 2 };
        let name = S::NAME;
        assert!(given >= needed, "{name}: acquire() returned before its permit was given");
        let free = [&semaphore, &next]
            .map(|semaphore| (0..3).take_while(|_| semaphore.try_acquire()).count());
        let left = usize::from(!got_one);
        assert_eq!(free[0] + free[1], left, "{name}: permits left, of two that were given");
    }
    for same in [true, false] {
        with::<Semaphore>(same);
        with::<BoundedSemaphore>(same);
    }
}

/// Paper for `{:?}`, with room for so many pieces of text. The next one ends in a panic.
struct Paper(usize);

impl fmt::Write for Paper {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        if self.0 == 0 {
            // Like `panic!`, but without a message on the screen.
            panic::resume_unwind(Box::new("no paper left"));
        }
        self.0 -= 1;
        Ok(())
    }
}

/// One thread prints a semaphore with `{:?}`: alone, and while another thread waits. It also prints
/// both the semaphore and a guard to a writer that panics: at the first piece of text, then at the
/// second, and so on. Each time printing must come to an end, the guard must release its permit, and the semaphore must
/// work as usual.
///
/// Printing is for finding mistakes, mostly at the worst moment. It must not make new ones.
#[test]
fn printing_does_no_harm() {
    fn with<S: Kind + Debug>() {
        let name = S::NAME;
        let semaphore = Arc::new(S::all_taken(1));
        semaphore.release(1);
        let _ = format!("{semaphore:?}");
        for room in 0..100 {
            let print = || {
                semaphore.with_permit(|permit| {
                    let _ = write!(Paper(room), "{permit:?} {semaphore:?}");
                });
            };
            let done = panic::catch_unwind(AssertUnwindSafe(print)).is_ok();
            assert!(semaphore.try_acquire(), "{name}: the permit is lost, after a panic in {{:?}}");
            assert!(!semaphore.try_acquire(), "{name}: there are two permits, of one");
            semaphore.release(1);
            if done {
                break;
            }
        }
        semaphore.acquire();
        let waiter = start(&semaphore, S::acquire);
        thread::sleep(Duration::from_millis(1));
        let _ = format!("{semaphore:?}");
        semaphore.release(1);
        finish(waiter);
        assert!(!semaphore.try_acquire(), "{name}: there are two permits, of one");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// Two threads wait, one of them with a limit. Two permits are given with one call just as its time
/// is up. The one with the limit may get one, or give up. The other one must get a permit, and what
/// nobody has acquired must be free.
///
/// A thread that comes at the last moment may still take its permit, but must not keep the second
/// one from those who wait.
#[test]
fn two_given_as_the_time_is_up() {
    fn with<S: Kind>() {
        let moment = Duration::from_millis(1);
        let semaphore = Arc::new(S::all_taken(2));
        let hasty = start(&semaphore, move |semaphore: &S| semaphore.acquire_timeout(moment));
        let patient = start(&semaphore, S::acquire);
        thread::sleep(moment);
        semaphore.release(2);
        finish(patient);
        let acquired = 1 + usize::from(finish(hasty));
        let free = (0..3).take_while(|_| semaphore.try_acquire()).count();
        assert_eq!(acquired + free, 2, "permits acquired or free, of 2 that were given");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// Sixty permits are free, and three threads acquire twenty each, all at the same time: one with
/// `try_acquire`, one with `try_permit`, and one with `acquire_timeout` and no time left. None of
/// them may ever be refused. Each gives its permits back, one by one, and then all sixty must be
/// free.
///
/// That others were quicker is no reason to say that there is none, however often it happens.
#[test]
fn enough_for_all_who_try() {
    fn with<S: Kind>() {
        let semaphore = Arc::new(S::all_taken(60));
        semaphore.release(60);
        let ways: [Way<S>; 3] = [
            ("try_acquire()", S::try_acquire),
            ("try_permit()", S::try_permit),
            ("acquire_timeout(0)", |semaphore| semaphore.acquire_timeout(Duration::ZERO)),
        ];
        let threads = ways.map(|(way, acquire)| {
            let thread = start(&semaphore, move |semaphore| {
                let acquired = (0..20).filter(|_| acquire(semaphore)).count();
                (0..acquired).for_each(|_| semaphore.release(1));
                acquired
            });
            (way, thread)
        });
        for (way, thread) in threads {
            let name = S::NAME;
            assert_eq!(finish(thread), 20, "permits that 20 calls of {name}::{way} got");
        }
        let free = (0..61).take_while(|_| semaphore.try_acquire()).count();
        assert_eq!(free, 60, "permits free when all have been given back, of 60");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// A call gives more permits than can be counted (or, for a `BoundedSemaphore`, than it had at the
/// start), and is refused. Then two threads wait, one of them with a limit, and the main thread calls
/// `release(0)`, which must panic. Each of the two must get a permit when two are given.
///
/// A mistake of one thread must not spoil the semaphore for the others.
#[test]
fn a_refusal_harms_no_waiter() {
    fn with<S: Kind>() {
        let semaphore = Arc::new(S::all_taken(2));
        let is_refused =
            |n: usize| panic::catch_unwind(AssertUnwindSafe(|| semaphore.release(n))).is_err();
        let name = S::NAME;
        semaphore.release(1);
        assert!(is_refused(usize::MAX), "{name}: release(usize::MAX) was accepted with one free");
        semaphore.acquire();
        let limited = start(&semaphore, |semaphore: &S| semaphore.acquire_timeout(Duration::MAX));
        let patient = start(&semaphore, S::acquire);
        thread::sleep(Duration::from_millis(1));
        assert!(is_refused(0), "{name}: release(0) was accepted");
        semaphore.release(1);
        semaphore.release(1);
        assert!(finish(limited), "{name}: acquire_timeout() gave up long before its time");
        finish(patient);
        assert!(!semaphore.try_acquire(), "two permits were given and acquired, but one is left");
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// What a thread does in a destructor.
struct Finally(Option<Box<dyn FnOnce() + Send>>);

impl Drop for Finally {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

thread_local! {
    static AT_THE_END: RefCell<Finally> = const { RefCell::new(Finally(None)) };
}

/// What a thread does while it ends: it acquires two permits, one of them with a limit, gives one
/// back, and tells whether it got both.
fn farewell<S: Kind>(semaphore: &Arc<S>) -> (Finally, mpsc::Receiver<bool>) {
    let (tell, told) = mpsc::channel();
    let semaphore = Arc::clone(semaphore);
    let work = move || {
        semaphore.acquire();
        let in_time = semaphore.acquire_timeout(Duration::MAX);
        semaphore.release(1);
        tell.send(in_time).expect("the main thread listens");
    };
    (Finally(Some(Box::new(work))), told)
}

/// A thread waits for two permits in a destructor while it panics, for a reason that has nothing to
/// do with the semaphore. Then another thread does so as it ends, in the destructor of a
/// thread-local variable (`thread_local!`). Each must get both.
///
/// Any thread may need a permit, also at its end, when most of what belonged to it is gone.
#[test]
fn a_destructor_waits() {
    fn with<S: Kind>() {
        type Leave<S> = fn(&S, Finally);
        let ways: [(&str, Leave<S>); 2] = [
            ("during a panic", |_, _farewell| panic!("the connection is gone, on purpose")),
            ("at the end of its thread", |semaphore, farewell| {
                // What the thread uses after this is gone before it.
                AT_THE_END.set(farewell);
                if semaphore.acquire_timeout(Duration::from_nanos(1)) {
                    semaphore.release(1);
                }
            }),
        ];
        for (when, leave) in ways {
            let semaphore = Arc::new(S::all_taken(2));
            let (farewell, told) = farewell(&semaphore);
            let thread = start(&semaphore, move |semaphore| leave(semaphore, farewell));
            for _ in 0..2 {
                thread::sleep(Duration::from_millis(1));
                semaphore.release(1);
            }
            // With an error, if the thread has panicked.
            let _ = thread.join();
            let name = S::NAME;
            let told = told.try_recv();
            assert_eq!(told, Ok(true), "{name}: whether a destructor {when} got its two permits");
            assert!(semaphore.try_acquire(), "{name}: the permit that it gave back is lost");
        }
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// A thread waits for a permit, for at most a nanosecond, a microsecond, a second, an hour, and so
/// on up to ninety years, and no permit comes. It must give up when the time is up, no sooner and
/// no later. Then it waits with longer limits, from 97 days to 73 billion years, and a permit comes
/// after one tick. It must get it at that moment.
///
/// A limit that is counted in a number too small for it, or that is cut off where it seems long
/// enough, comes out as another one, or as none.
#[test]
fn a_timeout_of_any_length() {
    fn with<S: Kind>(tolerance: Duration) {
        let semaphore = Arc::new(S::all_taken(1));
        // No real clock has years to spare.
        let exact = tolerance < Duration::MAX;
        let a_day = 24 * 60 * 60;
        let seconds = [1, 60 * 60, 31 * a_day, 366 * a_day, 90 * 366 * a_day];
        let odd = Duration::from_nanos(1_001);
        let longer = seconds.map(|seconds| Duration::from_secs(seconds) + odd);
        let limits = [Duration::from_nanos(1), odd].into_iter().chain(longer);
        for limit in limits.take(if exact { usize::MAX } else { 3 }) {
            gave_up_after(limit, timed(limit)(&*semaphore), tolerance);
        }
        // In nanoseconds, microseconds, milliseconds or seconds, each of these has only zeros in its
        // last 32 or 64 bits.
        for power in [23, 26, 29, 32, 55, 58, 61] {
            let limit = Duration::from_secs(1 << power);
            let other = start(&semaphore, |semaphore: &S| {
                thread::sleep(TICK);
                semaphore.release(1);
            });
            let (got_one, lasted) = timed(limit)(&*semaphore);
            assert!(got_one, "acquire_timeout({limit:?}) gave up after {lasted:?}");
            finish(other);
            let late = lasted.saturating_sub(TICK);
            assert!(late <= tolerance, "acquire_timeout({limit:?}) returned {late:?} late");
        }
    }
    let tolerance = nap();
    with::<Semaphore>(tolerance);
    with::<BoundedSemaphore>(tolerance);
}

/// 260 threads wait for a permit, every other one with a long timeout. The main thread gives 130
/// with one call: exactly 130 threads must go on. Then it gives as many again, one by one and
/// without a pause, and all the others must go on.
///
/// What works for three threads may stop at eight, at sixty-four, or when a number of eight bits is
/// full. Then permits are free, and threads wait for them.
#[test]
fn a_crowd_gets_in() {
    fn with<S: Kind>() {
        let semaphore = Arc::new(S::all_taken(260));
        let through = Arc::new(AtomicUsize::new(0));
        let crowd: Vec<_> = (0..260)
            .map(|n| {
                let through = Arc::clone(&through);
                start(&semaphore, move |semaphore: &S| {
                    if n % 2 == 0 {
                        semaphore.acquire();
                    } else {
                        let in_time = semaphore.acquire_timeout(Duration::MAX);
                        assert!(in_time, "acquire_timeout() gave up long before its time");
                    }
                    through.fetch_add(1, SeqCst);
                })
            })
            .collect();
        // `cargo test` has no exact clock, and allows up to ten seconds.
        let through_after = |give: &dyn Fn(), wanted: usize| {
            probe::uninterrupted(give);
            for _ in 0..100 {
                nap();
                if through.load(SeqCst) >= wanted {
                    break;
                }
            }
            through.load(SeqCst)
        };
        let name = S::NAME;
        let after = through_after(&|| semaphore.release(130), 130);
        assert_eq!(after, 130, "waiters (of 260) that got in after {name}::release(130)");
        let after = through_after(&|| (0..130).for_each(|_| semaphore.release(1)), 260);
        assert_eq!(after, 260, "waiters (of 260) that got in after 130 more of {name}::release(1)");
        crowd.into_iter().for_each(finish);
    }
    with::<Semaphore>();
    with::<BoundedSemaphore>();
}

/// One thread waits for a permit, and a great many are given: 256, then 65,536, and then more than
/// four thousand million (only with a `Semaphore`). Each time the thread must go on. One of the
/// permits is for it, and all the others must be free.
///
/// 256 are none, if they are counted in eight bits.
#[test]
fn one_waiter_and_a_great_many() {
    fn with<S: Kind>(n: usize) {
        let semaphore = Arc::new(S::all_taken(n));
        let waiter = start(&semaphore, S::acquire);
        nap();
        semaphore.release(n);
        finish(waiter);
        let taken =
            probe::uninterrupted(|| (0..300).take_while(|_| semaphore.try_acquire()).count());
        assert_eq!(
            taken,
            (n - 1).min(300),
            "permits that were left, of {n} and counted up to 300, when one thread had one"
        );
    }
    with::<Semaphore>(256);
    with::<Semaphore>(65_536);
    with::<Semaphore>(1 << 32);
    with::<BoundedSemaphore>(256);
    with::<BoundedSemaphore>(65_536);
}

/// While two threads wait without a limit, 65,535 callers (300 at a `BoundedSemaphore`) want a permit
/// within a nanosecond, one after another, and all of them give up. Then another thread waits
/// without a limit. When three permits are given, one by one, all three waiters must get one.
///
/// Those who gave up are gone, however many they were. What each of them leaves behind may be too
/// small to notice. A program that runs for a year notices.
#[test]
fn many_who_gave_up_are_gone() {
    fn with<S: Kind>(callers: usize) {
        let semaphore = Arc::new(S::all_taken(3));
        let early = [0, 1].map(|_| start(&semaphore, S::acquire));
        nap();
        probe::uninterrupted(|| {
            for _ in 0..callers {
                let got_one = semaphore.acquire_timeout(Duration::from_nanos(1));
                assert!(!got_one, "acquire_timeout() got a permit where there was none");
            }
        });
        let late = start(&semaphore, S::acquire);
        nap();
        // A semaphore that skips all of them on a list takes its time.
        probe::uninterrupted(|| (0..3).for_each(|_| semaphore.release(1)));
        early.into_iter().chain([late]).for_each(finish);
        assert!(!semaphore.try_acquire(), "three permits were given and acquired; one is left");
    }
    with::<Semaphore>(65_535);
    with::<BoundedSemaphore>(300);
}
