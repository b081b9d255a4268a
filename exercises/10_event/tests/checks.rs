//! What an `Event` promises its users.

use event::Event;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Starts a thread that works with the event.
fn start<R: Send + 'static>(
    event: &Arc<Event>,
    work: impl FnOnce(&Event) -> R + Send + 'static,
) -> JoinHandle<R> {
    let event = Arc::clone(event);
    thread::spawn(move || work(&event))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the event should not have panicked")
}

/// One thread sets and clears the event, once and twice in a row, and checks it. Setting it twice
/// must do no more than setting it once, so one `clear` is enough, and the other way round. While
/// the event is set, no call may wait, however many there are: waiting does not use the event up.
#[test]
fn set_and_cleared() {
    let event = Event::new();
    assert!(!event.is_set(), "a new event should not be set");
    assert!(!event.wait_timeout(Duration::ZERO), "wait_timeout() said that a new event was set");

    event.clear();
    assert!(!event.is_set(), "clear() set an event");
    event.set();
    assert!(event.is_set(), "the event should be set after clear() and set()");
    event.wait();
    assert!(event.is_set(), "the event should still be set after wait()");
    assert!(event.wait_timeout(Duration::ZERO), "wait_timeout() said that a set event was not set");
    event.set();
    assert!(event.is_set(), "the event should be set after set() was called twice");
    event.clear();
    assert!(!event.is_set(), "the event should not be set after clear(), however often it was set");
    assert!(!event.wait_timeout(Duration::ZERO), "wait_timeout() did not notice clear()");
    event.clear();
    assert!(!event.is_set(), "the event should not be set after clear() was called twice");
    event.set();
    event.wait();
    assert!(event.is_set(), "the event should be set after set()");

    let event = Event::default();
    assert!(!event.is_set(), "an event made by default() should not be set");
    event.set();
    let moved = Box::new(event);
    assert!(moved.is_set(), "the event should be set when it is moved to another place");
    moved.wait();
}

/// Another thread waits for the event. The main thread clears it, which changes nothing, then
/// writes a note and sets it. The other thread must get through, whenever it came, and find the
/// note. It must also find the event set, since nobody clears it any more, even if `set` has not
/// returned yet.
///
/// A thread that goes on too early works with what is not ready; one that never goes on is missed.
#[test]
fn wait_waits_for_set() {
    let event = Arc::new(Event::new());
    let note = Arc::new(AtomicBool::new(false));
    let reader = start(&event, {
        let note = Arc::clone(&note);
        move |event| {
            event.wait();
            (note.load(SeqCst), event.is_set(), event.wait_timeout(Duration::ZERO))
        }
    });
    event.clear();
    assert!(!event.is_set(), "a thread that only waits for the event has set it");
    note.store(true, SeqCst);
    event.set();
    let (note_was_there, was_set, still_set) = finish(reader);
    assert!(note_was_there, "wait() returned before the event was set");
    assert!(was_set, "is_set() said false to a thread that the event had just freed");
    assert!(still_set, "wait_timeout() said false to a thread that the event had just freed");
    assert!(event.is_set(), "the event should stay set when a thread has waited for it");
}

/// Three threads wait for the event, and the main thread sets it, once. All three must get through,
/// whenever they came: the first thread to notice an event does not use it up. As soon as `set` has
/// returned, the event must be set, and stay so, whatever those three are doing.
#[test]
fn set_frees_all() {
    let event = Arc::new(Event::new());
    let waiters = [0; 3].map(|_| start(&event, Event::wait));
    event.set();
    assert!(event.is_set(), "is_set() should be true as soon as set() has returned");
    for waiter in waiters {
        finish(waiter);
    }
    assert!(event.is_set(), "the event should stay set when all have gone on");
}

/// The event is set, and another thread sets it once more. Meanwhile the main thread must find the
/// event set, whichever way it asks, even with no time left. Then an event that has never been set
/// is cleared by another thread: meanwhile the main thread must find it not set.
///
/// Setting an event that is set changes nothing, not even for a moment. Otherwise a thread that
/// looks at that very moment waits for a signal that it has been given.
#[test]
fn once_more_changes_nothing() {
    let event = Arc::new(Event::new());
    event.set();
    let sets_again = start(&event, Event::set);
    assert!(event.is_set(), "is_set() said false about a set event, which was set once more");
    let noticed = event.wait_timeout(Duration::ZERO);
    assert!(noticed, "wait_timeout() said false about a set event, which was set once more");
    event.wait();
    finish(sets_again);

    let event = Arc::new(Event::new());
    let clears_again = start(&event, Event::clear);
    assert!(!event.is_set(), "is_set() said true about an event that nobody has ever set");
    let noticed = event.wait_timeout(Duration::from_millis(1));
    assert!(!noticed, "wait_timeout() said true about an event that nobody has ever set");
    finish(clears_again);
}

/// A thread sets the event, and the main thread asks meanwhile: with `is_set`, `wait_timeout`, and
/// `is_set` again. Once told that it is set, it must not be told that it is not. Likewise when it
/// is cleared: once told that it is not set, it must not be told that it is.
///
/// An event is set, and cleared, at one moment, which is the same for all methods. A thread that
/// has seen the event cleared waits for the next signal, and not for the end of the previous one.
#[test]
fn all_see_it_at_the_same_moment() {
    let ask = |event: &Event, limit| [event.is_set(), event.wait_timeout(limit), event.is_set()];
    let event = Arc::new(Event::new());
    let sets = start(&event, Event::set);
    let told = ask(&event, Duration::ZERO);
    assert!(
        told.is_sorted(),
        "what is_set, wait_timeout, is_set said, one after another, while another thread set it: \
         {told:?}"
    );
    finish(sets);
    let clears = start(&event, Event::clear);
    let told = ask(&event, Duration::from_millis(1));
    let never_back = told.is_sorted_by(|earlier, later| earlier >= later);
    assert!(
        never_back,
        "what is_set, wait_timeout, is_set said, one after another, while another thread cleared \
         it: {told:?}"
    );
    finish(clears);
}

/// Two threads set the event at the same time: after that it must be set. Two threads clear it at
/// the same time, and a third one comes and waits when one of them is done: when both are done, it
/// must not be set. Then the main thread calls `set()` once more: the waiting thread must be freed,
/// and the event must stay set.
///
/// Any number of threads may do the same at once. If one of them decides by what it saw, and acts
/// when that is no longer so, the two undo each other's work, or a thread that waits already is
/// forgotten.
#[test]
fn two_do_the_same_at_once() {
    let event = Arc::new(Event::new());
    let sets = start(&event, Event::set);
    event.set();
    finish(sets);
    assert!(event.is_set(), "the event should be set when two threads have set it");
    let clears = start(&event, Event::clear);
    event.clear();
    let waits = start(&event, Event::wait);
    finish(clears);
    assert!(!event.is_set(), "the event should not be set when two threads have cleared it");
    event.set();
    finish(waits);
    assert!(event.is_set(), "the event should be set: it was set after all others had cleared it");
}

/// Sets `done` when it is dropped, waits for it, and clears `busy` if `done` looks set.
struct Finally {
    done: Arc<Event>,
    busy: Arc<Event>,
}

impl Drop for Finally {
    fn drop(&mut self) {
        self.done.set();
        self.done.wait();
        if self.done.is_set() && self.done.wait_timeout(Duration::ZERO) {
            self.busy.clear();
        }
    }
}

/// A thread waits for the main thread to be done. The main thread panics, for a reason that has
/// nothing to do with the event. On its way out, a destructor sets the event and then waits for it;
/// that call must return at once. `is_set()` must then be true. It then clears a second event,
/// which must be cleared afterwards. The other thread must be freed.
///
/// Destructors tell others that the work is over, above all when something has gone wrong.
#[test]
fn a_destructor_sets_it() {
    let event = Arc::new(Event::new());
    let busy = Arc::new(Event::new());
    busy.set();
    let waiter = start(&event, Event::wait);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _finally = Finally { done: Arc::clone(&event), busy: Arc::clone(&busy) };
        panic!("the map cannot be read, on purpose");
    }));
    assert!(panic.is_err(), "the thread's own panic got lost");
    assert!(event.is_set(), "the event should be set by a destructor in a panic");
    assert!(
        !busy.is_set(),
        "a destructor cleared a second event during a panic, but it is still set"
    );
    finish(waiter);
}

/// What a thread does in a destructor: it waits for the event, without and then with a timeout, and
/// sets `done`. It does nothing if `wait_timeout()` says that the event was not set.
struct LastWill {
    event: Arc<Event>,
    done: Arc<Event>,
}

impl Drop for LastWill {
    fn drop(&mut self) {
        self.event.wait();
        if self.event.wait_timeout(GENEROUS) {
            self.done.set();
        }
    }
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// A thread waits in a destructor while it panics, for a reason that has nothing to do with the event.
/// Then another thread does so as it ends, in the destructor of a thread-local variable
/// (`thread_local!`). Each must wait until the event is set, and go on then.
///
/// Any thread may wait at any time, also at its end, when most of what belonged to it is gone.
#[test]
fn a_destructor_waits() {
    type Leave = fn(LastWill);
    let ways: [(&str, Leave); 2] = [
        ("during a panic", |_last_will| panic!("the map cannot be read, on purpose")),
        ("at the end of its thread", |last_will| {
            // What the thread uses after this is gone before it.
            let event = Arc::clone(&last_will.event);
            LAST_WILL.set(Some(last_will));
            event.wait_timeout(Duration::from_nanos(1));
        }),
    ];
    for (when, leave) in ways {
        let event = Arc::new(Event::new());
        let done = Arc::new(Event::new());
        let thread = start(&event, {
            let last_will = LastWill { event: Arc::clone(&event), done: Arc::clone(&done) };
            move |_| leave(last_will)
        });
        thread::sleep(Duration::from_millis(1));
        assert!(!done.is_set(), "wait() returned before the event was set, in a destructor {when}");
        event.set();
        // With an error, if the thread has panicked.
        let _ = thread.join();
        assert!(
            done.is_set(),
            "in a destructor {when}, wait() or wait_timeout() returned too early"
        );
    }
}

/// Sleeps for a little over 20 ms, so that a thread that polls every millisecond is not on time by
/// chance. Returns how late a thread may be on this clock: a few nanoseconds on the grader's, which
/// is exact (even a wait of zero length takes one). On any other clock this very sleep comes out
/// inexact; then there is no limit: machines may be slow, and that is not the event's fault.
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

/// How long the main thread sleeps in the checks below. On the grader's clock, time passes only when
/// no thread can do anything but wait. So when a second is over, every thread that was on its way to
/// `wait` is certain to be waiting there.
const SECOND: Duration = Duration::from_secs(1);

/// Two threads wait for the event, the second one for at most a minute. After a second the main
/// thread calls `set()` and immediately `clear()`. Both threads must be freed in that very second,
/// and the second one must be told that the event was set, even if it is cleared again when they
/// run.
///
/// A thread that was waiting when a signal was given has been given the signal. That it was short
/// is no reason to miss it. And neither `set` nor `clear` may wait until all threads have noticed.
#[test]
fn set_then_clear_frees_all_who_waited() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let patient = start(&event, move |event| {
        event.wait();
        clock.elapsed().as_secs()
    });
    let limited = start(&event, move |event| {
        let was_set = event.wait_timeout(60 * SECOND);
        (was_set, clock.elapsed().as_secs())
    });
    thread::sleep(SECOND);
    let woke_up = Instant::now();
    event.set();
    event.clear();
    let took = woke_up.elapsed();
    let tolerance = nap();
    assert!(took <= tolerance, "set() and clear() should not wait, but took {took:?}");
    assert!(!event.is_set(), "the event should not be set after clear()");
    assert_eq!(finish(patient), 1, "the second in which wait() returned");
    let (was_set, at) = finish(limited);
    assert!(was_set, "wait_timeout() missed the event, which was set and cleared");
    assert_eq!(at, 1, "the second in which wait_timeout() returned");
}

/// The event is set and cleared, and then a thread comes and waits: it must wait until the event is
/// set the next time, a second later. Then it sleeps for a while, and the event is set and cleared.
/// It must wait for the next time again. Each time the signal is given twice in a row, which must
/// work as well as once.
///
/// A signal is for the threads that wait when it is given, and for nobody who comes later. A signal
/// that still works after it was cleared is a false alarm for every thread that comes.
#[test]
fn after_clear_one_waits_again() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    event.set();
    event.clear();
    let latecomer = start(&event, move |event| {
        event.wait();
        let first = clock.elapsed().as_secs();
        thread::sleep(SECOND / 2);
        event.wait();
        (first, clock.elapsed().as_secs())
    });
    for pause in [SECOND, SECOND / 4, SECOND] {
        thread::sleep(pause);
        event.set();
        event.clear();
        event.set();
        event.clear();
    }
    assert_eq!(finish(latecomer), (1, 2), "the seconds in which the two calls of wait() returned");
    assert!(!event.wait_timeout(SECOND), "wait_timeout() said true, but the event was cleared");
}

/// Two threads wait for the event. One of them is quick, and calls `wait` again as soon as it is
/// free. After one second the event is set and cleared, and again a second later. Both must be
/// freed after the first second, whatever the quick one does then: no thread may use up a signal
/// that was given to another.
#[test]
fn a_quick_thread_takes_nobodys_turn() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let quick = start(&event, move |event| {
        event.wait();
        let first = clock.elapsed().as_secs();
        // Returns at once if the event has not been cleared yet, or else the next time it is set.
        event.wait();
        first
    });
    let slow = start(&event, move |event| {
        event.wait();
        clock.elapsed().as_secs()
    });
    for _ in 0..2 {
        thread::sleep(SECOND);
        event.set();
        event.clear();
    }
    assert_eq!(finish(slow), 1, "the second in which the slow thread was freed");
    assert_eq!(
        finish(quick),
        1,
        "the second in which the quick thread was freed for the first time"
    );
}

/// Threads wait, some of them for a limited time, and give up one after another, while others come. Each
/// time the event is set and cleared, all that are still waiting must be freed, in that very second,
/// whoever has left before them. A thread that gives up must not take another's place with it.
#[test]
fn leaving_takes_nobody_along() {
    let waiter = |event: &Arc<Event>| {
        let came = Instant::now();
        start(event, move |event| {
            event.wait();
            came.elapsed().as_secs()
        })
    };
    let event = Arc::new(Event::new());
    let leaver = start(&event, |event| event.wait_timeout(SECOND));
    thread::sleep(SECOND / 2);
    let patient = waiter(&event);
    thread::sleep(2 * SECOND);
    event.set();
    event.clear();
    assert!(!finish(leaver), "wait_timeout() said that the event was set, but it was not");
    assert_eq!(finish(patient), 2, "the second in which the patient thread was freed");

    let early = waiter(&event);
    thread::sleep(SECOND / 4);
    let leavers = [SECOND, 2 * SECOND].map(|limit| {
        let leaver = start(&event, move |event| event.wait_timeout(limit));
        thread::sleep(SECOND / 4);
        leaver
    });
    thread::sleep(SECOND);
    let late = waiter(&event);
    thread::sleep(2 * SECOND);
    event.set();
    event.clear();
    assert_eq!(
        leavers.map(finish),
        [false, false],
        "what wait_timeout() said to two threads that gave up"
    );
    let freed = [finish(early), finish(late)];
    assert_eq!(
        freed,
        [3, 2],
        "the seconds after which an early and a late thread were freed, each since it came"
    );
}

/// Starts a thread that waits, and tells in which second since `clock` it was freed.
fn freed_at(event: &Arc<Event>, clock: Instant) -> JoinHandle<u64> {
    start(event, move |event| {
        event.wait();
        clock.elapsed().as_secs()
    })
}

/// The same with a timeout of a minute.
fn freed_in_time(event: &Arc<Event>, clock: Instant) -> JoinHandle<u64> {
    start(event, move |event| {
        assert!(event.wait_timeout(60 * SECOND), "wait_timeout() gave up");
        clock.elapsed().as_secs()
    })
}

/// Two threads, one of them with a timeout, are certain to be waiting when the event is set and
/// cleared, and right after that a third one comes and waits. The first two must be freed in that
/// very second. The third must not: it must be freed when the event is set again, a second later.
/// It is too late for the first signal, and must not keep the others from theirs.
#[test]
fn a_latecomer_takes_nobodys_turn() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let early = [freed_at(&event, clock), freed_in_time(&event, clock)];
    thread::sleep(SECOND);
    event.set();
    event.clear();
    let latecomer = freed_at(&event, clock);
    thread::sleep(SECOND);
    event.set();
    assert_eq!(early.map(finish), [1, 1], "the seconds in which the first two threads were freed");
    assert_eq!(finish(latecomer), 2, "the second in which the latecomer was freed");
}

/// A thread is certain to be waiting when the main thread sets the event. At that very moment
/// another one clears the event, and then waits for it. The first must be freed in any case, in that
/// very second. If its `clear` came before the `set`, the other must be freed then, too; otherwise
/// only by the next `set`, a second later.
///
/// Somebody may clear the event, and come to wait, while `set` is still at work. Those who were
/// waiting before have been given the signal, and nobody else may get in their way.
#[test]
fn cleared_at_the_same_moment() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let early = freed_at(&event, clock);
    thread::sleep(SECOND);
    let clears = start(&event, move |event| {
        event.clear();
        event.wait();
        clock.elapsed().as_secs()
    });
    event.set();
    thread::sleep(SECOND);
    event.set();
    assert_eq!(finish(early), 1, "when the waiting thread was freed, in seconds");
    let at = finish(clears);
    assert!(
        [1, 2].contains(&at),
        "the thread that cleared the event and waited was freed in second {at}, not in 1 or 2"
    );
}

/// A thread waits, and the event is set and cleared as soon as it is asleep, before the clock has
/// moved. It must be freed by that signal, and not only by the next one, a second later. First it
/// waits without a timeout, and then, at another event, with the longest there is.
///
/// A signal may follow at once, and every clock has a smallest step. Two things that happen in one
/// step have the same time, so no clock can tell which of them came first.
#[test]
fn a_signal_right_after() {
    for limited in [false, true] {
        let event = Arc::new(Event::new());
        let clock = Instant::now();
        let asleep = Arc::new(AtomicBool::new(false));
        let waiter = start(&event, {
            let asleep = Arc::clone(&asleep);
            move |event| {
                // Nobody else runs until it is asleep, so nobody sees the note before that.
                probe::uninterrupted(|| {
                    asleep.store(true, SeqCst);
                    if limited {
                        assert!(event.wait_timeout(GENEROUS), "wait_timeout() gave up");
                    } else {
                        event.wait();
                    }
                });
                clock.elapsed().as_secs()
            }
        });
        // The other thread may run first.
        thread::yield_now();
        let in_time = asleep.load(SeqCst);
        if in_time {
            probe::uninterrupted(|| {
                event.set();
                event.clear();
            });
        }
        thread::sleep(SECOND);
        event.set();
        let at = finish(waiter);
        assert!(
            !in_time || at == 0,
            "the event was set and cleared as soon as a thread was waiting, but the thread was \
             freed only {at} second later, by the next signal"
        );
    }
}

/// A thread waits for at most a second, and just when its time is up, the event is set and cleared.
/// It may be told true or false, and waits for another event. A third thread comes and waits for the
/// first event. Both must be freed when the event they wait for is set, no earlier and no later.
///
/// A signal at the last moment must not reach a thread that has left, and one that leaves at the
/// last moment must not be counted out twice.
#[test]
fn a_signal_at_the_last_moment() {
    let clock = Instant::now();
    let event = Arc::new(Event::new());
    let other = Arc::new(Event::new());
    let leaver = start(&event, {
        let other = Arc::clone(&other);
        move |event| {
            event.wait_timeout(SECOND);
            other.wait();
            clock.elapsed().as_secs()
        }
    });
    thread::sleep(SECOND);
    event.set();
    event.clear();
    let newcomer = start(&event, move |event| {
        event.wait();
        clock.elapsed().as_secs()
    });
    thread::sleep(SECOND);
    event.set();
    thread::sleep(SECOND);
    other.set();
    assert_eq!(finish(newcomer), 2, "the second in which the newcomer was freed");
    assert_eq!(finish(leaver), 3, "the second in which the thread that had left was freed");
}

/// Two threads are certain to be waiting, one of them with a timeout, when the event is set and
/// cleared 65,536 times without a pause. Both must be freed. A third one that comes after that must
/// be freed only by the next signal. All this is repeated with one signal fewer. No call may sleep,
/// not even `wait` or `wait_timeout` when the main thread calls them while the event is set.
///
/// A signal is not undone by later ones, whoever has not noticed it yet, nor does it count for less
/// because many came before it.
#[test]
fn many_signals_are_one_and_more() {
    // What is counted in 8 or 16 bits is back where it began, or at its end.
    for signals in [65_536, 65_535] {
        let event = Arc::new(Event::new());
        let clock = Instant::now();
        let early = [freed_at(&event, clock), freed_in_time(&event, clock)];
        thread::sleep(SECOND);
        probe::uninterrupted(|| {
            let sleeps = probe::sleeps(|| event.set());
            assert!(!sleeps, "set() goes to sleep, with two threads waiting");
            assert!(!probe::sleeps(|| event.is_set()), "is_set() goes to sleep");
            let sleeps = probe::sleeps(|| event.wait());
            assert!(!sleeps, "wait() goes to sleep although the event is set");
            let sleeps = probe::sleeps(|| event.wait_timeout(GENEROUS));
            assert!(!sleeps, "wait_timeout() goes to sleep although the event is set");
            let sleeps = probe::sleeps(|| event.clear());
            assert!(!sleeps, "clear() goes to sleep, with two threads on their way");
            for _ in 1..signals {
                event.set();
                event.clear();
            }
        });
        let latecomer = freed_at(&event, clock);
        thread::sleep(SECOND);
        probe::uninterrupted(|| {
            event.set();
            let sleeps = probe::sleeps(|| event.set());
            assert!(!sleeps, "set() goes to sleep if the event is set, with a thread on its way");
            event.clear();
        });
        thread::sleep(SECOND);
        // Frees whoever should not be waiting any more.
        event.set();
        let freed = early.map(finish);
        assert_eq!(
            freed,
            [1, 1],
            "the second in which each of two threads was freed; {signals} signals came in second 1"
        );
        assert_eq!(
            finish(latecomer),
            2,
            "the latecomer came after {signals} signals and should have been freed in second 2"
        );
    }
}

/// A hundred threads wait without a timeout and 156 with one when the event is set and cleared. All
/// of them must be freed at that moment, and none of them may be told that its time ran out.
///
/// It does not matter how many threads wait. What has room for 64 of them, or counts them in 8 bits,
/// works for years, until the day when everybody comes.
#[test]
fn hundreds_wait() {
    let event = Arc::new(Event::new());
    let waiters: Vec<_> = (0..256)
        .map(|number| {
            start(&event, move |event| {
                let was_set = if number < 100 {
                    event.wait();
                    true
                } else {
                    event.wait_timeout(GENEROUS)
                };
                (was_set, Instant::now())
            })
        })
        .collect();
    let tolerance = nap();
    event.set();
    event.clear();
    let freed = Instant::now();
    for waiter in waiters {
        let (was_set, went_on) = finish(waiter);
        assert!(was_set, "wait_timeout() said that the longest timeout there is was over");
        let late = went_on.saturating_duration_since(freed);
        assert!(late <= tolerance, "one of 256 threads was freed {late:?} after the event was set");
    }
}

/// A thread waits. Meanwhile the main thread waits with a timeout and gives up, 255 times in a row,
/// and then sets and clears the event. The first thread must be freed at that moment, not before. Each
/// time the main thread must be told that the event was not set. Then all this is repeated with 256
/// times.
///
/// Those who gave up are gone, however many they were. What each of them leaves behind may be too
/// small to notice. A program that runs for a year notices.
#[test]
fn many_give_up() {
    let tolerance = nap();
    for leavers in [255, 256] {
        let event = Arc::new(Event::new());
        let patient = start(&event, |event| {
            event.wait();
            Instant::now()
        });
        thread::sleep(TICK);
        probe::uninterrupted(|| {
            for _ in 0..leavers {
                let was_set = event.wait_timeout(Duration::from_nanos(1));
                assert!(!was_set, "wait_timeout() said that the event was set, but it was not");
            }
        });
        thread::sleep(TICK);
        let set = Instant::now();
        event.set();
        event.clear();
        let freed = finish(patient);
        assert!(freed >= set, "wait() returned before the event was set");
        let late = freed - set;
        assert!(late <= tolerance, "wait() returned {late:?} after the event was set");
    }
}

/// Two threads come and wait, one of them with a long timeout, and at the same time the main thread
/// sets the event. Both must go on there and then, whoever came first. Nobody sleeps, and so not
/// even a nanosecond may pass on the grader's clock.
///
/// A thread that misses the notification because it came just at that moment, and finds out later
/// because it looks again after a while, is late. If "a while" is long enough, nobody notices in a
/// test.
#[test]
fn nobody_is_late() {
    let tolerance = nap();
    let event = Arc::new(Event::new());
    let came = Instant::now();
    let patient = start(&event, move |event| {
        event.wait();
        came.elapsed()
    });
    let limited = start(&event, move |event| (event.wait_timeout(GENEROUS), came.elapsed()));
    event.set();
    let lasted = finish(patient);
    assert!(lasted <= tolerance, "wait() took {lasted:?}, but the event was set at once");
    let (was_set, lasted) = finish(limited);
    assert!(was_set, "wait_timeout() did not notice that the event was set");
    assert!(lasted <= tolerance, "wait_timeout() took {lasted:?}, but the event was set at once");
}

/// One tick of the checks: a little over 100 ms, for code that counts in whole milliseconds.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// The longest timeout there is. No clock can hold its end, so it must simply never run out.
const GENEROUS: Duration = Duration::MAX;

/// Waits for the event for at most `limit`. Returns the answer, and how long it took.
fn wait_for(limit: Duration) -> impl FnOnce(&Event) -> (bool, Duration) {
    move |event| {
        let began = Instant::now();
        let was_set = event.wait_timeout(limit);
        (was_set, began.elapsed())
    }
}

/// A thread waits for at most three ticks while nobody sets the event. The main thread clears it
/// after each tick, which changes nothing and must free nobody; the thread must still give up after
/// three ticks in total, no earlier and no later. Then others wait: one is freed in the second tick,
/// though the event was cleared just before, and one finds the event set and need not wait at all.
///
/// A timeout that starts again whenever another thread stirs is no timeout.
#[test]
fn timeout_is_total() {
    let tolerance = nap();
    let event = Arc::new(Event::new());
    let disturbed = start(&event, wait_for(3 * TICK));
    for _ in 0..5 {
        thread::sleep(TICK);
        event.clear();
        event.is_set();
    }
    let (was_set, lasted) = finish(disturbed);
    assert!(!was_set, "wait_timeout() said that the event was set, when it was only cleared");
    assert!(lasted >= 3 * TICK, "wait_timeout({:?}) gave up after {lasted:?}", 3 * TICK);
    let late = lasted - 3 * TICK;
    assert!(late <= tolerance, "wait_timeout({:?}) gave up after {lasted:?}", 3 * TICK);

    let freed = start(&event, wait_for(GENEROUS));
    let after = TICK + TICK / 2;
    thread::sleep(after);
    event.clear();
    event.set();
    let (was_set, lasted) = finish(freed);
    assert!(was_set, "wait_timeout() did not notice that the event was cleared, and then set");
    let late = lasted.saturating_sub(after);
    assert!(late <= tolerance, "wait_timeout() returned {late:?} after the event was set");

    let (was_set, lasted) = finish(start(&event, wait_for(TICK)));
    assert!(was_set, "wait_timeout() did not notice that the event was already set");
    assert!(lasted <= tolerance, "wait_timeout() waited {lasted:?} for an event that was set");
}

/// The main thread waits for an event that nobody sets, with many timeouts: none at all, a nanosecond,
/// a little less than a millisecond, and so on up to nine years. Each time it must give up after exactly
/// that time, and be told that the event was not set.
///
/// A timeout that is rounded, or counted in a number too small for it, comes out as another one.
#[test]
fn a_timeout_is_exact() {
    let tolerance = nap();
    let event = Event::new();
    let nanoseconds = [0, 1, 999, 1_000, 999_999, 1_000_001, 1 << 32, 1 << 58];
    // In microseconds, milliseconds or seconds, these have only zeros in their last 16, 31 or 32 bits.
    let microseconds = [1 << 16, 1 << 31, 1 << 32];
    let milliseconds = [1 << 16, 1 << 31, 1 << 32];
    let limits = nanoseconds.map(Duration::from_nanos).into_iter();
    let limits = limits.chain(microseconds.map(Duration::from_micros));
    let limits = limits.chain(milliseconds.map(Duration::from_millis));
    // Only a clock that jumps has years to spare.
    for limit in limits.filter(|limit| tolerance < Duration::MAX || limit.as_secs() == 0) {
        let (was_set, lasted) = wait_for(limit)(&event);
        assert!(!was_set, "wait_timeout({limit:?}) said that the event was set");
        assert!(lasted >= limit, "wait_timeout({limit:?}) gave up after {lasted:?}");
        let late = lasted - limit;
        assert!(late <= tolerance, "wait_timeout({limit:?}) gave up {late:?} late");
    }
}

/// Several threads wait: one without a timeout, the others with the longest timeouts there are,
/// from 292 years to 585 billion. Nobody sets the event for ninety years. Then it is set, and only
/// then must all of them be freed.
///
/// "As long as it takes" is often written as the longest timeout. If that is replaced with some
/// other time because a clock or a number cannot hold it, even a long one, the thread gives up when
/// nobody expects it.
#[test]
fn the_longest_timeouts() {
    let tolerance = nap();
    let event = Arc::new(Event::new());
    let nanosecond = Duration::from_nanos(1);
    let limits = [
        Duration::from_nanos(1 << 63),
        Duration::from_nanos(u64::MAX) + nanosecond,
        Duration::from_micros(u64::MAX) + 1_000 * nanosecond,
        Duration::from_millis(u64::MAX) + 1_000_000 * nanosecond,
        Duration::MAX / 2,
        Duration::MAX - nanosecond,
        Duration::MAX,
    ];
    let patient = start(&event, |event| {
        event.wait();
        Instant::now()
    });
    let limited = limits.map(|limit| {
        (limit, start(&event, move |event| (event.wait_timeout(limit), Instant::now())))
    });
    // No real clock has ninety years to spare.
    let years = if tolerance < Duration::MAX { 90 } else { 0 };
    thread::sleep(Duration::from_secs(years * 365 * 24 * 60 * 60));
    let set = Instant::now();
    event.set();
    assert!(finish(patient) >= set, "wait() returned before the event was set");
    for (limit, waiter) in limited {
        let (was_set, went_on) = finish(waiter);
        let lasted = "after less than ninety years";
        assert!(
            was_set,
            "wait_timeout({limit:?}) gave up {lasted}, {:?} before the event was set",
            set.saturating_duration_since(went_on)
        );
        assert!(
            went_on >= set,
            "wait_timeout({limit:?}) returned {lasted}, {:?} before the event was set",
            set.saturating_duration_since(went_on)
        );
    }
}

/// Two threads wait, one of them for at most a second and a nanosecond. After a second the event is
/// set and cleared. Then that nanosecond passes, and the two may be slow. Both must be told that it
/// was set, even the one that wakes after its time.
///
/// What counts is whether the signal came in time, not whether the thread was quick to get up.
#[test]
fn late_is_not_no() {
    let exact = nap() < Duration::MAX;
    let event = Arc::new(Event::new());
    let limit = SECOND + Duration::from_nanos(1);
    let began = Instant::now();
    let limited = start(&event, move |event| event.wait_timeout(limit));
    let patient = start(&event, |event| event.wait());
    thread::sleep(SECOND);
    event.set();
    event.clear();
    let in_time = began.elapsed() < limit;
    // On the grader's clock, even this takes a nanosecond.
    thread::sleep(Duration::ZERO);
    thread::sleep(Duration::ZERO);
    let was_set = finish(limited);
    if exact && in_time {
        assert!(was_set, "wait_timeout() said false, but the event was set before the time was up");
    }
    finish(patient);
}

/// A thread waits for a while, first without and then with a long timeout. It must sleep until the
/// event is set, and go on at that very moment. Until then it must not use the processor, neither
/// by busy-waiting nor by looking every now and then.
#[test]
fn a_waiter_sleeps() {
    let waits: [fn(&Event) -> bool; 2] = [
        |event| {
            event.wait();
            true
        },
        |event| event.wait_timeout(GENEROUS),
    ];
    for (wait, name) in waits.into_iter().zip(["wait", "wait_timeout"]) {
        let event = Arc::new(Event::new());
        let waiter = start(&event, move |event| (wait(event), Instant::now()));
        let tolerance = nap();
        let set = Instant::now();
        event.set();
        let (was_set, went_on) = finish(waiter);
        assert!(was_set, "{name}() gave up, although the event was set in time");
        assert!(went_on >= set, "{name}() returned before the event was set");
        let late = went_on - set;
        assert!(late <= tolerance, "{name}() returned {late:?} after the event was set");
    }
}

/// The event is set just as one waiter's time runs out, while another waits without a timeout. If
/// the first says that the event was set, a note that was written before that must be there. If it
/// says that its time ran out, the event must have been set too late. The other one must get
/// through in any case.
///
/// Once set, the event stays set. The first may be slow: it is freed in time, but its time is up
/// before it looks.
#[test]
fn a_timeout_tells_the_truth() {
    let moment = Duration::from_millis(1);
    let event = Arc::new(Event::new());
    let note = Arc::new(AtomicBool::new(false));
    let hasty = start(&event, {
        let note = Arc::clone(&note);
        move |event| {
            let began = Instant::now();
            (event.wait_timeout(moment), note.load(SeqCst), began + moment)
        }
    });
    let patient = start(&event, {
        let note = Arc::clone(&note);
        move |event| {
            event.wait();
            note.load(SeqCst)
        }
    });
    note.store(true, SeqCst);
    event.set();
    let set_at = Instant::now();
    thread::sleep(2 * moment);
    assert!(finish(patient), "wait() returned before the event was set");
    let (was_set, note_was_there, its_end) = finish(hasty);
    assert!(
        note_was_there || !was_set,
        "wait_timeout() said that the event was set, but it was not"
    );
    assert!(
        was_set || set_at >= its_end,
        "wait_timeout() said that the event was not set, but it was, before the time was up"
    );
    assert!(event.wait_timeout(moment), "wait_timeout() did not notice that the event is set");
}

/// Two threads take turns, with two events. The main thread raises a number and sets `request`. The
/// other one waits for that, clears it, doubles the number, and sets `reply`. The main thread waits
/// for that, clears it, and looks. This happens three times. Each step must come after the one
/// before, and no thread may wait for ever. An event can be used again and again.
#[test]
fn request_and_reply() {
    let request = Arc::new(Event::new());
    let reply = Arc::new(Event::new());
    let number = Arc::new(AtomicUsize::new(0));
    let helper = start(&request, {
        let (reply, number) = (Arc::clone(&reply), Arc::clone(&number));
        move |request| {
            for _ in 0..3 {
                request.wait();
                request.clear();
                number.store(2 * number.load(SeqCst), SeqCst);
                reply.set();
            }
        }
    });
    for expected in [2, 6, 14] {
        number.store(number.load(SeqCst) + 1, SeqCst);
        request.set();
        reply.wait();
        reply.clear();
        assert_eq!(number.load(SeqCst), expected, "the number: one more than before, and doubled");
    }
    finish(helper);
    assert!(!request.is_set() && !reply.is_set(), "both events should have been cleared");
}
