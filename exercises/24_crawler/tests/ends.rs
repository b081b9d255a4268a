//! How a crawl is stopped, and how it is watched.

use crawler::{
    Config, FetchError, Outcome, Page, Progress, Report, Stop, crawl, crawl_with_progress,
};
use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

fn config(workers: usize) -> Config {
    Config { workers, per_host: workers, stop: Stop::new() }
}

/// A page with these links.
fn page(links: &[&str]) -> Result<Page, FetchError> {
    Ok(Page { links: links.iter().map(|link| link.to_string()).collect() })
}

/// The URLs that were visited and those that were left, each list in alphabetical order.
fn urls(report: &Report) -> (Vec<&str>, Vec<&str>) {
    let visited = report.visited.keys().map(String::as_str).collect();
    (visited, report.left.iter().map(String::as_str).collect())
}

/// Every page takes a second, and two workers crawl. After 1.5 seconds the crawl is stopped. The
/// two pages that are being fetched then must be completed and reported, although one is broken and
/// the other makes the fetch panic. Nothing may be begun after the stop: the crawl must end after
/// two seconds, and report the pages that it found but did not visit.
///
/// With that report, the crawl can be continued tomorrow.
///
/// The crawl is watched, with a report every 0.8 seconds. A stop is not the end yet: the reports go
/// on until the last page has landed, and the last report has the final numbers.
#[test]
fn a_stop_lets_pages_in_flight_land() {
    let config = config(2);
    let start = Instant::now();
    let mut reports = Vec::new();
    let every = Duration::from_millis(800);
    let fetch = |url: &str| {
        thread::sleep(Duration::from_secs(1));
        match url {
            "http://a/" => page(&["http://a/gone", "http://a/bad", "http://a/next"]),
            "http://a/gone" => Err(FetchError("404".to_string())),
            _ => panic!("not a page, on purpose"),
        }
    };
    let report = thread::scope(|threads| {
        threads.spawn(|| {
            thread::sleep(Duration::from_millis(1500));
            config.stop.stop();
        });
        crawl_with_progress("http://a/", &config, fetch, every, |now: Progress| {
            reports.push((now.visited, now.in_flight, now.waiting));
        })
    });
    assert_eq!(start.elapsed().as_secs(), 2, "seconds that the crawl took");
    let expected = [
        ("http://a/", Outcome::Fetched),
        ("http://a/bad", Outcome::Panicked),
        ("http://a/gone", Outcome::Broken(FetchError("404".to_string()))),
    ];
    let expected = expected.map(|(url, outcome)| (url.to_string(), outcome)).into();
    assert_eq!(report.visited, expected, "what became of the pages that were begun");
    assert_eq!(urls(&report).1, ["http://a/next"], "the pages that were found, and left");
    let expected = [(0, 1, 0), (1, 2, 1), (3, 0, 1)];
    assert_eq!(reports, expected, "reports of (visited, in flight, waiting), at 0.8, 1.6 and 2 s");
}

/// Four crawls are stopped: one before it begins, two during their second page (with one worker,
/// then with two), and one during its first page. Nothing may be fetched after the stop. Only the
/// other worker of the third crawl may just have taken a page, and may begin that one. Each page
/// that was found must be reported as visited or as left.
///
/// Whatever happens at the same time, each page that was found is in one of the two lists, and each
/// page that was fetched is in the first. In the fourth crawl the other worker cannot have taken
/// any page.
#[test]
fn a_stop_begins_nothing_new() {
    let stopped = config(1);
    stopped.stop.stop();
    let report = crawl("http://a/", &stopped, |_| panic!("fetched after it was stopped"));
    assert_eq!(urls(&report), (vec![], vec!["http://a/"]), "(visited, left), stopped beforehand");

    for (workers, stops, may_be_late) in [(1, "/1", 0), (2, "/1", 1), (2, "a/", 0)] {
        let config = config(workers);
        let fetches = Mutex::new(Vec::new());
        let report = crawl("http://a/", &config, |url| {
            fetches.lock().unwrap().push((url.to_string(), config.stop.is_stopped()));
            if url.ends_with(stops) {
                config.stop.stop();
            }
            if url == "http://a/" {
                page(&["http://a/1", "http://a/2", "http://a/3"])
            } else {
                page(&[])
            }
        });
        let mut fetches = fetches.into_inner().unwrap();
        let late = fetches.iter().filter(|(_, stopped)| *stopped).count();
        assert!(
            late <= may_be_late,
            "fetches begun after the stop: {late}, with {workers} worker(s)"
        );
        fetches.sort();
        let (visited, left) = urls(&report);
        let fetched: Vec<_> = fetches.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(visited, fetched, "what the report says was visited, and what was fetched");
        let mut all = [visited, left].concat();
        all.sort();
        let found = ["http://a/", "http://a/1", "http://a/2", "http://a/3"];
        assert_eq!(all, found, "the pages visited and left, together");
    }
}

/// Three workers crawl a page that links to another, and a thread that has nothing to do with the
/// crawl stops it: before, between or during the two fetches, or afterwards. Up to two workers are
/// asleep at that moment. Whatever the moment, all workers must leave, and each page that was found
/// must be either visited or left.
///
/// A worker that slept through the stop, and whom nobody wakes, keeps the crawl for ever.
#[test]
fn a_stop_from_outside() {
    let config = config(3);
    let fetch = |url: &str| match url {
        "http://a/" => page(&["http://a/1"]),
        _ => page(&[]),
    };
    let report = thread::scope(|threads| {
        threads.spawn(|| config.stop.stop());
        crawl("http://a/", &config, fetch)
    });
    let (visited, left) = urls(&report);
    let possible = [
        (vec![], vec!["http://a/"]),
        (vec!["http://a/"], vec!["http://a/1"]),
        (vec!["http://a/", "http://a/1"], vec![]),
    ];
    assert!(
        possible.contains(&(visited.clone(), left.clone())),
        "the report says: visited {visited:?}, left {left:?}, which cannot be"
    );
}

/// Two workers crawl, and one page at a time may be fetched from the host. While a page is being
/// fetched and another one waits, the crawl is stopped. The other worker may be asleep at that
/// moment, because it has to wait for the host. It must leave nevertheless, and the page that waits
/// must be left, whether the last page has brought links or not.
///
/// A stop comes without a notification, and so does the end of a page that brings nothing new. If
/// each relies on the other to wake the sleeper, the crawl never ends.
#[test]
fn a_stop_reaches_who_waits_for_a_host() {
    for links in [&[][..], &["http://b/3"]] {
        let config = Config { per_host: 1, ..config(2) };
        let report = crawl("http://a/", &config, |url| {
            if url == "http://a/" {
                return page(&["http://a/1", "http://a/2"]);
            }
            config.stop.stop();
            page(links)
        });
        let (visited, left) = urls(&report);
        assert_eq!(visited, ["http://a/", "http://a/1"], "the pages that were begun");
        assert_eq!(left, [&["http://a/2"], links].concat(), "the pages that were found, and left");
    }
}

/// Two workers crawl a page with two links. One of these pages stops the crawl, and both have links
/// to pages of every kind: their own, visited ones, one that may be in flight, and a new one. After
/// the stop such links are only noted, but the rule is the same as ever: each page that was found
/// must be in one of the two lists, and in one only. The last report must count it once, too.
///
/// What is left will be fetched tomorrow. What has been visited must not be fetched again.
#[test]
fn no_page_is_both_visited_and_left() {
    let config = config(2);
    let mut last = None;
    let links = ["http://a/", "http://a/1", "http://a/2", "http://a/3", "http://a/3"];
    let fetch = |url: &str| match url {
        "http://a/" => page(&links[1..3]),
        "http://a/1" => {
            config.stop.stop();
            page(&links)
        }
        _ => page(&links),
    };
    let report = crawl_with_progress("http://a/", &config, fetch, Duration::MAX, |now| {
        last = Some((now.visited, now.in_flight, now.waiting));
    });
    let (visited, left) = urls(&report);
    let numbers = (visited.len(), 0, left.len());
    let mut all = [visited, left].concat();
    all.sort();
    assert_eq!(all, links[..4], "the pages visited and left, together");
    assert_eq!(last, Some(numbers), "(visited, in flight, waiting) in the last report");
}

/// Two crawls come to their end by themselves, one of them watched: after each, `is_stopped` must
/// be false. Then a page stops the third crawl: after that, it must stay true. All have the same
/// `Config`, and a fourth crawl has a clone of it: it must begin nothing.
///
/// Another crawl may have the same `Stop`, and only whoever presses Ctrl-C may end it. Once it is
/// stopped, it is stopped once and for all.
#[test]
fn a_crawl_leaves_its_stop_alone() {
    let config = config(2);
    let clone = config.clone();
    let report = crawl("http://a/", &config, |_| page(&[]));
    assert_eq!(urls(&report), (vec!["http://a/"], vec![]), "(visited, left)");
    assert!(!clone.stop.is_stopped(), "stopped by a crawl that came to its end");

    let report = crawl_with_progress("http://a/", &config, |_| page(&[]), Duration::MAX, |_| ());
    assert_eq!(urls(&report), (vec!["http://a/"], vec![]), "(visited, left) of the second crawl");
    assert!(!clone.stop.is_stopped(), "stopped by a watched crawl that came to its end");

    let stops = |_: &str| {
        config.stop.stop();
        page(&[])
    };
    let report = crawl("http://a/", &config, stops);
    assert_eq!(urls(&report), (vec!["http://a/"], vec![]), "(visited, left) of the third crawl");
    assert!(clone.stop.is_stopped(), "no longer stopped after the crawl that was stopped");

    let report = crawl("http://a/", &clone, |_| page(&[]));
    assert_eq!(urls(&report), (vec![], vec!["http://a/"]), "(visited, left) after the stop");
}

/// Four crawls are watched, and each of them ends early: the first is stopped before it begins, the
/// only page of the second is broken, the only page of the third makes the fetch panic, and the
/// only page of the fourth stops the crawl. Each must have a last report, with the final numbers.
///
/// A report that was promised and does not come looks like a crawl that hangs.
#[test]
fn the_last_report_always_comes() {
    let stopped = config(1);
    stopped.stop.stop();
    let fourth = config(1);
    let fetch = |url: &str| match url {
        "http://b/" => Err(FetchError("404".to_string())),
        "http://c/" => panic!("not a page, on purpose"),
        "http://d/" => {
            fourth.stop.stop();
            page(&["http://d/1"])
        }
        other => panic!("fetched after it was stopped: {other}"),
    };
    let last = |start: &str, config: &Config| {
        let mut last = None;
        let report = crawl_with_progress(start, config, fetch, Duration::MAX, |now| {
            last = Some((now.visited, now.in_flight, now.waiting));
        });
        assert!(report.visited.len() + report.left.len() > 0, "not a page in the report");
        last
    };
    let what = "(visited, in flight, waiting) in the last report of a crawl";
    assert_eq!(last("http://a/", &stopped), Some((0, 0, 1)), "{what} stopped beforehand");
    assert_eq!(last("http://b/", &config(1)), Some((1, 0, 0)), "{what} with a broken page");
    assert_eq!(last("http://c/", &config(1)), Some((1, 0, 0)), "{what} with a panic");
    assert_eq!(last("http://d/", &fourth), Some((1, 0, 1)), "{what} stopped by its page");
}

/// A crawl of two pages is watched, and each fetch and each report notes its thread. No report may
/// be made on a thread that fetches pages, nor on the one that has called `crawl_with_progress`;
/// not even the last one. And all reports must be made on the same thread.
///
/// Whoever makes a report waits for a printer or a slow line. And a panic in it must end nothing
/// but the thread that was made for it.
#[test]
fn reports_have_a_thread_of_their_own() {
    let ids = Mutex::new(vec![thread::current().id()]);
    let mut reporters: Vec<ThreadId> = Vec::new();
    let fetch = |url: &str| {
        ids.lock().unwrap().push(thread::current().id());
        page(if url == "http://a/" { &["http://a/1"] } else { &[] })
    };
    let moment = Duration::from_millis(1);
    crawl_with_progress("http://a/", &config(2), fetch, moment, |_| {
        reporters.push(thread::current().id());
    });
    assert!(!reporters.is_empty(), "the last report was not made");
    let others = ids.into_inner().unwrap();
    let shared = reporters.iter().filter(|id| others.contains(id)).count();
    assert_eq!(shared, 0, "reports made by the calling thread or by a worker");
    let strangers = reporters.iter().filter(|id| **id != reporters[0]).count();
    assert_eq!(strangers, 0, "reports that were not made on the thread of the first report");
}

/// A crawl of two pages is watched. A report may come at any moment, and its three numbers must fit
/// together: a page that has just been taken must not be missing, and no page may be counted twice.
/// The last report must give the final numbers. A display that ends with "1 of 2" keeps people
/// waiting.
///
/// Then a report panics. That must end the reports, but not the crawl.
#[test]
fn the_numbers_fit_together() {
    let mut reports = Vec::new();
    let fetch = |url: &str| match url {
        "http://a/" => page(&["http://a/1"]),
        _ => page(&[]),
    };
    let moment = Duration::from_millis(1);
    let report =
        crawl_with_progress("http://a/", &config(1), fetch, moment, |now| reports.push(now));
    assert_eq!(report.visited.len(), 2, "pages in the report");
    let numbers: Vec<_> =
        reports.iter().map(|now: &Progress| (now.visited, now.in_flight, now.waiting)).collect();
    let possible = [(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0)];
    for now in &numbers {
        assert!(
            possible.contains(now),
            "a report says (visited, in flight, waiting) = {now:?}, which cannot be"
        );
    }
    assert!(numbers.is_sorted(), "the numbers in the reports went back: {numbers:?}");
    assert_eq!(
        numbers.last(),
        Some(&(2, 0, 0)),
        "(visited, in flight, waiting) in the last report"
    );

    let mut reports = 0;
    let report = crawl_with_progress("http://b/", &config(1), fetch, moment, |_| {
        reports += 1;
        panic!("the printer is out of paper, on purpose");
    });
    assert_eq!(report.visited.len(), 1, "pages in the report, though nobody could be told of it");
    assert_eq!(reports, 1, "calls of a report that panics each time");
}

/// Two workers crawl four pages that take two seconds each, six seconds in all, with a report every
/// 2.5 seconds. All reports must come on time, with the right numbers. Then reports take long
/// themselves, and then none is ever due: the crawl must not wait for them without need. Last, a
/// report is due every 1.5 µs, and none may be left out.
///
/// If the reports of the first crawl are wrong, a diff shows your timeline and the expected one.
///
/// The second crawl is the same in quarters of a second, with reports that take two quarters: one
/// is under way just when the last page can be begun, another comes at the end. That must take
/// eight quarters. The third one has a single page, and must end without waiting for a report. In
/// the last one, a page takes four microseconds, so two reports are due before the end.
#[test]
fn reports_on_the_clock() {
    let clock = Instant::now();
    // Each page takes two units. Returns how many units the crawl took.
    let crawl =
        |unit: Duration, links: &[&str], every, report: &mut (dyn FnMut(Progress) + Send)| {
            let start = clock.elapsed();
            let fetch = |url: &str| {
                thread::sleep(2 * unit);
                page(if url == "http://a/" { links } else { &[] })
            };
            let crawled = crawl_with_progress("http://a/", &config(2), fetch, every, report);
            assert_eq!(crawled.visited.len(), 1 + links.len(), "pages in the report");
            (clock.elapsed() - start).as_millis() / unit.as_millis()
        };

    let mut timeline = String::new();
    let links = ["http://a/1", "http://a/2", "http://a/3"];
    let seconds = crawl(Duration::from_secs(1), &links, Duration::from_millis(2500), &mut |now| {
        let Progress { visited, in_flight, waiting } = now;
        // In half seconds, because no real clock is as exact as the grader's.
        let after = (clock.elapsed().as_millis() / 500) as f64 / 2.0;
        timeline += &format!(
            "after {after:.1} s: {visited} visited, {in_flight} in flight, {waiting} waiting\n"
        );
    });
    timeline += &format!("ended after {seconds} s");
    // One process may run this check many times, and insta has to be told.
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline, @r"
        after 2.5 s: 1 visited, 2 in flight, 1 waiting
        after 5.0 s: 3 visited, 1 in flight, 0 waiting
        after 6.0 s: 4 visited, 0 in flight, 0 waiting
        ended after 6 s
        ");
    }

    let quarter = Duration::from_millis(250);
    let report_slowly = &mut |_| thread::sleep(2 * quarter);
    let quarters = crawl(quarter, &links, quarter * 7 / 2, report_slowly);
    assert_eq!(
        quarters, 8,
        "quarters of a second that the crawl took, two of them for the last report"
    );

    let mut reports = 0;
    let quarters = crawl(quarter, &[], Duration::MAX, &mut |_| reports += 1);
    assert_eq!(
        quarters, 2,
        "quarters of a second that the crawl took, when no report was ever due"
    );
    assert_eq!(reports, 1, "reports, when only the last one was due");

    let (page_takes, mut reports) = (Duration::from_nanos(4_000), 0);
    let took = Mutex::new(None);
    let fetch = |_: &str| {
        let start = Instant::now();
        thread::sleep(page_takes);
        *took.lock().unwrap() = Some(start.elapsed());
        page(&[])
    };
    let every = Duration::from_nanos(1_500);
    crawl_with_progress("http://a/", &config(1), fetch, every, |_| reports += 1);
    // A real clock is not that exact.
    if *took.lock().unwrap() == Some(page_takes) {
        assert_eq!(reports, 3, "reports of a crawl that takes 4 us, one every 1.5 us and the last");
    }
}

/// One worker crawls 300 pages, each of which takes a second, and is watched. The first report is
/// due after half a second, and takes a thousand seconds itself. The last page must be begun in
/// second 299 all the same.
///
/// There is much to report in that time, and nobody has time to hear of it. Whoever wants to tell
/// the watcher something must not wait until it listens. (At your desk, everything is much faster,
/// and not that exact.)
#[test]
fn a_slow_report_holds_up_no_page() {
    let short = Duration::from_micros(10);
    let slept_at = Instant::now();
    thread::sleep(short);
    let exact = slept_at.elapsed() == short;
    let unit = if exact { Duration::from_secs(1) } else { short };

    let links: Vec<_> = (2..=300).map(|number| format!("http://a/{number}")).collect();
    let links: Vec<_> = links.iter().map(String::as_str).collect();
    let clock = Instant::now();
    let last = Mutex::new(Duration::ZERO);
    let fetch = |url: &str| {
        *last.lock().unwrap() = clock.elapsed();
        thread::sleep(unit);
        page(if url == "http://a/" { &links } else { &[] })
    };
    let report = |_| thread::sleep(1_000 * unit);
    let report = crawl_with_progress("http://a/", &config(1), fetch, unit / 2, report);
    assert_eq!(report.visited.len(), 300, "pages in the report");
    if exact {
        let last = last.lock().unwrap().as_secs();
        assert_eq!(last, 299, "when the last page was begun, in seconds");
    }
}

/// Two workers crawl five thousand pages, and are watched. The first report takes until the last page
/// is being fetched, so that page must be fetched while the report waits.
///
/// A channel with room for a thousand messages is full one day, and whoever sends the next one waits.
#[test]
fn a_report_may_wait_for_a_page() {
    let links: Vec<_> = (2..=5_000).map(|number| format!("http://a/{number}")).collect();
    let links: Vec<_> = links.iter().map(String::as_str).collect();
    let (first, is_due) = mpsc::channel();
    let (mut first, is_due) = (Some(first), Mutex::new(is_due));
    let (last, is_begun) = mpsc::channel();
    let fetch = |url: &str| {
        if url == "http://a/" {
            // The first report has begun.
            is_due.lock().unwrap().recv().expect("a report is due");
            return page(&links);
        }
        if url == "http://a/5000" {
            last.send(()).expect("the report waits for this");
        }
        page(&[])
    };
    let report = move |_: Progress| {
        if let Some(first) = first.take() {
            first.send(()).expect("the first page waits for this");
            is_begun.recv().expect("the last page is begun");
        }
    };
    let every = Duration::from_millis(1);
    let report = crawl_with_progress("http://a/", &config(2), fetch, every, report);
    assert_eq!(report.visited.len(), 5_000, "pages in the report");
}

/// Watches a crawl of one page that takes a bit more than ten milliseconds. It is made four times:
/// no report is ever due, or one every second, every 11 ms, or every 4 ms. Each time, the crawl
/// must return as soon as the page has been fetched, without a nanosecond's delay.
///
/// If the watcher only looks now and then whether the crawl is over, every crawl ends late, and a
/// crawl of a single page may take several times as long as its page.
#[test]
fn the_end_does_not_wait_for_a_report() {
    let page_takes = Duration::new(0, 10_000_007);
    let every = [1000, 11, 4].map(Duration::from_millis);
    for every in every.into_iter().chain([Duration::MAX]) {
        let slept = Mutex::new(None);
        let fetch = |_: &str| {
            let start = Instant::now();
            thread::sleep(page_takes);
            *slept.lock().unwrap() = Some((start.elapsed(), Instant::now()));
            page(&[])
        };
        let report = crawl_with_progress("http://a/", &config(1), fetch, every, |_| ());
        assert_eq!(report.visited.len(), 1, "pages in the report");
        let (took, end) = slept.into_inner().unwrap().unwrap();
        let late = end.elapsed();
        // A real clock is not exact, and a real machine has other things to do.
        if took == page_takes {
            assert_eq!(late, Duration::ZERO, "the delay at the end, with a report every {every:?}");
        }
    }
}

/// Watches a crawl of one page, with an interval of zero: a report is always due. The page takes
/// until the first report has been made. The crawl must come to its end, and the last report must
/// have the final numbers.
///
/// Zero is a number like any other, unless somebody divides by it.
#[test]
fn a_report_may_always_be_due() {
    let (tell, told) = mpsc::channel();
    let told = Mutex::new(told);
    let mut last = None;
    let fetch = |_: &str| {
        told.lock().unwrap().recv().expect("a report is due");
        page(&[])
    };
    let report = crawl_with_progress("http://a/", &config(1), fetch, Duration::ZERO, |now| {
        last = Some((now.visited, now.in_flight, now.waiting));
        let _ = tell.send(());
        thread::sleep(Duration::from_millis(1));
    });
    assert_eq!(report.visited.len(), 1, "pages in the report");
    assert_eq!(last, Some((1, 0, 0)), "(visited, in flight, waiting) in the last report");
}

thread_local! {
    static LAST_CRAWL: RefCell<Option<LastCrawl>> = const { RefCell::new(None) };
}

/// Its destructor crawls a page that links to another, watched, and tells how many were visited.
struct LastCrawl(mpsc::Sender<usize>);

impl Drop for LastCrawl {
    fn drop(&mut self) {
        let fetch = |url: &str| page(if url == "http://a/" { &["http://a/1"] } else { &[] });
        let every = Duration::MAX;
        let report = crawl_with_progress("http://a/", &config(1), fetch, every, |_| ());
        let _ = self.0.send(report.visited.len());
    }
}

/// A destructor makes a crawl: first during a panic, and then at the end of a thread, where it is that
/// of a thread-local variable. Both crawls must work like any other.
///
/// That a thread panics says nothing about the fetches of a crawl that it makes on its way out.
#[test]
fn a_crawl_in_a_destructor() {
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        LAST_CRAWL.set(Some(LastCrawl(tell.clone())));
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            let _crawls_on_the_way_out = LastCrawl(tell);
            panic!("on purpose");
        }));
        assert!(panicked.is_err(), "the panic should go on after the crawl");
    });
    let told: Vec<_> = told.iter().collect();
    assert_eq!(told, [2, 2], "pages visited by the two crawls");
    thread.join().expect("no crawl should panic");
}
