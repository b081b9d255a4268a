//! Who runs when. The work is played by `thread::sleep`: with the Gil it is computing, and within
//! `allow_threads` it is waiting for a disk or a network.

use gil::{Gil, Python};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

/// CPython's own switch interval.
const INTERVAL: Duration = Duration::from_millis(5);

/// The time between the starts of two threads, so that it is clear who came first.
const MOMENT: Duration = Duration::from_micros(200);

/// A thread's part of the timeline.
struct Lane {
    name: &'static str,
    clock: Instant,
    came: Duration,
    /// From when to when it did what.
    spans: Vec<(Duration, Duration, char)>,
}

impl Lane {
    /// Runs bytecode for so many milliseconds, up to the next checkpoint.
    fn compute(&mut self, py: &mut Python<'_>, millis: u64) {
        self.take_time(millis, '#');
        py.checkpoint();
    }

    /// Waits for a disk or a network for so many milliseconds.
    fn wait(&mut self, py: &mut Python<'_>, millis: u64) {
        py.allow_threads(|| self.take_time(millis, '~'));
    }

    fn take_time(&mut self, millis: u64, what: char) {
        let from = self.clock.elapsed();
        thread::sleep(Duration::from_millis(millis));
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

/// Starts a thread that works with the Gil, and gives it a moment to get in, or in line.
fn start<R: Send + 'static>(
    gil: &Arc<Gil>,
    work: impl FnOnce(&Gil) -> R + Send + 'static,
) -> JoinHandle<R> {
    let gil = Arc::clone(gil);
    let thread = thread::spawn(move || work(&gil));
    thread::sleep(MOMENT);
    thread
}

/// Starts a thread that runs this bytecode and writes down what it does when.
fn draw(
    gil: &Arc<Gil>,
    clock: Instant,
    name: &'static str,
    bytecode: fn(&mut Lane, &mut Python<'_>),
) -> JoinHandle<Lane> {
    start(gil, move |gil| {
        let mut lane = Lane { name, clock, came: clock.elapsed(), spans: Vec::new() };
        gil.run(|py| bytecode(&mut lane, py));
        lane
    })
}

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the Gil should not have panicked")
}

/// The threads one below the other, each character a millisecond.
fn timeline<const N: usize>(threads: [JoinHandle<Lane>; N]) -> String {
    let lanes = threads.map(finish);
    let ends = lanes.iter().flat_map(|lane| &lane.spans).map(|(_, to, _)| to.as_millis() as u64);
    let end = ends.max().unwrap_or(0);
    let scale: String = (0..=end / 5).map(|five| format!("{:<5}", 5 * five)).collect();
    let mut timeline = format!("ms     {}\n", scale.trim_end());
    for lane in lanes {
        let middle = |milli: u64| Duration::from_micros(1000 * milli + 500);
        let drawn: String = (0..end).map(|milli| lane.at(middle(milli))).collect();
        timeline += &format!("{:<7}{}\n", lane.name, drawn.trim_end());
    }
    timeline
}

/// Three threads, started one after the other, compute for 1 ms, wait 6 ms for the network, and
/// compute for 1 ms again. In the timeline, `#` runs bytecode, `~` waits without the Gil, and `.`
/// waits for the Gil. All three waits must overlap, and nobody need wait for the Gil at all. If
/// somebody waits for the network with the Gil in hand, nobody else gets anything done, and threads
/// have bought you nothing.
#[test]
fn waiting_overlaps() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let download = |lane: &mut Lane, py: &mut Python<'_>| {
        lane.compute(py, 1);
        lane.wait(py, 6);
        lane.compute(py, 1);
    };
    let threads = ["news", "shop", "mail"].map(|name| {
        let thread = draw(&gil, clock, name, download);
        thread::sleep(MS);
        thread
    });

    // One process may run this check many times, which insta must be told.
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline(threads), @r"
        ms     0    5    10
        news   #~~~~~~#
        shop    #~~~~~~#
        mail     #~~~~~~#
        ");
    }
}

/// Two threads compute for 12 ms each, with a checkpoint every 2 ms. The switch interval is 5 ms. In
/// the timeline, `#` runs bytecode, and `.` waits for the Gil. The one that waits asks after 5 ms; the
/// holder yields at its next checkpoint, 6 ms after its turn began, not before and not later. So they
/// take turns, and both end later than one of them alone: threads do not make computing quicker
/// where one at a time may compute.
#[test]
fn computing_takes_turns() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let compute = |lane: &mut Lane, py: &mut Python<'_>| {
        for _ in 0..6 {
            lane.compute(py, 2);
        }
    };
    let threads = ["spam", "eggs"].map(|name| draw(&gil, clock, name, compute));
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline(threads), @r"
        ms     0    5    10   15   20
        spam   ######......######
        eggs   ......######......######
        ");
    }
}

/// One thread computes for 24 ms, with a checkpoint every 2 ms. Another one computes for 1 ms and
/// waits 2 ms for the disk, three times. In the timeline, `#` runs bytecode, `~` waits without the
/// Gil, and `.` waits for the Gil. While the disk is busy, the other thread computes. But whenever
/// the disk has answered, its thread must wait for a whole switch interval and up to the next
/// checkpoint, to go on for a single millisecond. Whoever has wondered why a web server is slow
/// beside a busy thread sees it here.
#[test]
fn computing_beside_waiting() {
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
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline(threads), @r"
        ms     0    5    10   15   20   25
        prime  ######.########.########.##
        disk   ......#~~......#~~......#
        ");
    }
}

/// Three threads run bytecode one after the other. The first one is asked to yield, but before it
/// comes to a checkpoint, it gives the Gil up to wait for the network. The second one is asked, too,
/// but its bytecode ends before. In both cases the next one must not be interrupted at its first
/// checkpoint, after 2 or 3 ms: it has not had its 5 ms, and nobody has asked it. If it took the old
/// request for its own, the machine would soon be busy with nothing but handing over. But the third
/// one must be asked in its turn, when the first one has waited long enough for its sake.
#[test]
fn a_request_is_for_one_holder() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let first = start(&gil, move |gil| {
        gil.run(|py| {
            thread::sleep(8 * MS);
            py.allow_threads(|| thread::sleep(MS));
            clock.elapsed().as_millis()
        })
    });
    // When it began, and when it went on after so many milliseconds and a checkpoint.
    let begin = move |py: &mut Python<'_>, millis| {
        let began = clock.elapsed();
        thread::sleep(millis * MS);
        py.checkpoint();
        (began.as_millis(), clock.elapsed().as_millis())
    };
    let second = start(&gil, move |gil| {
        gil.run(|py| {
            let times = begin(py, 3);
            thread::sleep(5 * MS);
            times
        })
    });
    let third = start(&gil, move |gil| {
        gil.run(|py| {
            let times = begin(py, 2);
            for _ in 0..3 {
                thread::sleep(4 * MS);
                py.checkpoint();
            }
            times
        })
    });
    let (back, second, third) = (finish(first), finish(second), finish(third));
    assert!(second < third, "the third one got the Gil before the second, which had waited longer");
    assert_eq!(second, (8, 11), "when, in ms, the second one began, and went on after 3 ms");
    assert_eq!(third, (16, 18), "when, in ms, the third one began, and went on after 2 ms");
    assert!(
        (22..=26).contains(&back),
        "the first one got the Gil back after {back} ms; it should have been at the second or third \
         checkpoint of the third one, after 22 or 26 ms"
    );
}

/// Writes down who runs bytecode now, and does so for a millisecond.
fn enter(log: &Mutex<Vec<&'static str>>, name: &'static str) {
    log.lock().expect("nobody panics with the log in hand").push(name);
    thread::sleep(MS);
}

/// The main thread holds the Gil. Two others want it: one that comes anew, and later one that comes
/// back from waiting for the network. The main thread yields, and the one that came anew runs twice
/// in a row, or would like to. Everybody must get the Gil in the order in which they began to wait,
/// however quick somebody else may be.
///
/// If the quick could overtake the waiting, there would be no telling how long one may have to wait.
#[test]
fn nobody_is_overtaken() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let log = Arc::new(Mutex::new(Vec::new()));
    let [log_of_back, log_of_first] = [Arc::clone(&log), Arc::clone(&log)];
    let back = start(&gil, move |gil| {
        gil.run(|py| {
            py.allow_threads(|| thread::sleep(5 * MS));
            enter(&log_of_back, "back from the network");
        });
    });
    let first = gil.run(|py| {
        let first = start(&gil, move |gil| {
            gil.run(|_| enter(&log_of_first, "first"));
            gil.run(|_| enter(&log_of_first, "first, again"));
        });
        thread::sleep(12 * MS);
        py.checkpoint();
        enter(&log, "main, which had yielded");
        first
    });
    finish(first);
    finish(back);
    assert_eq!(
        *log.lock().expect("nobody panics with the log in hand"),
        ["first", "back from the network", "main, which had yielded", "first, again"],
        "who got the Gil, in this order"
    );
}

/// What a thread does with the Gil.
type Bytecode<'a> = &'a dyn Fn(&mut Python<'_>);

/// A thread waits for the Gil for a while, and the clock is watched: once the holder ends, once it
/// yields, and once it waits for the network. Each time the waiter must get in at that very moment,
/// and use no processor time before, neither by asking in a loop nor by looking again every now and
/// then. A waiter that burns a core takes it from the one it waits for.
#[test]
fn a_waiter_sleeps() {
    // A little over 20 ms, so that nobody who looks every millisecond is in time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let ends = |_: &mut Python<'_>| thread::sleep(nap);
    let yields = |py: &mut Python<'_>| {
        thread::sleep(nap);
        py.checkpoint();
    };
    let waits = |py: &mut Python<'_>| {
        thread::sleep(nap);
        py.allow_threads(|| thread::sleep(nap));
    };
    let holders: [(&str, Bytecode<'_>); 3] =
        [("ended", &ends), ("yielded", &yields), ("waited for the network", &waits)];
    for (what, bytecode) in holders {
        let gil = Arc::new(Gil::new(INTERVAL));
        let clock = Instant::now();
        let waiter = gil.run(|py| {
            let gil = Arc::clone(&gil);
            let waiter = thread::spawn(move || gil.run(|_| clock.elapsed()));
            bytecode(py);
            waiter
        });
        let late = finish(waiter).checked_sub(nap).expect("the waiter got in past the holder");
        assert_eq!(late, Duration::ZERO, "how late the waiter got in when the holder {what}");
    }
}
