//! Who runs when. `thread::sleep` stands for work: with the Gil held it is computing, and within
//! `allow_threads` it is waiting for a disk or a network.
//!
//! On a real clock nothing here is judged, because delays on a busy machine are not the Gil's fault. There,
//! what was seen is only printed (`cargo test -p gil -- --nocapture`). Only the grader's clock is exact.

use gil::{Gil, Python};
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// All times here are counted in ticks. For the grader's clock they could be of any length; these
/// are long enough for a real clock to keep up, most of the time.
const TICK: Duration = Duration::from_millis(10);

/// The switch interval: five ticks.
const INTERVAL: Duration = Duration::from_millis(50);

/// The time between the starts of two threads, so that it is clear which came first.
const MOMENT: Duration = Duration::from_millis(2);

/// Whether the clock stands still while any thread is awake. No real clock does: it runs on while a
/// sleeping thread wakes up.
fn clock_is_exact() -> bool {
    let slept_at = Instant::now();
    thread::sleep(TICK);
    slept_at.elapsed() == TICK
}

/// Compares a timeline with the expected one.
macro_rules! assert_timeline {
    ($exact:expr, $timeline:expr, @$expected:literal) => {
        let timeline = $timeline;
        if $exact {
            // One process may run this check many times, and insta must be told so.
            insta::allow_duplicates! { insta::assert_snapshot!(timeline, @$expected) }
        } else {
            println!("{timeline}");
        }
    };
}

/// How many whole ticks have passed.
fn ticks(clock: Instant) -> u128 {
    clock.elapsed().as_millis() / TICK.as_millis()
}

/// One thread's row in the timeline.
struct Lane {
    name: &'static str,
    clock: Instant,
    came: Duration,
    /// What it did, from when to when.
    spans: Vec<(Duration, Duration, char)>,
}

impl Lane {
    /// Runs bytecode for this many ticks, up to the next checkpoint.
    fn compute(&mut self, py: &mut Python<'_>, ticks: u32) {
        self.take_time(ticks, '#');
        py.checkpoint();
    }

    /// Waits for a disk or a network for this many ticks.
    fn wait(&mut self, py: &mut Python<'_>, ticks: u32) {
        py.allow_threads(|| self.take_time(ticks, '~'));
    }

    fn take_time(&mut self, ticks: u32, what: char) {
        let from = self.clock.elapsed();
        thread::sleep(ticks * TICK);
        self.spans.push((from, self.clock.elapsed(), what));
    }

    /// What it was doing at this moment: `#` runs bytecode, `~` waits without the Gil, `.` waits
    /// for the Gil. A space if it was not there.
    fn at(&self, moment: Duration) -> char {
        let there = self.came <= moment && self.spans.iter().any(|(_, to, _)| moment < *to);
        let span = self.spans.iter().find(|(from, to, _)| (*from..*to).contains(&moment));
        span.map_or(if there { '.' } else { ' ' }, |(_, _, what)| *what)
    }
}

/// Starts a thread that works with the Gil, and gives it a moment to get in, or into the line.
fn start<R: Send + 'static>(
    gil: &Arc<Gil>,
    work: impl FnOnce(&Gil) -> R + Send + 'static,
) -> JoinHandle<R> {
    let gil = Arc::clone(gil);
    let thread = thread::spawn(move || work(&gil));
    thread::sleep(MOMENT);
    thread
}

/// Starts a thread that runs this bytecode and records what it does, and when.
fn draw(
    gil: &Arc<Gil>,
    clock: Instant,
    name: &'static str,
    bytecode: fn(&mut Lane, &mut Python<'_>),
) -> JoinHandle<Lane> {
    let gil = Arc::clone(gil);
    // Its name is that of its lane.
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let mut lane = Lane { name, clock, came: clock.elapsed(), spans: Vec::new() };
        gil.run(|py| bytecode(&mut lane, py));
        lane
    });
    thread::sleep(MOMENT);
    thread.expect("a thread can be started")
}

/// Waits for the thread to end and returns its result.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the Gil should not have panicked")
}

/// The threads one below the other, with one character for each tick.
fn timeline<const N: usize>(threads: [JoinHandle<Lane>; N]) -> String {
    let lanes = threads.map(finish);
    let ends = lanes.iter().flat_map(|lane| &lane.spans).map(|(_, to, _)| *to);
    let end = ends.max().map_or(0, |last| (last.as_millis() / TICK.as_millis()) as u32);
    let scale: String = (0..=end / 5).map(|five| format!("{:<5}", 5 * five)).collect();
    let mut timeline = format!("tick   {}\n", scale.trim_end());
    for lane in lanes {
        // In the middle of the tick.
        let drawn: String = (0..end).map(|tick| lane.at(tick * TICK + TICK / 2)).collect();
        timeline += &format!("{:<7}{}\n", lane.name, drawn.trim_end());
    }
    timeline
}

/// Three threads, started one after another, compute for 1 tick, wait 6 ticks for the network, and
/// compute for 1 tick again. In the timeline, `#` runs bytecode, `~` waits without the Gil, and `.`
/// waits for the Gil. All three waits must overlap, and no thread may have to wait for the Gil.
///
/// If a thread holds the Gil while it waits for the network, no other thread gets anything done,
/// and threads have gained you nothing.
#[test]
fn waiting_overlaps() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let download = |lane: &mut Lane, py: &mut Python<'_>| {
        lane.compute(py, 1);
        lane.wait(py, 6);
        lane.compute(py, 1);
    };
    let threads = ["news", "shop", "mail"].map(|name| {
        let thread = draw(&gil, clock, name, download);
        thread::sleep(TICK - MOMENT / 2);
        thread
    });

    assert_timeline!(exact, timeline(threads), @r"
    tick   0    5    10
    news   #~~~~~~#
    shop    #~~~~~~#
    mail     #~~~~~~#
    ");
}

/// Two threads compute for 12 ticks each, with a checkpoint every 2 ticks. In the timeline, `#`
/// runs bytecode, and `.` waits for the Gil. The waiting thread must ask after 5 ticks, the switch
/// interval, and the holder must yield at its next checkpoint: 6 ticks after its turn began, no
/// earlier and no later.
///
/// So the threads take turns, and both end later than one of them would alone: threads do not speed
/// up computing if only one at a time may compute.
#[test]
fn computing_takes_turns() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let compute = |lane: &mut Lane, py: &mut Python<'_>| {
        for _ in 0..6 {
            lane.compute(py, 2);
        }
    };
    let threads = ["spam", "eggs"].map(|name| draw(&gil, clock, name, compute));
    assert_timeline!(exact, timeline(threads), @r"
    tick   0    5    10   15   20
    spam   ######......######
    eggs   ......######......######
    ");
}

/// One thread computes for 24 ticks, with a checkpoint every 2. Another computes for 1 tick, three
/// times, and in between waits 2 ticks for the disk. (`#` runs bytecode, `~` waits without the Gil,
/// `.` waits for the Gil.) While the disk is busy, the first must compute. When the disk has
/// answered, the other must ask after 5 ticks, and get in at the next checkpoint.
///
/// So it has to wait for a whole switch interval, and then for a checkpoint, just to go on for a
/// single tick. If you have ever wondered why a web server is slow beside a busy thread, this is
/// why.
#[test]
fn computing_beside_waiting() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let compute = |lane: &mut Lane, py: &mut Python<'_>| {
        for _ in 0..12 {
            lane.compute(py, 2);
        }
    };
    let read = |lane: &mut Lane, py: &mut Python<'_>| {
        lane.compute(py, 1);
        for _ in 0..2 {
            lane.wait(py, 2);
            lane.compute(py, 1);
        }
    };
    let threads = [draw(&gil, clock, "prime", compute), draw(&gil, clock, "disk", read)];
    assert_timeline!(exact, timeline(threads), @r"
    tick   0    5    10   15   20   25
    prime  ######.########.########.##
    disk   ......#~~......#~~......#
    ");
}

/// Three threads get the Gil in the order in which they came. The first two are asked to yield, but
/// the first begins to wait for the network instead, and the second ends. The next holder must not
/// yield at its first checkpoint, after 3 or 2 ticks, as nobody has asked it. The third must yield
/// to the first at its checkpoint after 6 ticks.
///
/// If holders took old requests for their own, the machine would soon do nothing but hand the Gil
/// over. The third thread is asked in its turn, 5 ticks after it began, by the first thread, which
/// has been waiting for longer than that.
#[test]
fn a_request_is_for_one_holder() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let first = start(&gil, move |gil| {
        gil.run(|py| {
            thread::sleep(8 * TICK);
            py.allow_threads(|| thread::sleep(TICK));
            ticks(clock)
        })
    });
    // When it began, and when it went on after this many ticks and a checkpoint.
    let begin = move |py: &mut Python<'_>, length: u32| {
        let began = ticks(clock);
        thread::sleep(length * TICK);
        py.checkpoint();
        (began, ticks(clock))
    };
    let second = start(&gil, move |gil| {
        gil.run(|py| {
            let times = begin(py, 3);
            thread::sleep(5 * TICK);
            times
        })
    });
    let third = start(&gil, move |gil| {
        gil.run(|py| {
            let times = begin(py, 2);
            for _ in 0..3 {
                thread::sleep(4 * TICK);
                py.checkpoint();
            }
            times
        })
    });
    let (back, second, third) = (finish(first), finish(second), finish(third));
    if !exact {
        println!("first: back at {back}; (began, went on): second {second:?}, third {third:?}");
        return;
    }
    assert!(second < third, "the third one got the Gil before the second, which had waited longer");
    assert_eq!(
        second,
        (8, 11),
        "(tick at which the second thread began, tick at which it passed its checkpoint)"
    );
    assert_eq!(
        third,
        (16, 18),
        "(tick at which the third thread began, tick at which it passed its first checkpoint)"
    );
    assert_eq!(back, 22, "tick at which the first thread got the Gil from the third");
}

/// `net` computes for 3 ticks, then waits for the network; `spam` computes for 8 ticks, with a
/// checkpoint every 2; `eggs` waits for the Gil from the start. (`#` runs bytecode, `~` waits
/// without the Gil, `.` waits for the Gil.) When `spam` gets the Gil, `eggs` must wait for 5 more
/// ticks, and then ask. So `spam` must yield at its checkpoint after 6 ticks.
///
/// By then `eggs` has waited for 3 ticks, but that was for another holder. A thread that notices
/// too late that the Gil has changed hands waits up to twice as long as it should.
#[test]
fn every_holder_has_its_interval() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let download = draw(&gil, clock, "net", |lane, py| {
        lane.compute(py, 3);
        lane.wait(py, 11);
        lane.compute(py, 1);
    });
    let long = draw(&gil, clock, "spam", |lane, py| {
        for _ in 0..4 {
            lane.compute(py, 2);
        }
    });
    let short = draw(&gil, clock, "eggs", |lane, py| lane.compute(py, 2));
    assert_timeline!(exact, timeline([download, long, short]), @r"
    tick   0    5    10   15
    net    ###~~~~~~~~~~~#
    spam   ...######..##
    eggs   .........##
    ");
}

/// The main thread holds the Gil, and two others wait. The first of them has asked it to yield. At the
/// very moment when the second one's interval ends as well, the main thread's bytecode panics, and
/// the first gets the Gil. It must not be interrupted at its checkpoint, after 2 ticks: the first
/// request was for the main thread, and nobody has waited a whole interval for the new holder.
#[test]
fn a_request_that_comes_too_late() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let mut waiting = Vec::new();
    let crash = AssertUnwindSafe(|| {
        gil.run(|_| {
            waiting.extend(two_that_ask(&gil, clock));
            panic!("a bug, on purpose");
        })
    });
    assert!(panic::catch_unwind(crash).is_err(), "the panic should have come out of run()");
    assert_uninterrupted(exact, waiting);
}

/// The main thread holds the Gil, and two others wait. The first of them has asked it to yield. At the
/// very moment when the second one's interval ends as well, the main thread comes to a checkpoint, and
/// yields to the first. The first must not be interrupted at its own checkpoint, after 2 ticks: even if
/// the second one asks while the main thread is about to yield, it asks the main thread, which must go on
/// after both of them.
///
/// A request that comes while the Gil changes hands must not remain, or the new holder yields at once.
#[test]
fn a_request_during_a_checkpoint() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let (waiting, went_on) = gil.run(|py| {
        let waiting = two_that_ask(&gil, clock);
        py.checkpoint();
        (waiting, ticks(clock))
    });
    assert_uninterrupted(exact, waiting.into());
    if exact {
        assert_eq!(
            went_on, 9,
            "tick at which main, asked to yield, passed its checkpoint, after both of the others"
        );
    }
}

/// When, in ticks, a thread began, and when it went on after 2 ticks and a checkpoint.
type BeganAndWentOn = (u128, u128);

/// Starts two threads that wait for the Gil, and returns at the end of the second one's interval.
fn two_that_ask(gil: &Arc<Gil>, clock: Instant) -> [JoinHandle<BeganAndWentOn>; 2] {
    let threads = [0, 1].map(|_| {
        start(gil, move |gil| {
            gil.run(|py| {
                let began = ticks(clock);
                thread::sleep(2 * TICK);
                py.checkpoint();
                (began, ticks(clock))
            })
        })
    });
    thread::sleep(INTERVAL - MOMENT);
    threads
}

/// Asserts that neither of the two yielded at its checkpoint.
fn assert_uninterrupted(exact: bool, waiting: Vec<JoinHandle<BeganAndWentOn>>) {
    let times: Vec<_> = waiting.into_iter().map(finish).collect();
    if !exact {
        println!("(began, went on): {times:?}");
        return;
    }
    assert_eq!(
        times,
        [(5, 7), (7, 9)],
        "for each waiting thread, one after the other: (tick at which it got the Gil, tick at which it \
         passed its checkpoint)"
    );
}

/// Records who runs bytecode now, and runs it for a tick.
fn enter(log: &Mutex<Vec<&'static str>>, name: &'static str) {
    log.lock().expect("nobody panics while writing the log").push(name);
    thread::sleep(TICK);
}

/// The main thread holds the Gil. Two others want it: a new thread, and later one that comes back from
/// waiting for the network. The main thread yields, and the new thread tries to run twice in a row. All
/// of them must get the Gil in the order in which they began to wait, however quick another thread may
/// be.
///
/// If quick threads could overtake waiting ones, there would be no limit to how long a thread may wait.
#[test]
fn nobody_is_overtaken() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    let [log_of_back, log_of_first] = [Arc::clone(&log), Arc::clone(&log)];
    let back = start(&gil, move |gil| {
        gil.run(|py| {
            py.allow_threads(|| thread::sleep(5 * TICK));
            enter(&log_of_back, "back from the network");
        });
    });
    let first = gil.run(|py| {
        let first = start(&gil, move |gil| {
            gil.run(|_| enter(&log_of_first, "first"));
            gil.run(|_| enter(&log_of_first, "first, again"));
        });
        thread::sleep(12 * TICK);
        py.checkpoint();
        enter(&log, "main, which had yielded");
        first
    });
    finish(first);
    finish(back);
    let order = log.lock().expect("nobody panics while writing the log");
    if !exact {
        println!("{order:?}");
        return;
    }
    assert_eq!(
        *order,
        ["first", "back from the network", "main, which had yielded", "first, again"],
        "who got the Gil, in order"
    );
}

/// Records who runs bytecode now.
fn note(log: &Mutex<Vec<&'static str>>, name: &'static str) {
    log.lock().expect("nobody panics while writing the log").push(name);
}

/// Compares the log with the expected one.
fn assert_order(exact: bool, log: &Mutex<Vec<&'static str>>, expected: &[&str]) {
    let order = log.lock().expect("nobody panics while writing the log");
    if exact {
        assert_eq!(*order, expected, "who ran bytecode, in order");
    } else {
        println!("{order:?}");
    }
}

/// The main thread holds the Gil, and is asked to yield. At its checkpoint another thread gets in, runs
/// bytecode that takes no time at all, and at once wants to run again. But by then the main thread has
/// been waiting since its checkpoint, so it must have its turn first.
///
/// Otherwise a quick thread can overtake the one that let it in, as often as it likes.
#[test]
fn who_yields_is_in_line_at_once() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    let log_of_quick = Arc::clone(&log);
    let quick = gil.run(|py| {
        let quick = start(&gil, move |gil| {
            for name in ["quick", "quick, again"] {
                gil.run(|_| note(&log_of_quick, name));
            }
        });
        thread::sleep(INTERVAL);
        py.checkpoint();
        note(&log, "main, which had yielded");
        quick
    });
    finish(quick);
    assert_order(exact, &log, &["quick", "main, which had yielded", "quick, again"]);
}

/// A thread yields, and another one gets in. That one calls a third, which begins to wait before the
/// clock has moved on. The one that yielded began to wait earlier and must have its turn earlier, even
/// though a clock cannot tell the two moments apart. In the first round the thread that yields is older
/// than the third one, and used the Gil before it; in the second round it is the other way round.
///
/// Clocks may stand still for a while, and some do so for milliseconds. A line does not need one.
#[test]
fn first_come_within_one_moment() {
    let exact = clock_is_exact();
    for older_yields in [true, false] {
        let gil = Arc::new(Gil::new(INTERVAL));
        let log = Arc::new(Mutex::new(Vec::new()));
        let (call, called) = mpsc::channel();
        let log_of_third = Arc::clone(&log);
        let comes_when_called = move |gil: &Gil| {
            gil.run(|_| ());
            called.recv().expect("the other thread calls");
            gil.run(|_| note(&log_of_third, "called later"));
        };
        let log_of_first = Arc::clone(&log);
        let yields = move |gil: &Gil| {
            gil.run(|_| ());
            thread::sleep(TICK);
            gil.run(|py| {
                thread::sleep(TICK + INTERVAL);
                py.checkpoint();
                note(&log_of_first, "had yielded");
            });
        };
        let threads = if older_yields {
            [start(&gil, yields), start(&gil, comes_when_called)]
        } else {
            let older = start(&gil, comes_when_called);
            [older, start(&gil, yields)]
        };
        thread::sleep(TICK);
        gil.run(|_| {
            note(&log, "main");
            call.send(()).expect("the third thread listens");
            // The clock moves on when all others have done what they can.
            thread::sleep(Duration::from_nanos(1));
        });
        for thread in threads {
            finish(thread);
        }
        assert_order(exact, &log, &["main", "had yielded", "called later"]);
    }
}

/// The main thread releases the Gil to write to a disk. Meanwhile, one thread runs bytecode, and a second
/// one waits. Then the write panics, and a third thread begins to wait. The main thread catches the panic
/// and goes on: after the second thread, which came before it, and before the third.
///
/// A thread that panics needs the Gil like any other, and one that overtakes because of a panic may go
/// on for hours.
#[test]
fn a_panic_waits_in_line() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    // After a while, runs bytecode that takes a while.
    let script = |name: &'static str, after: Duration, lasts: Duration| {
        let log = Arc::clone(&log);
        move |gil: &Gil| {
            thread::sleep(after);
            gil.run(|_| {
                note(&log, name);
                thread::sleep(lasts);
            });
        }
    };
    let mut others = Vec::new();
    gil.run(|py| {
        let write = || {
            others.push(start(&gil, script("holds it", Duration::ZERO, 4 * TICK)));
            others.push(start(&gil, script("came before", Duration::ZERO, TICK)));
            others.push(start(&gil, script("came after", 2 * TICK, TICK)));
            thread::sleep(TICK);
            panic!("the disk is full, on purpose");
        };
        let write = AssertUnwindSafe(|| -> () { py.allow_threads(write) });
        assert!(panic::catch_unwind(write).is_err(), "the panic should have come out");
        note(&log, "main, which had panicked");
    });
    for other in others {
        finish(other);
    }
    let expected = ["holds it", "came before", "main, which had panicked", "came after"];
    assert_order(exact, &log, &expected);
}

/// One thread writes to a disk for 1 tick without the Gil. The write panics, and its bytecode
/// catches that and computes for 1 tick. Another thread computes for 12, with a checkpoint every 2.
/// (`#` runs bytecode, `~` waits without the Gil, `.` waits for the Gil.) After the panic, the
/// first must ask after 5 ticks. So the other must yield at its checkpoint after 6.
///
/// A thread asks as it would without a panic. If it did not, nobody would handle the error before
/// the other thread has done all its work.
#[test]
fn a_panic_asks_for_the_gil() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let write = draw(&gil, clock, "disk", |lane, py| {
        let write = || -> () {
            lane.take_time(1, '~');
            panic!("the disk is full, on purpose");
        };
        let write = AssertUnwindSafe(|| py.allow_threads(write));
        assert!(panic::catch_unwind(write).is_err(), "the panic should have come out");
        lane.compute(py, 1);
    });
    let compute = draw(&gil, clock, "prime", |lane, py| {
        for _ in 0..6 {
            lane.compute(py, 2);
        }
    });
    assert_timeline!(exact, timeline([write, compute]), @r"
    tick   0    5    10
    disk   ~.....#
    prime  ######.######
    ");
}

/// Calls a function when it is dropped.
struct WhenDropped<F: FnMut()>(F);

impl<F: FnMut()> Drop for WhenDropped<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The main thread panics while it does not hold the Gil. While it unwinds, a destructor runs bytecode,
/// which releases the Gil for a moment and acquires it again. Then two other threads begin to wait. After a
/// switch interval, it must yield to them at its next checkpoint. They must run bytecode one after the
/// other, and the Gil must be free in the end.
///
/// Whether the thread is panicking says nothing about the bytecode: code that cleans up after a panic is
/// still code, and it returns like any other.
#[test]
fn bytecode_during_a_panic() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let inside = Arc::new(AtomicU32::new(0));
    let mut others = Vec::new();
    let done = Arc::new(AtomicU32::new(0));
    let mut let_in = 0;
    let crash = AssertUnwindSafe(|| {
        let _file = WhenDropped(|| {
            gil.run(|py| {
                py.allow_threads(|| thread::sleep(MOMENT));
                others.extend([0, 1].map(|_| {
                    let (inside, done) = (Arc::clone(&inside), Arc::clone(&done));
                    start(&gil, move |gil| {
                        gil.run(|_| {
                            let met = inside.fetch_add(1, SeqCst);
                            thread::sleep(TICK);
                            inside.fetch_sub(1, SeqCst);
                            done.fetch_add(1, SeqCst);
                            met
                        })
                    })
                }));
                thread::sleep(INTERVAL);
                py.checkpoint();
                let_in = done.load(SeqCst);
            });
        });
        panic!("a bug, on purpose");
    });
    assert!(panic::catch_unwind(crash).is_err(), "the panic should have come out");
    if exact {
        assert_eq!(let_in, 2, "waiting threads that main let in at its checkpoint");
    }
    let met: Vec<_> = others.into_iter().map(finish).collect();
    assert_eq!(met, [0, 0], "other threads running bytecode when each of [one, the other] began");
    assert_eq!(gil.run(|_| 3), 3, "what the last bytecode returned");
}

/// The main thread holds two Gils, and uses a third one at every tick. One thread waits for the first Gil, and
/// 3 ticks later another one for the second. After 5 ticks the main thread was asked to yield the
/// first Gil, and must do so at that one's next checkpoint: no earlier, and not at the second one's,
/// which it must yield 3 ticks later.
///
/// A request is for one Gil, and a switch interval begins when that Gil changes hands. Others have
/// nothing to do with it.
#[test]
fn a_request_is_for_one_gil() {
    let exact = clock_is_exact();
    let [first, second, third] = [0; 3].map(|_| Arc::new(Gil::new(INTERVAL)));
    let log = Arc::new(Mutex::new(Vec::new()));
    let wait = |gil: &Arc<Gil>, name: &'static str| {
        let log = Arc::clone(&log);
        start(gil, move |gil| gil.run(|_| note(&log, name)))
    };
    let work = |ticks: u32| {
        for _ in 0..ticks {
            thread::sleep(TICK);
            third.run(|py| py.checkpoint());
        }
    };
    let waiting = first.run(|first_py| {
        second.run(|second_py| {
            let for_first = wait(&first, "the first Gil's waiter");
            work(3);
            first_py.checkpoint();
            note(&log, "main, after 3 ticks");
            let for_second = wait(&second, "the second Gil's waiter");
            work(2);
            second_py.checkpoint();
            note(&log, "main, after 5 ticks");
            first_py.checkpoint();
            note(&log, "main, which had yielded the first Gil");
            work(3);
            second_py.checkpoint();
            note(&log, "main, which had yielded the second Gil");
            [for_first, for_second]
        })
    });
    waiting.into_iter().for_each(finish);
    let expected = [
        "main, after 3 ticks",
        "main, after 5 ticks",
        "the first Gil's waiter",
        "main, which had yielded the first Gil",
        "the second Gil's waiter",
        "main, which had yielded the second Gil",
    ];
    assert_order(exact, &log, &expected);
}

/// Runs when it is dropped.
type AtLast = WhenDropped<Box<dyn FnMut()>>;

thread_local! {
    /// What this thread does when it ends, after its work is done.
    static AT_LAST: RefCell<Option<AtLast>> = const { RefCell::new(None) };
}

/// A thread runs bytecode. At its end, the destructor of a thread-local variable (`thread_local!`) runs
/// bytecode again. The main thread holds the Gil by then, and is asked to yield. After that, the
/// destructor waits for the Gil again, at the end of `allow_threads`. It must get in both times.
///
/// Scripts close their files in destructors. What the Gil keeps for a thread may be gone by then:
/// what was used last is destroyed first.
#[test]
fn bytecode_at_the_end_of_a_thread() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    let (go, went) = mpsc::channel();
    let close_files = {
        let (gil, log) = (Arc::clone(&gil), Arc::clone(&log));
        move || {
            gil.run(|py| {
                note(&log, "the destructor");
                py.allow_threads(|| thread::sleep(TICK));
                py.checkpoint();
                note(&log, "the destructor, back from the network");
            });
        }
    };
    let ends = start(&gil, move |gil| {
        AT_LAST.set(Some(WhenDropped(Box::new(close_files))));
        gil.run(|_| ());
        went.recv().expect("the main thread lets it end");
    });
    gil.run(|py| {
        go.send(()).expect("the other thread listens");
        thread::sleep(INTERVAL + MOMENT);
        py.checkpoint();
        note(&log, "main, which had yielded");
        thread::sleep(2 * TICK);
        note(&log, "main, at its end");
    });
    finish(ends);
    let expected = [
        "the destructor",
        "main, which had yielded",
        "main, at its end",
        "the destructor, back from the network",
    ];
    assert_order(exact, &log, &expected);
}

/// The switch interval is the longest there is, then a nanosecond shorter, and then one that has too many
/// nanoseconds for 64 bits.
/// The main thread holds the Gil, and two others wait, for ninety years. The interval is not over, so
/// the main thread must not yield at its checkpoint. But when it waits for the network both must get in.
///
/// With such an interval a program says that no thread is ever to be interrupted. The clock cannot hold
/// the end of it, and a thread that tries to work that out may fail while it waits, or give up too early.
#[test]
fn the_longest_interval_is_never_over() {
    let exact = clock_is_exact();
    // No real clock has ninety years to spare.
    let ninety_years = Duration::from_secs(if exact { 90 * 365 * 24 * 60 * 60 } else { 0 });
    let two_to_the_64 = Duration::from_nanos(u64::MAX) + Duration::from_nanos(1);
    for interval in [Duration::MAX, Duration::MAX - Duration::from_nanos(1), two_to_the_64] {
        let gil = Arc::new(Gil::new(interval));
        let log = Arc::new(Mutex::new(Vec::new()));
        let others = gil.run(|py| {
            let others = ["first", "second"].map(|name| {
                let log = Arc::clone(&log);
                start(&gil, move |gil| gil.run(|_| note(&log, name)))
            });
            thread::sleep(ninety_years);
            py.checkpoint();
            note(&log, "main");
            py.allow_threads(|| thread::sleep(TICK));
            note(&log, "main, back from the network");
            others
        });
        for other in others {
            finish(other);
        }
        let expected = ["main", "first", "second", "main, back from the network"];
        assert_order(exact, &log, &expected);
    }
}

/// The main thread runs bytecode 65,533 times while nobody waits. Then it holds the Gil, and three others
/// begin to wait, one after another. At a first checkpoint it has not been asked yet, and must not yield.
/// At a second one it has, and all must get in, in that order. Then all of this is done again, so that
/// the main thread comes to its checkpoints exactly 65,536 turns after it last did.
///
/// What is counted in 8 or 16 bits starts again about then. A line that is counted like that is not in
/// order any more, and an old request may be taken for a new one.
#[test]
fn in_line_after_many_turns() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    // Each round has five turns more: two of the main thread, and one of each of the others.
    for turns in [65_533, 65_531] {
        let log = Arc::new(Mutex::new(Vec::new()));
        probe::uninterrupted(|| {
            for _ in 0..turns {
                gil.run(|_| ());
            }
        });
        let others = gil.run(|py| {
            let others = ["first", "second", "third"].map(|name| {
                let log = Arc::clone(&log);
                start(&gil, move |gil| gil.run(|_| note(&log, name)))
            });
            py.checkpoint();
            note(&log, "main");
            thread::sleep(INTERVAL);
            py.checkpoint();
            note(&log, "main, which had yielded");
            others
        });
        for other in others {
            finish(other);
        }
        let expected = ["main", "first", "second", "third", "main, which had yielded"];
        assert_order(exact, &log, &expected);
    }
}

/// The main thread holds the Gil, and another thread waits. The main thread comes to five thousand checkpoints
/// before a switch interval is over, and must not yield at any of them. Then the interval is over, and it
/// must yield at the next checkpoint.
///
/// It is time that counts. Python 2 counted instructions instead and yielded after every hundredth, which is
/// too soon if they are fast, and too late if they are slow.
#[test]
fn many_checkpoints() {
    let exact = clock_is_exact();
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    let log_of_other = Arc::clone(&log);
    let other = gil.run(|py| {
        let other = start(&gil, move |gil| gil.run(|_| note(&log_of_other, "other")));
        probe::uninterrupted(|| (0..5_000).for_each(|_| py.checkpoint()));
        note(&log, "main, which was not asked");
        thread::sleep(INTERVAL);
        py.checkpoint();
        note(&log, "main, which had yielded");
        other
    });
    finish(other);
    assert_order(exact, &log, &["main, which was not asked", "other", "main, which had yielded"]);
}

/// The main thread holds the Gil, and 130 others begin to wait, one after another. When half of them
/// have waited for a whole interval, the main thread ends. Bytecode of the others takes no time, so all
/// of them must get the Gil at that very moment, in the order in which they came.
///
/// If the room for waiting threads is limited, or if several of them have to share one place in it, it
/// works in every test with three threads, and a busy server stops.
#[test]
fn a_long_line() {
    let exact = clock_is_exact();
    let length = 130;
    let interval = length * MOMENT;
    let gil = Arc::new(Gil::new(interval));
    let log = Arc::new(Mutex::new(Vec::new()));
    let others: Vec<_> = gil.run(|_| {
        let wait = |number| {
            let log = Arc::clone(&log);
            let note_it = move |_: &mut Python<'_>| {
                log.lock().expect("nobody panics here").push((number, Instant::now()));
            };
            start(&gil, move |gil| gil.run(note_it))
        };
        let others: Vec<_> = (0..length).map(wait).collect();
        thread::sleep((interval - MOMENT) / 2);
        others
    });
    let released = Instant::now();
    for other in others {
        finish(other);
    }
    let log = log.lock().expect("nobody panics while writing the log");
    assert_eq!(log.len(), length as usize, "how many threads got the Gil");
    for (place, (number, got_in)) in (0..length).zip(log.iter()) {
        if exact {
            assert_eq!(*number, place, "the number of the thread that got the Gil, counted from 0");
            let late = got_in.saturating_duration_since(released);
            assert_eq!(late, Duration::ZERO, "how late thread {place} got the Gil");
        }
    }
}

/// The main thread holds the Gil for years, with no checkpoint. Three threads wait for it: one that has
/// yielded to the main thread, one that has come to run bytecode, and one that is back from the network. Each
/// of them asks the main thread after a switch interval. Nobody hears that, and they must go on waiting,
/// asleep. When the main thread ends, all of them must get in at that very moment, in this order.
///
/// A thread that has asked can do no more. If it keeps looking whether the holder has heard it, it keeps a
/// core busy, and the holder, which needs that core, is even slower.
#[test]
fn nobody_hears() {
    let exact = clock_is_exact();
    // On a clock that jumps, years cost nothing. They are a prime number of nanoseconds, so that
    // polling at regular intervals is never on time by chance.
    let interval = Duration::from_nanos(if exact { 100_000_000_000_000_003 } else { 20_000_003 });
    let gil = Arc::new(Gil::new(interval));
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let log = Arc::clone(&log);
        move || log.lock().expect("nobody panics here").push((name, Instant::now()))
    };
    let (yielded, came, back) = (note("yielded"), note("came"), note("back from the network"));
    let back = start(&gil, move |gil| {
        gil.run(|py| {
            py.allow_threads(|| thread::sleep(2 * interval));
            back();
        });
    });
    let yielded = start(&gil, move |gil| {
        gil.run(|py| {
            thread::sleep(interval + MOMENT);
            py.checkpoint();
            yielded();
        });
    });
    let came = gil.run(|_| {
        let came = start(&gil, move |gil| gil.run(|_| came()));
        thread::sleep(5 * interval);
        came
    });
    let ended = Instant::now();
    for thread in [back, yielded, came] {
        finish(thread);
    }
    let log = log.lock().expect("nobody panics here");
    let order: Vec<_> = log.iter().map(|(name, _)| *name).collect();
    if !exact {
        println!("{order:?}");
        return;
    }
    assert_eq!(order, ["yielded", "came", "back from the network"], "who got the Gil, in order");
    for (name, got_in) in log.iter() {
        let late = got_in.saturating_duration_since(ended);
        assert_eq!(late, Duration::ZERO, "how late the thread got the Gil that {name}");
    }
}

/// How a holder gives the Gil up.
type GiveUp<'a> = &'a dyn Fn(&mut Python<'_>);

/// A thread waits for the Gil for decades: once until the holder ends, once until it yields, once
/// until it waits for the network. It must get in at that very moment, and sleep until then. No
/// holder may yield at a checkpoint a nanosecond before the switch interval is over. The one that
/// yields must do so at a checkpoint a nanosecond after it is over.
///
/// Before the interval is over nobody has asked. And a waiter that keeps a core busy, by asking in
/// a loop or by looking again every now and then, takes it away from the thread it waits for.
#[test]
fn a_waiter_sleeps() {
    let exact = clock_is_exact();
    // On a clock that jumps, decades cost nothing. They are a prime number of nanoseconds, so that
    // polling at regular intervals is never on time by chance.
    let interval = Duration::from_nanos(if exact { 1_000_000_000_000_000_003 } else { 20_000_003 });
    let moment = Duration::from_nanos(1);

    let ends = |_: &mut Python<'_>| ();
    let yields = |py: &mut Python<'_>| {
        py.checkpoint();
        thread::sleep(interval);
    };
    let waits = |py: &mut Python<'_>| py.allow_threads(|| thread::sleep(interval));
    let holders: [(&str, GiveUp<'_>); 3] =
        [("ended", &ends), ("yielded", &yields), ("waited for the network", &waits)];
    for (what, give_up) in holders {
        let gil = Arc::new(Gil::new(interval));
        let (gave_up, waiter) = gil.run(|py| {
            let gil = Arc::clone(&gil);
            let waiter = thread::spawn(move || gil.run(|_| Instant::now()));
            thread::sleep(interval - moment);
            py.checkpoint();
            thread::sleep(2 * moment);
            let gave_up = Instant::now();
            give_up(py);
            (gave_up, waiter)
        });
        let got_in = finish(waiter);
        let early = gave_up.saturating_duration_since(got_in);
        assert!(!exact || early.is_zero(), "the waiter got in {early:?} before the holder {what}");
        let late = got_in.saturating_duration_since(gave_up);
        assert!(!exact || late.is_zero(), "the waiter got in {late:?} after the holder {what}");
    }
}
