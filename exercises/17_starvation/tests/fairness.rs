//! Who goes in when: together, in turn, and never too late.
//!
//! Each visitor comes at a given tick of the clock and stays for a given number of ticks. A visitor that
//! came at an earlier tick than another came first, beyond doubt.

use probe as _; // Names the checks that hang at your desk.
use starvation::ReadWriteLock;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The length of a tick.
const TICK: Duration = Duration::from_millis(100);

/// The clock of a scene. It starts when it is created.
struct Clock {
    began: Instant,
    /// Whether each sleep has ended at the very moment it should have. That is so with the grader's
    /// clock, and with no other.
    exact: Cell<bool>,
}

impl Clock {
    fn start() -> Clock {
        Clock { began: Instant::now(), exact: Cell::new(true) }
    }

    /// How many whole ticks have passed at the moment `at`.
    fn tick(began: Instant, at: Instant) -> u32 {
        (at.duration_since(began).as_millis() / TICK.as_millis()) as u32
    }

    fn sleep_until(&self, tick: u32) {
        let left = (TICK * tick).saturating_sub(self.began.elapsed());
        if !left.is_zero() {
            thread::sleep(left);
            self.exact.set(self.exact.get() && self.began.elapsed() == TICK * tick);
        }
    }

    /// Whether lateness says nothing about the lock: a machine may be as slow as it likes.
    fn is_slow(&self) -> bool {
        !self.exact.get()
    }
}

/// A thread that comes to the lock.
struct Visitor {
    writes: bool,
    /// The tick at which it comes.
    comes: u32,
    /// The number of ticks it stays inside.
    stays: u32,
}

fn reader(comes: u32, stays: u32) -> Visitor {
    Visitor { writes: false, comes, stays }
}

fn writer(comes: u32, stays: u32) -> Visitor {
    Visitor { writes: true, comes, stays }
}

/// Goes in, stays, and leaves. Returns the moment at which it got in.
fn visit(lock: &ReadWriteLock, writes: bool, stays: u32) -> Instant {
    let stay = || {
        let at = Instant::now();
        if stays > 0 {
            thread::sleep(TICK * stays);
        }
        at
    };
    if writes {
        let _guard = lock.write().expect("a writer that is not inside should not be refused");
        stay()
    } else {
        let _guard = lock.read().expect("a reader that is not inside should not be refused");
        stay()
    }
}

/// Lets the visitors come, listed in the order in which they come. Each has its own thread, which is
/// started when the visitor comes, and which returns the tick at which it went in.
fn come<const N: usize>(
    lock: &Arc<ReadWriteLock>,
    clock: &Clock,
    visitors: [Visitor; N],
) -> [JoinHandle<u32>; N] {
    let began = clock.began;
    visitors.map(|Visitor { writes, comes, stays }| {
        clock.sleep_until(comes);
        let lock = Arc::clone(lock);
        let name = format!("{} at {comes}", if writes { "writer" } else { "reader" });
        let visit = move || Clock::tick(began, visit(&lock, writes, stays));
        thread::Builder::new().name(name).spawn(visit).expect("a thread can be started")
    })
}

/// The same with a new lock and a new clock, waiting until all have left. Returns the clock, and the
/// tick at which each visitor went in.
fn entries<const N: usize>(visitors: [Visitor; N]) -> (Clock, [u32; N]) {
    let clock = Clock::start();
    let visits = come(&Arc::new(ReadWriteLock::new()), &clock, visitors);
    (clock, visits.map(finish))
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a visitor should not have panicked")
}

/// Two readers come while another one is inside, and must go in at once. Then three readers wait
/// for a writer; when it leaves, all three must go in, together.
///
/// Reading changes nothing, so readers have no reason to wait for each other: that is the advantage
/// of this lock over an ordinary one.
#[test]
fn readers_share() {
    let (clock, [_, second, third]) = entries([reader(0, 3), reader(1, 2), reader(2, 1)]);
    assert!(
        second <= 1 || clock.is_slow(),
        "a reader came at tick 1 while another one read, and went in at tick {second}"
    );
    assert!(
        third <= 2 || clock.is_slow(),
        "a reader came at tick 2 while two others read, and went in at tick {third}"
    );

    let (clock, [_, first, second, third]) =
        entries([writer(0, 4), reader(1, 2), reader(2, 2), reader(3, 2)]);
    assert!(
        first.max(second).max(third) <= 4 || clock.is_slow(),
        "three readers waited for a writer who left at tick 4, but they went in at ticks {first}, \
         {second} and {third}"
    );
}

/// A little over 20 ms, so that a thread that looks every millisecond is not in time by chance.
const NAP: Duration = Duration::from_nanos(20_000_123);

/// On an exact clock months pass at once, unless a thread wakes up every now and then.
const MONTHS: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// A reader waits for a writer, then a writer waits for a reader; each waits for months, on the
/// grader's clock. It must go in at the very moment the other leaves, and sleep until then: it must
/// not ask in a loop, nor look again every now and then. And the thread that leaves must not wait
/// for anything.
///
/// A thread that waits without sleeping takes the processor from the threads that could let it in.
#[test]
fn who_waits_sleeps() {
    let lock = Arc::new(ReadWriteLock::new());
    for waiter_writes in [false, true] {
        // The thread inside keeps the waiter out.
        let (reading, writing) =
            if waiter_writes { (lock.read().ok(), None) } else { (None, lock.write().ok()) };
        let shared = Arc::clone(&lock);
        let waiter = thread::spawn(move || visit(&shared, waiter_writes, 0));
        let slept_at = Instant::now();
        thread::sleep(NAP);
        // The grader's clock is exact, and has months for this. With any other, our own nap takes longer
        // than it should, and lateness is not the lock's fault.
        let exact = slept_at.elapsed() == NAP;
        if exact {
            thread::sleep(MONTHS);
        }
        let left = Instant::now();
        drop((reading, writing));
        let leaving = left.elapsed();
        let late = finish(waiter).duration_since(left);
        let waiter = if waiter_writes { "writer" } else { "reader" };
        let tolerance = if exact { Duration::ZERO } else { Duration::MAX };
        assert!(
            leaving <= tolerance,
            "dropping the guard took {leaving:?}, with a {waiter} waiting"
        );
        assert!(late <= tolerance, "the {waiter} went in {late:?} after the lock was free");
    }
}

/// In four scenes, a writer has to wait, and readers come one after another, so that there is
/// always one inside. Readers that come after the writer must not go in before it. (Only readers
/// that are waiting when another writer leaves may go in first, once.)
///
/// Otherwise the writer waits for a moment without readers, and on a busy day there is none: what
/// everybody reads is never brought up to date.
#[test]
fn writers_do_not_starve() {
    let (clock, [_, waits, _, _]) =
        entries([reader(0, 4), writer(1, 2), reader(2, 4), reader(5, 4)]);
    assert!(
        waits <= 4 || clock.is_slow(),
        "a writer came at tick 1, and those who came before it left at tick 4, but readers who \
         came later kept it out until tick {waits}"
    );

    let (clock, [_, _, waits, _]) =
        entries([writer(0, 2), reader(1, 4), writer(3, 2), reader(4, 4)]);
    assert!(
        waits <= 6 || clock.is_slow(),
        "a writer came at tick 3 while a reader was inside who left at tick 6, but a reader who \
         came at tick 4 kept the writer out until tick {waits}"
    );

    let (clock, [_, _, waits, _, _]) =
        entries([reader(0, 3), writer(1, 2), writer(2, 2), reader(4, 4), reader(6, 4)]);
    assert!(
        waits <= 9 || clock.is_slow(),
        "two writers waited, and the first left at tick 5; then a reader may have gone in until \
         tick 9; but another, who came at tick 6, kept the second writer out until tick {waits}"
    );

    let (clock, [_, _, waits, _]) =
        entries([writer(0, 1), reader(2, 4), writer(3, 2), reader(4, 4)]);
    assert!(
        waits <= 6 || clock.is_slow(),
        "a writer came at tick 3 while a reader was inside who left at tick 6, but a reader who \
         came at tick 4 kept the writer out until tick {waits}; nobody had waited when another \
         writer left at tick 1"
    );
}

/// In two scenes, a reader has to wait, and writers come one after another, so that there is always
/// one that wants to go in. Writers that come after the reader must not go in before it.
///
/// Otherwise the reader waits for a moment without writers. What is the use of data that is always
/// up to date and that nobody ever sees?
#[test]
fn readers_do_not_starve() {
    let (clock, [_, waits, _, _]) =
        entries([writer(0, 4), reader(1, 2), writer(2, 4), writer(5, 4)]);
    assert!(
        waits <= 4 || clock.is_slow(),
        "a reader came at tick 1, and the writer inside left at tick 4, but writers who came \
         later kept it out until tick {waits}"
    );

    let (clock, [_, _, waits, _]) =
        entries([reader(0, 3), writer(1, 2), reader(2, 2), writer(4, 2)]);
    assert!(
        waits <= 5 || clock.is_slow(),
        "a reader came at tick 2, and the writer before it left at tick 5, but a writer who \
         came at tick 4 kept it out until tick {waits}"
    );
}

/// A writer is inside, and two readers and then another writer come and wait. When the first writer
/// leaves, both readers must go in before the writer that came after them. Neither stays for long: one of
/// them may have left before the other has woken up, but that does not end the turn of the other. In a
/// second scene both of them read again while they are inside.
///
/// A reader that has been let in and then shut out again has to wait for as long as the next writer
/// likes, although it came first.
#[test]
fn no_reader_loses_its_turn() {
    let (clock, [_, first, second, _]) =
        entries([writer(0, 4), reader(1, 0), reader(2, 0), writer(3, 2)]);
    assert!(
        first.max(second) <= 4 || clock.is_slow(),
        "two readers came at ticks 1 and 2, and the writer inside left at tick 4, but a writer who \
         came at tick 3 went in before one of them: they went in at ticks {first} and {second}"
    );

    let (lock, clock) = (Arc::new(ReadWriteLock::new()), Clock::start());
    let [inside] = come(&lock, &clock, [writer(0, 4)]);
    let written = Arc::new(AtomicUsize::new(0));
    let readers = [1, 2].map(|comes| {
        clock.sleep_until(comes);
        let (lock, written) = (Arc::clone(&lock), Arc::clone(&written));
        let read_twice = move || {
            let _outer = lock.read().expect("a reader that is not inside should not be refused");
            let found = written.load(SeqCst);
            let _inner = lock.read().expect("a reader may read again");
            found
        };
        let named = thread::Builder::new().name(format!("reader at {comes}"));
        named.spawn(read_twice).expect("a thread can be started")
    });
    clock.sleep_until(3);
    let last = thread::spawn(move || {
        let _guard = lock.write().expect("a writer that is not inside should not be refused");
        written.fetch_add(1, SeqCst);
    });
    finish(inside);
    let found = readers.map(finish);
    finish(last);
    assert!(
        found == [0, 0] || clock.is_slow(),
        "two readers came at ticks 1 and 2, and read again; a writer who came at tick 3 went in \
         before one of them. How often the writer had written when each reader went in: {found:?}"
    );
}

/// A writer is inside, and a reader, two writers, another reader and a third writer come, one after
/// the other, and wait. The three writers must go in in the order in which they came, and each
/// reader before the writer that came right after it. The readers may go in even earlier, together,
/// when a writer leaves.
///
/// Whoever goes in from the middle of a line must leave the others in order. Otherwise a writer
/// cannot know how many of those behind it will go first.
#[test]
fn writers_keep_their_order() {
    let (clock, [_, reader_1, writer_2, writer_3, reader_4, writer_5]) = entries([
        writer(0, 6),
        reader(1, 1),
        writer(2, 1),
        writer(3, 1),
        reader(4, 1),
        writer(5, 1),
    ]);
    assert!(
        (writer_2 < writer_3 && writer_3 < writer_5) || clock.is_slow(),
        "writers came at ticks 2, 3 and 5, and went in at ticks {writer_2}, {writer_3} and {writer_5}"
    );
    assert!(
        (reader_1 < writer_2 && reader_4 < writer_5) || clock.is_slow(),
        "readers came at ticks 1 and 4, and went in at ticks {reader_1} and {reader_4}; the next \
         writers came at ticks 2 and 5, and went in at ticks {writer_2} and {writer_5}"
    );
}

/// The main thread is inside as a reader. 290 writers come, one after the other, and wait. A reader
/// that comes when there are 256 of them must wait as well. Then the main thread leaves: the first
/// ten writers to go in must be the first ten that came, in that order.
///
/// What says whose turn it is, or how many wait, must not be counted in too few bits: in a long
/// line, two threads would have the same number, or nobody would seem to wait, and the one that
/// came later may go in first.
#[test]
fn a_long_line_keeps_its_order() {
    /// The time between one writer and the next.
    const PAUSE: Duration = Duration::from_millis(1);
    let lock = Arc::new(ReadWriteLock::new());
    let (go_in, went_in) = mpsc::channel();
    let inside = lock.read().expect("nobody was inside");
    let began = Instant::now();
    let mut reader_comes = None;
    for number in 1..=290 {
        let (shared, go_in) = (Arc::clone(&lock), go_in.clone());
        let named = thread::Builder::new().name(format!("writer {number}"));
        let write = move || {
            let _guard = shared.write().expect("a writer that is not inside should not be refused");
            // At the end of the check nobody listens any more.
            let _ = go_in.send(number);
        };
        named.spawn(write).expect("a thread can be started");
        thread::sleep(PAUSE);
        if number == 256 {
            let shared = Arc::clone(&lock);
            reader_comes = Some(thread::spawn(move || visit(&shared, false, 0)));
            thread::sleep(PAUSE);
        }
    }
    // On any other clock than the grader's, nobody knows in which order they came.
    let is_exact = began.elapsed() == PAUSE * 291;
    let reader_overtakes = reader_comes.is_some_and(|reader| reader.is_finished());
    assert!(
        !reader_overtakes || !is_exact,
        "256 writers waited, and a reader that came later went in before them"
    );
    drop(inside);
    for next in 1..=10 {
        let number = went_in.recv().expect("290 writers were waiting");
        assert!(
            number == next || !is_exact,
            "290 writers waited, and number {number} went in when it was the turn of number {next}"
        );
    }
}

/// The main thread is inside as a writer. 290 readers come and wait, and then another writer. When
/// the main thread leaves, all the readers must go in at that moment, and before that writer,
/// although each of them leaves at once. The same must hold for 100 readers that stay inside for a
/// while.
///
/// Readers that are let in together must be counted, however many they are, until the last of them
/// has gone in and left. Otherwise a writer goes in that is not alone.
#[test]
fn a_long_line_of_readers() {
    for (readers, stay) in [(290, 0), (100, 1)] {
        let lock = Arc::new(ReadWriteLock::new());
        let clock = Clock::start();
        let read = Arc::new(AtomicUsize::new(0));
        let inside = lock.write().expect("nobody was inside");
        let began = clock.began;
        let all: Vec<_> = (0..readers)
            .map(|_| {
                let (lock, read) = (Arc::clone(&lock), Arc::clone(&read));
                thread::spawn(move || {
                    let _guard = lock.read().expect("the reader was not inside");
                    read.fetch_add(1, SeqCst);
                    let at = Instant::now();
                    if stay > 0 {
                        thread::sleep(stay * TICK);
                    }
                    Clock::tick(began, at)
                })
            })
            .collect();
        clock.sleep_until(1);
        let shared = Arc::clone(&lock);
        let writer = thread::spawn(move || {
            let _guard = shared.write().expect("the writer was not inside");
            read.load(SeqCst)
        });
        clock.sleep_until(2);
        drop(inside);
        let before = finish(writer);
        assert!(
            before == readers || clock.is_slow(),
            "{readers} readers waited, and a writer that came later went in when only \
             {before} of them had gone in"
        );
        let late = all.into_iter().map(finish).filter(|went_in| *went_in > 2).count();
        assert!(
            late == 0 || clock.is_slow(),
            "{readers} readers waited for a writer who left at tick 2; all of them should have \
             gone in then, but {late} went in later"
        );
    }
}

/// The main thread is inside 257 locks as a writer, and at each of them another thread waits, to read
/// or to write. Then the main thread leaves all locks but the first. At each of those, the thread
/// that waits must go in at once, although the one at the first lock must go on waiting.
///
/// What locks share must not mix up those who wait: whoever is called, and cannot go in, must not
/// keep the call from the one it was meant for.
#[test]
fn each_lock_has_its_own_line() {
    let locks: Vec<_> = (0..257).map(|_| Arc::new(ReadWriteLock::new())).collect();
    let clock = Clock::start();
    let mut inside: Vec<_> = locks.iter().map(|lock| lock.write()).collect();
    let waiting: Vec<_> = locks
        .iter()
        .zip(0..)
        .map(|(lock, number)| {
            let lock = Arc::clone(lock);
            thread::spawn(move || visit(&lock, number % 2 == 0, 0))
        })
        .collect();
    clock.sleep_until(1);
    inside.truncate(1);
    clock.sleep_until(2);
    let went_in = waiting[1..].iter().filter(|visitor| visitor.is_finished()).count();
    assert!(
        went_in == 256 || clock.is_slow(),
        "the writer left 256 locks, and at each of them a thread was waiting, but only {went_in} \
         went in"
    );
    assert!(!waiting[0].is_finished(), "a thread got in beside a writer");
    drop(inside);
    for visitor in waiting {
        finish(visitor);
    }
}

/// The main thread is inside as a writer. A writer, a reader and another writer come, one after the
/// other, and wait. Then the main thread leaves and comes back at once. It has come last, so it
/// must be the last to go in; and the second writer must not overtake the two that came before it.
///
/// The thread that leaves is awake, while the others are still waking up. If that were an
/// advantage, one busy writer could keep all the others out for as long as it likes.
#[test]
fn who_comes_again_is_last() {
    let lock = Arc::new(ReadWriteLock::new());
    let clock = Clock::start();
    let inside = lock.write().expect("nobody was inside");
    let waiting = come(&lock, &clock, [writer(1, 1), reader(2, 1), writer(3, 1)]);
    clock.sleep_until(4);
    drop(inside);
    let again = Clock::tick(clock.began, visit(&lock, true, 1));
    let [writer, reader, later] = waiting.map(finish);
    assert!(
        writer < later && reader < later || clock.is_slow(),
        "a writer came at tick 1, a reader at 2 and another writer at 3; they went in at ticks \
         {writer}, {reader} and {later}"
    );
    assert!(
        later < again || clock.is_slow(),
        "the writer who left at tick 4 and came again went in at tick {again}, and a writer who \
         had been waiting went in at {later}"
    );
}

/// The main thread is inside as a reader, and a writer comes and waits. Then the main thread leaves
/// and reads again at once: it has come last, so the writer must go in first. The same again with
/// the main thread inside as a writer, and with a reader waiting as well. That reader may go in
/// before the writer, but the main thread may not, because it was not waiting.
///
/// A thread that has been called but is not awake yet is easily forgotten.
#[test]
fn a_reader_again_is_last() {
    let lock = Arc::new(ReadWriteLock::new());
    let clock = Clock::start();
    let inside = lock.read().expect("nobody was inside");
    let waiting = come(&lock, &clock, [writer(1, 1)]);
    clock.sleep_until(2);
    drop(inside);
    let again = Clock::tick(clock.began, visit(&lock, false, 1));
    let [writer_in] = waiting.map(finish);
    assert!(
        writer_in < again || clock.is_slow(),
        "a reader left at tick 2 and came again, and went in at tick {again}; a writer had been \
         waiting since tick 1, and went in at tick {writer_in}"
    );

    let clock = Clock::start();
    let inside = lock.write().expect("everybody had left");
    let waiting = come(&lock, &clock, [writer(1, 1), reader(2, 1)]);
    clock.sleep_until(3);
    drop(inside);
    let again = Clock::tick(clock.began, visit(&lock, false, 1));
    let [writer_in, _] = waiting.map(finish);
    assert!(
        writer_in < again || clock.is_slow(),
        "a writer left at tick 3, came again as a reader, and went in at tick {again}; another \
         writer had been waiting since tick 1, and went in at tick {writer_in}"
    );
}

/// Does something when it is dropped.
struct AtLast<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtLast<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

type AtEnd = Box<dyn FnMut()>;

thread_local! {
    /// What this thread does when it ends, after its work is done.
    static AT_LAST: RefCell<Option<AtLast<AtEnd>>> = const { RefCell::new(None) };
}

/// A thread reads and leaves. Then it goes in from a destructor: during a panic, or at its end, when
/// a thread-local variable (`thread_local!`) is destroyed. The destructor reads while the main thread is
/// inside as a writer until tick 3, and writes while the main thread is inside as a reader
/// until tick 6. It must wait, and go in when the main thread leaves.
///
/// A destructor may have something to write down. What is used last is destroyed first: what the lock keeps
/// for a thread in a variable of its own may be gone by then.
#[test]
fn a_destructor_goes_in() {
    for at_the_end in [false, true] {
        let (lock, clock) = (Arc::new(ReadWriteLock::new()), Clock::start());
        let began = clock.began;
        let (tell, told) = mpsc::channel();
        let goes_in = {
            let lock = Arc::clone(&lock);
            move || {
                let reads = lock.read().map(|_guard| Clock::tick(began, Instant::now()));
                thread::sleep(TICK * 2);
                let writes = lock.write().map(|_guard| Clock::tick(began, Instant::now()));
                tell.send([reads, writes]).expect("the main thread listens");
            }
        };
        let lock_of_visitor = Arc::clone(&lock);
        let visitor = thread::spawn(move || {
            let at_last = AtLast(Box::new(goes_in) as Box<dyn FnMut()>);
            let visit = || {
                drop(lock_of_visitor.read().expect("the visitor was not inside"));
                thread::sleep(TICK * 2);
            };
            if at_the_end {
                AT_LAST.set(Some(at_last));
                visit();
            } else {
                let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
                    let _at_last = at_last;
                    visit();
                    panic!("for a reason of its own, on purpose");
                }));
                assert!(panicked.is_err(), "the panic should have come out");
            }
        });
        clock.sleep_until(1);
        let writing = lock.write().expect("the main thread was not inside");
        clock.sleep_until(3);
        drop(writing);
        clock.sleep_until(4);
        let reading = lock.read().expect("the main thread was not inside");
        clock.sleep_until(6);
        drop(reading);
        finish(visitor);
        let told = told.try_recv().expect("the destructor runs to its end");
        let when = if at_the_end { "at its thread's end" } else { "during a panic" };
        assert!(
            told == [Ok(3), Ok(6)] || clock.is_slow() && told.iter().all(Result::is_ok),
            "the tick at which a destructor {when} got in as a reader, and then as a writer: {told:?};              it should have been 3 and 6"
        );
    }
}
