//! Checks for the `shared_counter` exercise.

use shared_counter::{HitCounter, Outcome, Totals};
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The two counts as plain numbers: hits, then failures.
fn counts(totals: Totals) -> (u32, u32) {
    (totals.hits, totals.failures)
}

/// A single thread records hits, reads the totals and takes them. The counter must count hits and
/// failures, number the hits from 1, and start again after `take`. A second counter, for another
/// page, must not see any of these hits. Two pages of one site must not mix their figures.
#[test]
fn counts_on_one_thread() {
    let page = HitCounter::new();
    let other_page = HitCounter::new();

    assert_eq!(counts(page.totals()), (0, 0), "(hits, failures) of a new counter");
    assert_eq!(page.record(Outcome::Served), 1, "the number of the first hit");
    assert_eq!(page.record(Outcome::Failed), 2, "the number of the second hit");
    assert_eq!(counts(page.totals()), (2, 1), "(hits, failures), after one of each");
    assert_eq!(
        counts(other_page.totals()),
        (0, 0),
        "(hits, failures) of the other page, which had none"
    );
    assert_eq!(counts(page.take()), (2, 1), "(hits, failures) that `take` returned");
    assert_eq!(counts(page.totals()), (0, 0), "(hits, failures) that were left after `take`");
    assert_eq!(page.record(Outcome::Failed), 1, "the number of the first hit after `take`");
    assert_eq!(counts(page.totals()), (1, 1), "(hits, failures) after `take` and one failed hit");

    let page = HitCounter::default();
    assert_eq!(
        counts(page.totals()),
        (0, 0),
        "(hits, failures) of a new counter made by `default`"
    );
    assert_eq!(
        page.record(Outcome::Served),
        1,
        "the number of the first hit of one made by `default`"
    );
}

/// A page has had two hits. Then three hundred other pages are put online, one after another; each
/// has one hit, which must be number 1. The first forty are taken down at once, and 260 stay. No
/// page may affect another: in the end each must have its own hits. Counters share nothing, however
/// many there are.
#[test]
fn three_hundred_pages() {
    let page = HitCounter::new();
    assert_eq!([0; 2].map(|_| page.record(Outcome::Failed)), [1, 2], "the numbers of two hits");
    let mut online = Vec::new();
    for number in 1..=300 {
        let other = HitCounter::new();
        assert_eq!(
            other.record(Outcome::Served),
            1,
            "the number of the first hit of page {number}"
        );
        if number > 40 {
            online.push(other);
        }
    }
    assert_eq!(
        counts(page.totals()),
        (2, 2),
        "(hits, failures) of the first page, when 300 others have come"
    );
    assert_eq!(page.record(Outcome::Served), 3, "the number of the third hit of the first page");
    for (other, number) in online.iter().zip(41..) {
        assert_eq!(
            counts(other.totals()),
            (1, 0),
            "(hits, failures) of page {number}, which had one hit"
        );
    }
}

/// Two threads record two hits each, the first of which is served and the second of which fails.
/// When both threads have ended, all four hits and both failures must be there. A lost hit is a
/// visit that nobody is paid for, and nothing ever tells you that it is missing.
#[test]
fn no_hit_is_lost() {
    let page = HitCounter::new();
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                page.record(Outcome::Served);
                page.record(Outcome::Failed);
            });
        }
    });
    let (hits, failures) = counts(page.totals());
    assert_eq!(hits, 4, "hits, after four calls of `record`");
    assert_eq!(failures, 2, "failures, after two of the four hits failed");
}

/// Three threads record one hit each, the second of which fails, and look at the numbers they are
/// given. These must be 1, 2 and 3, each exactly once, in any order. If visitor number 100 wins a
/// cake, two visitors with that number mean one cake too many, and none at all is a broken
/// promise.
#[test]
fn every_hit_has_its_own_number() {
    let page = HitCounter::new();
    let mut numbers: Vec<u32> = thread::scope(|threads| {
        let visitors = [
            threads.spawn(|| page.record(Outcome::Served)),
            threads.spawn(|| page.record(Outcome::Failed)),
            threads.spawn(|| page.record(Outcome::Served)),
        ];
        visitors.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3], "the numbers of three hits, sorted");
}

/// The page is broken: every single hit fails. While two threads record such hits, a monitor reads
/// the totals. Each time it must see as many failures as hits, and never fewer hits than the time
/// before. A monitor that reads one count early and the other late computes error rates of 50% or
/// 200%, and wakes somebody at night for nothing.
#[test]
fn the_two_counts_belong_together() {
    let page = HitCounter::new();
    let seen = thread::scope(|threads| {
        threads.spawn(|| {
            page.record(Outcome::Failed);
            page.record(Outcome::Failed);
        });
        threads.spawn(|| page.record(Outcome::Failed));
        [page.totals(), page.totals()].map(counts)
    });
    for (hits, failures) in seen {
        assert!(
            failures == hits,
            "every hit failed, but `totals` counted {hits} hits and {failures} failures"
        );
    }
    assert!(
        seen[0].0 <= seen[1].0,
        "the earlier look saw {} hits, and the later one only {}",
        seen[0].0,
        seen[1].0
    );
}

/// Three hits come one after another: one that is served, one that fails (on a thread of its own),
/// one that is served. Meanwhile a monitor reads the totals, and then a reporter takes them. Both
/// must find what was there at one moment: no hits, one hit without a failure, or two or three hits
/// with one failure. The reporter must not find fewer hits.
///
/// A report that contains a hit but not an earlier one describes something that never was.
#[test]
fn totals_are_of_one_moment() {
    let page = HitCounter::new();
    let (seen, taken) = thread::scope(|threads| {
        threads.spawn(|| {
            page.record(Outcome::Served);
            thread::scope(|helpers| {
                helpers.spawn(|| page.record(Outcome::Failed));
            });
            page.record(Outcome::Served);
        });
        (counts(page.totals()), counts(page.take()))
    });
    let moments = [(0, 0), (1, 0), (2, 1), (3, 1)];
    assert!(
        moments.contains(&seen),
        "`totals` saw {} hits and {} failures, which was never so",
        seen.0,
        seen.1
    );
    assert!(
        moments.contains(&taken),
        "`take` took {} hits and {} failures, which was never so",
        taken.0,
        taken.1
    );
    assert!(
        seen.0 <= taken.0,
        "`totals` saw {} hits, and `take` took only {} after that",
        seen.0,
        taken.0
    );
}

/// Two threads each record a hit, which is served, and look at the totals. Each must find at least
/// as many hits there as the number of its own. A visitor who reloads the page and does not find
/// himself in the count will tell everybody that it is made up.
#[test]
fn own_hits_are_seen() {
    let page = HitCounter::new();
    let visit = || (page.record(Outcome::Served), counts(page.totals()));
    let visits = thread::scope(|threads| {
        let other = threads.spawn(visit);
        [visit(), other.join().unwrap()]
    });
    for (number, (hits, failures)) in visits {
        assert!(hits >= number, "hit number {number} was recorded, but `totals` counted {hits}");
        assert_eq!(failures, 0, "failures, although both hits were served");
    }
    assert_eq!(counts(page.totals()), (2, 0), "(hits, failures), after two hits that were served");
}

/// A monitor looks at the totals while one thread records 65,536 hits that all fail, without a
/// pause. It must see as many failures as hits. A version number of 8 or 16 bits is then back at
/// its old value.
#[test]
fn many_hits_at_one_look() {
    let page = HitCounter::new();
    let (hits, failures) = thread::scope(|threads| {
        threads.spawn(|| {
            probe::uninterrupted(|| {
                // A counter that waits for another thread at each hit leaves a pause, and is slow.
                let waits = probe::sleeps(|| page.record(Outcome::Failed));
                for _ in 1..if waits { 256 } else { 65_536 } {
                    page.record(Outcome::Failed);
                }
            });
        });
        counts(page.totals())
    });
    assert!(
        failures == hits,
        "every hit failed, but `totals` counted {hits} hits and {failures} failures"
    );
}

/// All hits fail. At first, 70 visitors come at once, each on a thread of its own, and then 190 one
/// after another. While the 70 record theirs, every fourth looks at the totals, and a reporter takes
/// them. As many failures as hits must be seen, taken and left. The hits that were taken must have
/// had the numbers from 1 on, each exactly once, and so must those that are left.
///
/// What goes well with two or three visitors may go wrong when a page becomes famous.
#[test]
fn a_crowd_of_visitors() {
    let page = HitCounter::new();
    let visit = || page.record(Outcome::Failed);
    let visit_and_look = |number| {
        let mine = visit();
        (mine, if number % 4 == 0 { counts(page.totals()) } else { (0, 0) })
    };
    let (taken, crowd) = thread::scope(|threads| {
        let crowd: Vec<_> = (0..70).map(|n| threads.spawn(move || visit_and_look(n))).collect();
        let taken = counts(page.take());
        let crowd: Vec<_> = crowd.into_iter().map(|visitor| visitor.join().unwrap()).collect();
        (taken, crowd)
    });
    let left = counts(page.totals());
    for (hits, failures) in crowd.iter().map(|(_, seen)| *seen).chain([taken, left]) {
        assert_eq!(
            failures, hits,
            "failures among {hits} hits, all of which failed, in what a visitor saw, or was taken or \
             left; (hits, failures) taken: {taken:?}, left: {left:?}"
        );
    }
    assert_eq!(
        taken.0 + left.0,
        70,
        "hits counted in all, for 70 visitors (taken: {}, left: {})",
        taken.0,
        left.0
    );
    let mut numbers: Vec<u32> = crowd.into_iter().map(|(number, _)| number).collect();
    let mut expected: Vec<u32> = (1..=taken.0).chain(1..=left.0).collect();
    expected.sort_unstable();
    numbers.sort_unstable();
    assert_eq!(numbers, expected, "the numbers of 70 hits, sorted");

    for before in left.0..left.0 + 190 {
        let number = thread::scope(|threads| threads.spawn(visit).join().unwrap());
        assert_eq!(number, before + 1, "the number of a hit that came after {before} others");
    }
    let all = left.0 + 190;
    assert_eq!(
        counts(page.totals()),
        (all, all),
        "(hits, failures), after {} and 190 hits that failed",
        left.0
    );
}

/// One visitor stays. Meanwhile 300 others come one after another, and all hits fail. When the 16th, the
/// 32nd, and so on up to the 256th of them comes, the first one reloads the page at the same time. In the
/// end every hit must be there.
///
/// If each thread has a place of its own to count in, there must be as many places as threads. Two
/// threads that share one lose a hit now and then.
#[test]
fn one_visitor_stays() {
    let page = HitCounter::new();
    let visit = || page.record(Outcome::Failed);
    let (call, called) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let numbers = thread::scope(|threads| {
        threads.spawn(move || {
            for () in called {
                tell.send(visit()).expect("the main thread listens");
            }
        });
        call.send(()).expect("the first visitor listens");
        let mut numbers = vec![told.recv().expect("the first visitor comes")];
        for number in 1..=300 {
            let together = [16, 32, 64, 100, 128, 256].contains(&number);
            let other = threads.spawn(visit);
            if together {
                call.send(()).expect("the first visitor listens");
            }
            numbers.push(other.join().unwrap());
            if together {
                numbers.push(told.recv().expect("the first visitor comes again"));
            }
        }
        drop(call);
        numbers.sort_unstable();
        numbers
    });
    assert_eq!(counts(page.totals()), (307, 307), "(hits, failures) after 307 hits that failed");
    assert_eq!(numbers, (1..=307).collect::<Vec<_>>(), "the numbers of 307 hits, sorted");
}

/// While two threads record hits that all fail, a reporter takes the totals, as it does every hour.
/// Afterwards every hit must either be in what was taken or still be in the counter: not in both,
/// and not in neither. What is taken must be consistent, too: as many failures as hits. Otherwise
/// every hourly report loses a few hits, and the more people visit, the more it loses.
#[test]
fn take_loses_nothing() {
    let page = HitCounter::new();
    let taken = thread::scope(|threads| {
        threads.spawn(|| {
            page.record(Outcome::Failed);
            page.record(Outcome::Failed);
        });
        threads.spawn(|| page.record(Outcome::Failed));
        [page.take(), page.take()].map(counts)
    });
    let left = counts(page.totals());

    for (hits, failures) in taken {
        assert_eq!(failures, hits, "failures among {hits} hits, all of which failed");
    }
    assert_eq!(
        taken[0].0 + taken[1].0 + left.0,
        3,
        "hits counted in all, for 3 that were recorded (taken: {} and {}, left: {})",
        taken[0].0,
        taken[1].0,
        left.0
    );
    assert_eq!(
        taken[0].1 + taken[1].1 + left.1,
        3,
        "failures counted in all, for 3 that were recorded (taken: {} and {}, left: {})",
        taken[0].1,
        taken[1].1,
        left.1
    );
}

/// Two hits are in the counter, the second of which failed. A monitor looks at the totals twice.
/// Meanwhile a reporter's helper takes them, and then two hits of the same kind are recorded. Each
/// look must find what was there at one moment: both old hits, nothing, the first new hit, or both
/// new hits.
///
/// A monitor that reads one count before the new hour begins and the other one after it mixes the
/// figures of two hours.
#[test]
fn a_look_while_totals_are_taken() {
    let page = HitCounter::new();
    let two_hits = || [page.record(Outcome::Served), page.record(Outcome::Failed)];
    two_hits();
    let (seen, taken, numbers) = thread::scope(|threads| {
        let reporter = threads.spawn(|| {
            let taken =
                thread::scope(|helpers| helpers.spawn(|| counts(page.take())).join().unwrap());
            (taken, two_hits())
        });
        let seen = [page.totals(), page.totals()].map(counts);
        let (taken, numbers) = reporter.join().unwrap();
        (seen, taken, numbers)
    });
    for look in seen {
        assert!(
            [(2, 1), (0, 0), (1, 0)].contains(&look),
            "`totals` saw {} hits and {} failures, which was never so",
            look.0,
            look.1
        );
    }
    assert!(
        seen != [(1, 0), (0, 0)],
        "the earlier look saw the first new hit, and the later one did not"
    );
    assert_eq!(taken, (2, 1), "(hits, failures) that `take` returned: the two old hits");
    assert_eq!(numbers, [1, 2], "the numbers of the two new hits");
    assert_eq!(counts(page.totals()), (2, 1), "(hits, failures) in the end: the two new hits");
}

/// Two hits are in the counter, the second of which failed. While a monitor looks at the totals, a
/// reporter takes them, and reads them again at once and later. No hit comes meanwhile, so after
/// `take` nothing must be left, and the monitor must find either both hits or nothing.
/// A monitor that shows yesterday's hits until the first visitor comes is wrong all night.
#[test]
fn nothing_is_left_after_take() {
    let page = HitCounter::new();
    page.record(Outcome::Served);
    page.record(Outcome::Failed);
    let (taken, after, seen) = thread::scope(|threads| {
        let monitor = threads.spawn(|| counts(page.totals()));
        let (taken, after) = (counts(page.take()), counts(page.totals()));
        (taken, after, monitor.join().unwrap())
    });
    assert_eq!(taken, (2, 1), "(hits, failures) that `take` returned: the two hits");
    assert_eq!(after, (0, 0), "(hits, failures) just after `take`; no hit has come since");
    assert!(
        [(2, 1), (0, 0)].contains(&seen),
        "the monitor saw {} hits and {} failures, which was never so",
        seen.0,
        seen.1
    );
    assert_eq!(counts(page.totals()), (0, 0), "(hits, failures) later; no hit has come since");
    assert_eq!(counts(page.take()), (0, 0), "(hits, failures) that a second `take` returned");
}

/// One hit has been served. Two reporters take the totals at the same time; one of them then
/// records a hit that fails, and another visitor is served. In the end every hit and the one
/// failure must be in exactly one report, or still in the counter, and no report may have more
/// failures than hits.
///
/// A report that looks only at one of the two counts may mix yesterday's with today's.
#[test]
fn two_reports_share_nothing() {
    let page = HitCounter::new();
    page.record(Outcome::Served);
    let taken = thread::scope(|threads| {
        threads.spawn(|| page.record(Outcome::Served));
        let other = threads.spawn(|| {
            let taken = counts(page.take());
            page.record(Outcome::Failed);
            taken
        });
        let mine = counts(page.take());
        [mine, other.join().unwrap()]
    });
    let left = counts(page.totals());
    let all = [taken[0], taken[1], left];
    for (hits, failures) in all {
        assert!(
            failures <= hits,
            "failures: {failures}, but hits: {hits}, in a report or in what was left in the counter"
        );
    }
    let hits: u64 = all.iter().map(|(hits, _)| u64::from(*hits)).sum();
    assert_eq!(
        hits, 3,
        "hits counted in all; (hits, failures) in one report, in the other, and left: {all:?}"
    );
    let failures: u64 = all.iter().map(|(_, failures)| u64::from(*failures)).sum();
    assert_eq!(
        failures, 1,
        "failures counted in all; (hits, failures) in one report, in the other, and left: {all:?}"
    );
}

/// A reporter takes the totals. Meanwhile another one records a failed hit, calls `take()`, and
/// then `totals()` at once. The totals must be zero, and its hit must be in one of the two reports.
///
/// Whoever calls `take` starts again from zero, even if somebody else is about to do the same.
#[test]
fn own_take_leaves_nothing() {
    let page = HitCounter::new();
    let (mine, theirs) = thread::scope(|threads| {
        let other = threads.spawn(|| {
            page.record(Outcome::Failed);
            let taken = counts(page.take());
            (taken, counts(page.totals()))
        });
        (counts(page.take()), other.join().unwrap())
    });
    let (taken, seen) = theirs;
    assert_eq!(
        seen,
        (0, 0),
        "(hits, failures) right after a `take`; no hit was recorded in between"
    );
    let both = (mine.0 + taken.0, mine.1 + taken.1);
    assert_eq!(
        both,
        (1, 1),
        "(hits, failures) in both reports, of one hit that failed; one: {mine:?}, the other: {taken:?}"
    );
}

/// Has a thread record two hits that end in the same way, while two reporters take the totals at the same
/// time, and checks that each hit is in exactly one place and that the numbers fit.
fn take_while_hits_come(outcome: Outcome) {
    let page = HitCounter::new();
    let (numbers, taken) = thread::scope(|threads| {
        let visitor = threads.spawn(|| [page.record(outcome), page.record(outcome)]);
        let reporter = threads.spawn(|| counts(page.take()));
        let mine = counts(page.take());
        (visitor.join().unwrap(), [mine, reporter.join().unwrap()])
    });
    let left = counts(page.totals());

    let all = [taken[0], taken[1], left];
    let hits = all.map(|(hits, _)| u64::from(hits));
    assert_eq!(
        hits.iter().sum::<u64>(),
        2,
        "hits counted in all; in one report, in the other, and left: {hits:?}"
    );
    for (hits, failures) in all {
        let expected = if outcome == Outcome::Failed { hits } else { 0 };
        assert_eq!(
            failures, expected,
            "failures among {hits} hits; (hits, failures) in one report, in the other, and left: {all:?}"
        );
    }
    let first_was_taken_alone = taken.iter().any(|(hits, _)| *hits == 1);
    let expected = if first_was_taken_alone { [1, 1] } else { [1, 2] };
    assert_eq!(
        numbers, expected,
        "the numbers of two hits; hits in one report, in the other, and left: {hits:?}"
    );
}

/// A thread records two hits, both of which fail, while two reporters take the totals at the same
/// time. Each hit must be in exactly one place: in one of the reports, or still in the counter. The
/// second hit must be number 1 again if the first was taken before the second came, and number 2 if
/// not.
///
/// If an hour begins before the last one has ended, visitors of both hours are told that they are
/// number 2, and some are counted in both.
#[test]
fn numbers_start_again_after_take() {
    take_while_hits_come(Outcome::Failed);
}

/// Two requests are served, one after the other, while two reporters take the totals at the same
/// time. Each hit must be in exactly one report, or still in the counter, and none may be counted
/// as a failure. The second hit must be number 1 again if the first was taken before the second
/// came, and number 2 if not.
#[test]
fn served_hits_start_again_too() {
    take_while_hits_come(Outcome::Served);
}

/// A single thread and a busy day: 17,000,000 hits, all of which fail, or as many as a slow counter
/// can take in five seconds. The number of the last hit must be the number of hits made, and so
/// must both counts. A count that is narrower than it claims to be works on every day except the
/// one that matters.
#[test]
fn counts_a_busy_day() {
    let page = HitCounter::new();
    let (begun, long) = (Instant::now(), Duration::from_secs(5));
    let (mut hits, mut last) = (0, 0);
    // A counter that hands each hit to another thread is not wrong, only slow.
    while hits < 17_000_000 && (hits % 1_024 != 0 || begun.elapsed() < long) {
        hits += 1;
        last = page.record(Outcome::Failed);
    }
    assert_eq!(last, hits, "the number of the last hit");
    assert_eq!(counts(page.totals()), (hits, hits), "(hits, failures) at the end of the day");
}

/// A single thread and 70,000 quiet days, on each of which one visitor comes and the totals are
/// taken. The visitor must be number 1 each time, and exactly one hit must be taken. A counter runs
/// for years, and nobody counts how often it has been reset.
#[test]
fn many_quiet_days() {
    let page = HitCounter::new();
    for day in 1..=70_000 {
        assert_eq!(page.record(Outcome::Served), 1, "the number of the only hit on day {day}");
        assert_eq!(counts(page.take()), (1, 0), "(hits, failures) taken on day {day}");
    }
}

/// One page has a hit. Then 70,000 other pages are put online and taken down, one after another (or as many
/// as a slow counter allows in five seconds), and none of them may have a hit. The first page
/// must still have its own.
///
/// Counters share nothing, however many there have been.
#[test]
fn seventy_thousand_pages() {
    let first = HitCounter::new();
    assert_eq!(first.record(Outcome::Failed), 1, "the number of the first hit");
    let (begun, long) = (Instant::now(), Duration::from_secs(5));
    // A counter that starts a thread is not wrong, only slow.
    for number in (1..=70_000).take_while(|_| begun.elapsed() < long) {
        let page = HitCounter::new();
        assert_eq!(counts(page.totals()), (0, 0), "(hits, failures) of new page number {number}");
        if number % 7 == 0 {
            page.record(Outcome::Served);
        }
    }
    assert_eq!(counts(first.totals()), (1, 1), "(hits, failures) of the first page");
}

/// Does something when it is dropped.
struct AtLast<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtLast<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

type AtEnd = Box<dyn FnMut() + Send>;

thread_local! {
    /// What this thread does when it ends, after its work is done.
    static AT_LAST: RefCell<Option<AtLast<AtEnd>>> = const { RefCell::new(None) };
}

/// A thread records a hit, and then another one in a destructor: in the first round during a panic,
/// in the second at its end, when a thread-local variable (`thread_local!`) is destroyed. There it
/// also looks at the totals and takes them. Meanwhile another visitor comes. Every hit must be in
/// what a `take` returned or still in the counter.
///
/// What is used last is destroyed first: what a counter keeps for a thread in a variable of its own may
/// be gone by then.
#[test]
fn a_hit_from_a_destructor() {
    for at_the_end in [false, true] {
        let page = Arc::new(HitCounter::new());
        let (tell, told) = mpsc::channel();
        let counts_it = {
            let page = Arc::clone(&page);
            move || {
                page.record(Outcome::Failed);
                let seen = counts(page.totals());
                tell.send((seen, counts(page.take()))).expect("the main thread listens");
            }
        };
        let at_last = AtLast(Box::new(counts_it) as Box<dyn FnMut() + Send>);
        let page_of_visitor = Arc::clone(&page);
        let visitor = thread::spawn(move || {
            if at_the_end {
                AT_LAST.set(Some(at_last));
                page_of_visitor.record(Outcome::Failed);
            } else {
                let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
                    let _at_last = at_last;
                    page_of_visitor.record(Outcome::Failed);
                    panic!("for a reason of its own, on purpose");
                }));
                assert!(panicked.is_err(), "the panic should have come out");
            }
        });
        page.record(Outcome::Failed);
        visitor.join().expect("a thread that counts a hit should not panic");
        let (seen, taken) = told.try_recv().expect("the destructor runs to its end");
        let left = counts(page.totals());
        for (hits, failures) in [seen, taken, left] {
            assert_eq!(failures, hits, "failures among {hits} hits, all of which failed");
        }
        assert_eq!(
            taken.0 + left.0,
            3,
            "hits counted in all, for 3 that were recorded (taken in a destructor: {}, left: {})",
            taken.0,
            left.0
        );
    }
}
