//! What an `Event` promises its users.

use event::Event;
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
/// does no more than setting it once, so one `clear` is enough, and the other way round. While the
/// event is set, no call waits, however many there are: waiting does not use the event up.
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

/// The main thread writes a note and sets the event; another thread waits for the event and reads
/// the note. It must get through, whenever it came, and find the note. Before that the main thread
/// clears the event, which was not set: a waiter keeps waiting, and must still be freed later. A
/// thread that goes on too early works with what is not ready; one that never goes on is missed.
#[test]
fn wait_waits_for_set() {
    let event = Arc::new(Event::new());
    let note = Arc::new(AtomicBool::new(false));
    let reader = start(&event, {
        let note = Arc::clone(&note);
        move |event| {
            event.wait();
            note.load(SeqCst)
        }
    });
    event.clear();
    assert!(!event.is_set(), "a thread that only waits for the event has set it");
    note.store(true, SeqCst);
    event.set();
    assert!(finish(reader), "wait() returned before the event was set");
    assert!(event.is_set(), "the event should stay set when a thread has waited for it");
}

/// Three threads wait for the event, and the main thread sets it, once. All three must get through,
/// whenever they came: the first thread to notice an event does not use it up. And the event is set
/// from that moment on, whatever those three are doing just then.
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

/// Sleeps for a little over 20 ms, so that a thread that polls every millisecond is not on time by
/// chance. Returns how late a thread may be on this clock: a few nanoseconds on the grader's, which
/// is exact (even a wait of zero length takes one). On any other clock this very sleep comes out
/// inexact; then there is no limit: machines may be slow, and that is not the event's fault.
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

/// How long the main thread sleeps in the checks below. On the grader's clock, time passes only when
/// no thread can do anything but wait. So when a second is over, every thread that was on its way to
/// `wait` is certain to be waiting there.
const SECOND: Duration = Duration::from_secs(1);

/// Two threads wait for the event, the second one for at most a minute. After a second the main
/// thread calls `set()` and immediately `clear()`. Both threads must be freed in that very second,
/// and the second one must be told that the event was set, although the event may no longer be set
/// by the time they have woken up and look at it.
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

/// The event is set and cleared, and then a thread comes and waits. What happened before does not
/// concern it: it must wait until the event is set the next time, a second later. Then it sleeps
/// for a while and waits once more. Meanwhile the event has been cleared, so again it must wait for
/// the next time. Each time the signal is given twice in a row, which must work as well as once.
///
/// A signal that still works after it was cleared is a false alarm for every thread that comes.
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
    for _ in 0..2 {
        thread::sleep(SECOND);
        event.set();
        event.clear();
        event.set();
        event.clear();
    }
    assert_eq!(finish(latecomer), (1, 2), "the seconds in which the two calls of wait() returned");
    assert!(!event.wait_timeout(SECOND), "wait_timeout() said true, but the event was cleared");
}

/// Two threads wait for the event. One of them is quick, and calls `wait` again as soon as it is
/// free. After one second the event is set and cleared, and again a second later. The slow thread
/// must be freed after the first second, whatever the quick one does: no thread may use up a signal
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
    assert_eq!(finish(quick), 1, "the second in which the quick thread was freed first");
}

/// Threads wait, some of them for a limited time, and give up one after another, while others come. Each
/// time the event is set and cleared, all that are still waiting must be freed, in that very second,
/// whoever has left before them. A thread that gives up must not take another's place with it.
#[test]
fn leaving_takes_nobody_along() {
    let freed_at = |event: &Event| {
        let came = Instant::now();
        event.wait();
        came.elapsed().as_secs()
    };
    let event = Arc::new(Event::new());
    let leaver = start(&event, |event| event.wait_timeout(SECOND));
    thread::sleep(SECOND / 2);
    let patient = start(&event, freed_at);
    thread::sleep(2 * SECOND);
    event.set();
    event.clear();
    assert!(!finish(leaver), "wait_timeout() said that the event was set, and it was not");
    assert_eq!(finish(patient), 2, "the second in which one who came before a leaver was freed");

    let early = start(&event, freed_at);
    thread::sleep(SECOND / 4);
    let leavers = [SECOND, 2 * SECOND].map(|limit| {
        let leaver = start(&event, move |event| event.wait_timeout(limit));
        thread::sleep(SECOND / 4);
        leaver
    });
    thread::sleep(SECOND);
    let late = start(&event, freed_at);
    thread::sleep(2 * SECOND);
    event.set();
    event.clear();
    assert_eq!(leavers.map(finish), [false, false], "what the two who gave up were told");
    let freed = [finish(early), finish(late)];
    assert_eq!(freed, [3, 2], "the seconds in which two were freed, one of whom came late");
}

/// Two threads are certain to be waiting when the event is set and cleared, and right after that a
/// third one comes and waits. The first two must be freed in that very second. The third must not:
/// it is too late for this signal, and it must not keep the others from theirs. A second later the
/// event is set again, for the third.
#[test]
fn a_latecomer_takes_nobodys_turn() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let freed_at = move |event: &Event| {
        event.wait();
        clock.elapsed().as_secs()
    };
    let early = [0; 2].map(|_| start(&event, freed_at));
    thread::sleep(SECOND);
    event.set();
    event.clear();
    let latecomer = start(&event, freed_at);
    thread::sleep(SECOND);
    event.set();
    assert_eq!(early.map(finish), [1, 1], "the second in which each of the first two was freed");
    assert_eq!(finish(latecomer), 2, "the second in which the latecomer was freed");
}

/// Two threads are certain to be waiting when the event is set and cleared: seventy thousand times, one
/// after another, while they have had no chance to run. Both must have been freed by that, and a third
/// that comes afterwards must not. A signal is not undone by later ones, however many there are. And
/// neither `set` nor `clear` may go to sleep, whoever has not noticed yet.
#[test]
fn many_signals_are_one_and_more() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let freed_at = move |event: &Event| {
        event.wait();
        clock.elapsed().as_secs()
    };
    let early = [0; 2].map(|_| start(&event, freed_at));
    thread::sleep(SECOND);
    assert!(!probe::sleeps(|| event.set()), "set() goes to sleep, with two threads waiting");
    assert!(
        !probe::sleeps(|| event.clear()),
        "clear() goes to sleep, with two threads on their way"
    );
    // 65,536 in all, and some more: what is counted in 8 or 16 bits is back where it began.
    probe::uninterrupted(|| {
        for _ in 1..65_536 {
            event.set();
            event.clear();
        }
    });
    let latecomer = start(&event, freed_at);
    thread::sleep(SECOND);
    event.set();
    assert_eq!(early.map(finish), [1, 1], "the second in which each of the first two was freed");
    assert_eq!(finish(latecomer), 2, "the second in which the latecomer was freed");
}

/// One tick of the check below: a little over 100 ms, for code that counts in whole milliseconds.
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

/// A thread waits for a while, first without and then with a generous timeout, and the clock is
/// watched. The thread must go on at the very moment the event is set. Until then it must not use
/// the processor, neither by busy-waiting nor by looking every now and then.
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

/// The event is set just as one waiter's time runs out, while another waits without a timeout. The
/// hasty one may or may not have noticed it. But if it says that the event was set, the note that
/// was written before that must be there. If it says that its time ran out, the event must have
/// been set too late: once set, it stays set. The hasty one may be slow: it is freed in time, but
/// its time is up before it looks. And the patient one must get through in any case.
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

/// Two threads work hand in hand, with two events. The main thread raises a number and sets
/// `request`. The other one waits for that, clears it, doubles the number, and sets `reply`. The
/// main thread waits for that, clears it, and looks. This happens three times. Each step must come
/// after the one before, and no thread may wait for ever: an event can be used again and again.
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
        assert_eq!(number.load(SeqCst), expected, "one more than before, and doubled");
    }
    finish(helper);
    assert!(!request.is_set() && !reply.is_set(), "both events should have been cleared");
}
