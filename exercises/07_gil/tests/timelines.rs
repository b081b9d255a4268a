//! Who runs when. The work is played by `thread::sleep`: with the Gil it is computing, and within
//! `allow_threads` it is waiting for a disk or a network.

use gil::{Gil, Python};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// All times here are counted in ticks. To the grader's clock they could be of any length; these are
/// long enough for a real one to keep up, most of the time.
const TICK: Duration = Duration::from_millis(10);

/// The switch interval: five ticks.
const INTERVAL: Duration = Duration::from_millis(50);

/// The time between the starts of two threads, so that it is clear who came first.
const MOMENT: Duration = Duration::from_millis(2);

/// How many whole ticks have passed.
fn ticks(clock: Instant) -> u128 {
    clock.elapsed().as_millis() / TICK.as_millis()
}

/// A thread's part of the timeline.
struct Lane {
    name: &'static str,
    clock: Instant,
    came: Duration,
    /// From when to when it did what.
    spans: Vec<(Duration, Duration, char)>,
}

impl Lane {
    /// Runs bytecode for so many ticks, up to the next checkpoint.
    fn compute(&mut self, py: &mut Python<'_>, ticks: u32) {
        self.take_time(ticks, '#');
        py.checkpoint();
    }

    /// Waits for a disk or a network for so many ticks.
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

/// The threads one below the other, each character a tick.
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

/// Three threads, started one after the other, compute for 1 tick, wait 6 ticks for the network,
/// and compute for 1 tick again. In the timeline, `#` runs bytecode, `~` waits without the Gil, and `.`
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
        thread::sleep(TICK - MOMENT / 2);
        thread
    });

    // One process may run this check many times, which insta must be told.
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline(threads), @r"
        tick   0    5    10
        news   #~~~~~~#
        shop    #~~~~~~#
        mail     #~~~~~~#
        ");
    }
}

/// Two threads compute for 12 ticks each, with a checkpoint every 2 ticks. The switch interval is 5.
/// In the timeline, `#` runs bytecode, and `.` waits for the Gil. The one that waits asks after 5
/// ticks; the holder yields at its next checkpoint, 6 ticks after its turn began, not before and not
/// later. So they
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
        tick   0    5    10   15   20
        spam   ######......######
        eggs   ......######......######
        ");
    }
}

/// One thread computes for 24 ticks, with a checkpoint every 2 ticks. Another one computes for 1
/// tick, three times, and in between waits 2 ticks for the disk. In the timeline, `#` runs bytecode,
/// `~` waits without the Gil, and `.` waits for the Gil. While the disk is busy, the other thread
/// computes. But whenever the disk has answered, its thread must wait for a whole switch interval
/// and up to the next checkpoint, to go on for a single tick. Whoever has wondered why a web server
/// is slow beside a busy thread sees it here.
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
        tick   0    5    10   15   20   25
        prime  ######.########.########.##
        disk   ......#~~......#~~......#
        ");
    }
}

/// Three threads run bytecode one after the other. The first one is asked to yield, but before it
/// comes to a checkpoint, it gives the Gil up to wait for the network. The second one is asked, too,
/// but its bytecode ends before. In both cases the next one must not be interrupted at its first
/// checkpoint, after 2 or 3 ticks: it has not had its 5, and nobody has asked it. If it took the old
/// request for its own, the machine would soon be busy with nothing but handing over. But the third
/// one must be asked in its turn, when the first one has waited long enough for its sake.
#[test]
fn a_request_is_for_one_holder() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let clock = Instant::now();
    let first = start(&gil, move |gil| {
        gil.run(|py| {
            thread::sleep(8 * TICK);
            py.allow_threads(|| thread::sleep(TICK));
            ticks(clock)
        })
    });
    // When it began, and when it went on after so many ticks and a checkpoint.
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
    assert!(second < third, "the third one got the Gil before the second, which had waited longer");
    assert_eq!(second, (8, 11), "when, in ticks, the second one began, and went on after 3");
    assert_eq!(third, (16, 18), "when, in ticks, the third one began, and went on after 2");
    assert!(
        (22..=26).contains(&back),
        "the first one got the Gil back after {back} ticks; it should have been at the second or third \
         checkpoint of the third one, after 22 or 26"
    );
}

/// Writes down who runs bytecode now, and does so for a tick.
fn enter(log: &Mutex<Vec<&'static str>>, name: &'static str) {
    log.lock().expect("nobody panics with the log in hand").push(name);
    thread::sleep(TICK);
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
    assert_eq!(
        *log.lock().expect("nobody panics with the log in hand"),
        ["first", "back from the network", "main, which had yielded", "first, again"],
        "who got the Gil, in this order"
    );
}

/// How a holder gives the Gil up.
type GiveUp<'a> = &'a dyn Fn(&mut Python<'_>);

/// A thread waits for the Gil for a while, and the clock is watched: once the holder ends, once it
/// yields, and once it waits for the network. Each time the waiter must get in at that very moment,
/// and use no processor time before, neither by asking in a loop nor by looking again every now and
/// then. A waiter that burns a core takes it from the one it waits for.
#[test]
fn a_waiter_sleeps() {
    // A little over six ticks, so that nobody who looks every millisecond is in time by chance.
    let nap = Duration::from_nanos(60_000_123);
    let ends = |_: &mut Python<'_>| ();
    let yields = |py: &mut Python<'_>| py.checkpoint();
    let waits = |py: &mut Python<'_>| py.allow_threads(|| thread::sleep(nap));
    let holders: [(&str, GiveUp<'_>); 3] =
        [("ended", &ends), ("yielded", &yields), ("waited for the network", &waits)];
    for (what, give_up) in holders {
        let gil = Arc::new(Gil::new(INTERVAL));
        let (lay_down, gave_up, waiter) = gil.run(|py| {
            let gil = Arc::clone(&gil);
            let waiter = thread::spawn(move || gil.run(|_| Instant::now()));
            let lay_down = Instant::now();
            thread::sleep(nap);
            let gave_up = Instant::now();
            give_up(py);
            (lay_down, gave_up, waiter)
        });
        let got_in = finish(waiter);
        let late =
            got_in.checked_duration_since(gave_up).expect("the waiter got in past the holder");
        // No real clock is exact; our own nap has shown how far out this one is. The grader's is exact.
        let tolerance = 100 * (gave_up - lay_down).saturating_sub(nap);
        assert!(late <= tolerance, "the waiter got in {late:?} after the holder {what}");
    }
}
