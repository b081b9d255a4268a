//! The checks of the I/O-bound fetcher.
//!
//! `thread::sleep` plays the network. The path of each URL says how
//! many seconds its fetch takes: `https://shop.example/3` takes three.

use io_bound::{FetchError, fetch_all};
use probe as _; // Names the checks that hang at your desk.
use std::any::Any;
use std::cell::RefCell;
use std::hint;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Takes as long as the URL says, and returns the page.
fn download(url: &str) -> Result<String, String> {
    let seconds = url.rsplit('/').next().and_then(|path| path.parse().ok());
    thread::sleep(Duration::from_secs(seconds.expect("the path of the URL is a number")));
    Ok(format!("page of {url}"))
}

/// Downloads, and returns the second in which the download started and the one in which it ended.
fn time(clock: Instant, url: &str) -> Result<(u64, u64), String> {
    let start = clock.elapsed().as_secs();
    download(url)?;
    Ok((start, clock.elapsed().as_secs()))
}

/// A second, and whether the clock is exact. A real clock is not, and says nothing about a fetch that is
/// late by a little; there a millisecond will do, so that nobody has to wait for two hundred seconds.
fn a_second() -> (Duration, bool) {
    let short = Duration::from_millis(1);
    let slept_at = Instant::now();
    thread::sleep(short);
    if slept_at.elapsed() == short { (Duration::from_secs(1), true) } else { (short, false) }
}

/// The name in a URL such as `https://shop.example/3`.
fn name(url: &str) -> &str {
    url.trim_start_matches("https://").split('.').next().unwrap_or(url)
}

/// What became of one URL, in words that can be compared.
fn outcome(result: Result<String, FetchError<String>>) -> String {
    match result {
        Ok(page) => format!("ok: {page}"),
        Err(FetchError::Failed(error)) => format!("failed: {error}"),
        Err(FetchError::Panicked(payload)) => {
            let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
            let string = payload.downcast_ref::<String>();
            let text = text.or_else(|| string.map(|string| format!("{string} (a `String`)")));
            let text = text.or_else(|| payload.downcast_ref::<u16>().map(|code| code.to_string()));
            let passed_on = payload.is::<Box<dyn Any + Send>>();
            let text = text.or_else(|| passed_on.then(|| "a payload in a box".to_string()));
            format!("panicked: {}", text.unwrap_or_else(|| "something else".into()))
        }
    }
}

/// Fetches three pages that take 3, 1 and 2 seconds, all at once. The pages
/// arrive in a different order from the URLs, but the results must be in the
/// order of the URLs: the caller has no other way to tell which page is which.
#[test]
fn results_in_order_of_urls() {
    let urls = ["https://shop.example/3", "https://news.example/1", "https://mail.example/2"];
    let pages: Vec<String> = fetch_all(&urls, download, 3).into_iter().map(outcome).collect();
    assert_eq!(
        pages,
        [
            "ok: page of https://shop.example/3",
            "ok: page of https://news.example/1",
            "ok: page of https://mail.example/2",
        ],
        "the results of shop, news and mail, in this order"
    );
}

/// Fetches three pages, three at once, from a server that answers nobody until all three requests
/// have arrived. So all three must be fetched at the same time, and each page must be in its place.
///
/// Waiting does not need a processor: three can wait as easily as one. If this never ends, the
/// fetches ran one after another, and threads have bought you nothing.
#[test]
fn waits_overlap() {
    let requests = Barrier::new(3);
    let fetch = |url: &str| {
        requests.wait();
        Ok(format!("page of {url}"))
    };
    let pages: Vec<String> =
        fetch_all(&["a", "b", "c"], fetch, 3).into_iter().map(outcome).collect();
    assert_eq!(
        pages,
        ["ok: page of a", "ok: page of b", "ok: page of c"],
        "the results of three fetches that waited for each other"
    );
}

/// Fetches ten pages that take a second each, with a limit of five. That must take exactly two
/// seconds: five fetches, and then the other five. Less means that more than five ran at once; more
/// means that a fetch waited when it did not have to.
#[test]
fn ten_fetches_in_two_seconds() {
    let urls = ["https://a.example/1"; 10];
    let start = Instant::now();
    let pages = fetch_all(&urls, download, 5);
    assert_eq!(start.elapsed().as_secs(), 2, "seconds for ten fetches of 1 s, five at once");
    assert_eq!(pages.len(), 10, "results for ten URLs");
}

/// Fetches 290 pages that take a second each, with a limit of `usize::MAX`. That must take exactly
/// one second, because all fetches can wait at the same time.
///
/// The limit is the caller's to choose. If you apply one of your own, such as the number of
/// processors, or the 32 at which Python's pool stops unasked, then your callers wait and do not
/// know why.
#[test]
fn no_limit_of_your_own() {
    let urls = ["https://a.example/1"; 290];
    let start = Instant::now();
    let pages = fetch_all(&urls, download, usize::MAX);
    assert_eq!(
        start.elapsed().as_secs(),
        1,
        "seconds for 290 fetches of 1 s, with the limit `usize::MAX`"
    );
    assert_eq!(pages.len(), 290, "results for 290 URLs");
}

/// Fetches 600 pages, 600 at once, from a server that answers nobody until all 600 requests have
/// arrived. So all 600 must be fetched at the same time, and each must give a page.
///
/// No computer has so many processors, and none is needed. If this never ends, then you allow fewer
/// threads than the caller does.
#[test]
fn hundreds_of_requests_at_once() {
    let requests = Barrier::new(600);
    let fetch = |_: &str| {
        requests.wait();
        Ok::<_, ()>(())
    };
    let results = fetch_all(&["https://a.example"; 600], fetch, 600);
    let pages = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(pages, 600, "pages from 600 URLs");
}

/// Fetches 280 pages that take a second each, with a limit of 260. So 260 must be fetched in the
/// first second, the other 20 in the next, and never more than 260 at the same time.
///
/// A limit of hundreds is a limit like any other: some servers allow just so many, and count better
/// than you do.
#[test]
fn a_limit_in_the_hundreds() {
    let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
    let fetch = |_: &str| {
        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
        thread::sleep(Duration::from_secs(1));
        inside.fetch_sub(1, SeqCst);
        Ok::<_, ()>(())
    };
    let start = Instant::now();
    let pages = fetch_all(&["https://a.example"; 280], fetch, 260);
    assert_eq!(most.into_inner(), 260, "most fetches at the same time (280 pages, limit 260)");
    assert_eq!(start.elapsed().as_secs(), 2, "seconds for 280 fetches of 1 s, 260 at once");
    assert_eq!(pages.len(), 280, "results for 280 URLs");
}

/// Fetches two pages that take a second each, with many limits: each power of two from 2 to the
/// largest that a `usize` can hold, and each of these plus one. Every limit has room for both
/// pages, so each time it must take one second. The thread that calls `fetch_all` has the limit in
/// its name.
///
/// A limit that is kept in fewer bits than the caller's becomes a different one.
#[test]
fn limits_of_every_size() {
    let (second, exact) = a_second();
    let fetch = |_: &str| {
        thread::sleep(second);
        Ok::<_, ()>(())
    };
    let fetch_two = |limit: usize| {
        let start = Instant::now();
        let pages = fetch_all(&["a", "b"], fetch, limit);
        let seconds = if exact { start.elapsed().as_secs() } else { 1 };
        assert_eq!(seconds, 1, "seconds for two fetches of 1 s, at most {limit} at once");
        assert_eq!(pages.len(), 2, "results for two URLs");
    };
    let powers = (1..usize::BITS).map(|bits| 1_usize << bits);
    for limit in powers.flat_map(|power| [power, power + 1]) {
        thread::scope(|threads| {
            let caller = thread::Builder::new().name(format!("limit {limit}"));
            caller.spawn_scoped(threads, || fetch_two(limit)).expect("a thread can be started");
        });
    }
}

/// Fetches three pages, two at once. Each fetch counts itself in and out. Three must
/// never be inside at the same time, and each URL must be fetched exactly once. A
/// server that allows you two connections answers the third one by locking you out.
#[test]
fn never_more_than_the_limit() {
    let urls = ["0", "1", "2"];
    let calls: [AtomicU32; 3] = Default::default();
    let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
    let results = fetch_all(
        &urls,
        |url| {
            most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
            calls[url.parse::<usize>().unwrap()].fetch_add(1, SeqCst);
            thread::sleep(Duration::from_millis(1));
            inside.fetch_sub(1, SeqCst);
            Ok::<_, ()>(())
        },
        2,
    );
    assert_eq!(inside.into_inner(), 0, "fetches still running after `fetch_all` returned");
    let calls = calls.map(AtomicU32::into_inner);
    assert_eq!(calls, [1, 1, 1], "calls of `fetch` for each of the three URLs");
    let most = most.into_inner();
    assert!(most <= 2, "{most} fetches were running at once, and 2 were allowed");
    assert!(results.iter().all(Result::is_ok), "no fetch failed, but a result says so");
}

/// Fetches pages that take 3, 1, 1 and 1 seconds, two at once. While one place is busy
/// with the slow page, the other serves the quick ones. In any second in which only
/// one place is busy, no page may still be waiting to be started. In real life one
/// page in a hundred is slow, and all the others would wait for it again and again.
#[test]
fn a_freed_place_is_taken_at_once() {
    let urls = [
        "https://slow.example/3",
        "https://a.example/1",
        "https://b.example/1",
        "https://c.example/1",
    ];
    let clock = Instant::now();
    let calls: Vec<(u64, u64)> = fetch_all(&urls, |url| time(clock, url), 2)
        .into_iter()
        .map(|result| result.expect("no fetch failed"))
        .collect();
    for second in 0..10 {
        let busy = calls.iter().filter(|(start, end)| (*start..*end).contains(&second)).count();
        let waiting = calls.iter().filter(|(start, _)| *start > second).count();
        assert!(
            busy >= 2 || waiting == 0,
            "in second {second}, {busy} of 2 places had work, and {waiting} of 4 pages had to wait \
             (start and end of each fetch, in seconds: {calls:?})"
        );
    }
}

/// Fetches five pages, two at once, and records at which second each fetch starts and ends. The
/// fetches must start in the order of the URLs, each as soon as there is room for it. The diff
/// compares your timeline with the expected one.
///
/// The order matters, because the caller lists first what is needed first.
#[test]
fn the_timeline() {
    let urls = [
        "https://shop.example/2",
        "https://news.example/1",
        "https://mail.example/3",
        "https://maps.example/1",
        "https://chat.example/1",
    ];
    let clock = Instant::now();
    let results = fetch_all(&urls, |url| time(clock, url), 2);

    // Within one second, threads run in any order. So list the ends first, and use the order of `urls`.
    let (mut ends, mut starts) = (vec![String::new(); 10], vec![String::new(); 10]);
    for (url, result) in urls.iter().zip(results) {
        let (start, end) = result.expect("no fetch failed");
        starts[start as usize] += &format!(" {} starts.", name(url));
        ends[end as usize] += &format!(" {} ends.", name(url));
    }
    let mut timeline = String::new();
    for (second, (ended, started)) in ends.iter().zip(&starts).enumerate() {
        if !(ended.is_empty() && started.is_empty()) {
            timeline += &format!("second {second}:{ended}{started}\n");
        }
    }

    // One process may run this check many times, and insta has to be told so.
    insta::allow_duplicates! {
        insta::assert_snapshot!(timeline, @r"
        second 0: shop starts. news starts.
        second 1: news ends. mail starts.
        second 2: shop ends. maps starts.
        second 3: maps ends. chat starts.
        second 4: mail ends. chat ends.
        ");
    }
}

/// Fetches three pages, two at once. The first and the last URL are the same, but the page changes
/// between the two fetches: each page must be in the place of its own fetch. The first fetch takes
/// three seconds; the last begins a second later and takes only one.
///
/// Nothing in the URL tells the two apart.
#[test]
fn the_same_url_twice() {
    let news = "https://news.example";
    let fetches_of_news = AtomicU32::new(0);
    let fetch = |url: &str| {
        let (page, seconds) = if url == news {
            let number = fetches_of_news.fetch_add(1, SeqCst) + 1;
            (format!("news, fetch {number}"), if number == 1 { 3 } else { 1 })
        } else {
            ("shop".to_string(), 1)
        };
        thread::sleep(Duration::from_secs(seconds));
        Ok(page)
    };
    let urls = [news, "https://shop.example", news];
    let pages: Vec<String> = fetch_all(&urls, fetch, 2).into_iter().map(outcome).collect();
    assert_eq!(
        pages,
        ["ok: news, fetch 1", "ok: shop", "ok: news, fetch 2"],
        "the results of news, shop and once more news, in this order"
    );
}

/// Fetches 200 pages, two at once. The first takes 199 seconds, and each of the others takes one.
/// While the first is being fetched, one of the others must start in each second, in the order of
/// the URLs. All must be there after 199 seconds.
///
/// If a worker takes several URLs at a time, because so many are left, then a slow page holds up
/// those behind it.
#[test]
fn two_hundred_pages() {
    let (second, exact) = a_second();
    let clock = Instant::now();
    let fetch = |url: &str| {
        let start = clock.elapsed().as_secs();
        thread::sleep(if url == "slow" { 199 * second } else { second });
        Ok::<_, ()>(start)
    };
    let mut urls = ["quick"; 200];
    urls[0] = "slow";
    let results = fetch_all(&urls, fetch, 2);
    let seconds = clock.elapsed().as_secs();
    assert_eq!(results.len(), 200, "results for 200 URLs");
    if exact {
        for (number, start) in results.into_iter().enumerate().skip(1) {
            let start = start.expect("no fetch failed");
            assert_eq!(start, number as u64 - 1, "at which second page {number} was requested");
        }
        assert_eq!(seconds, 199, "seconds for all pages");
    }
}

/// Fetches 800 pages, two at once. The first does not arrive until all the others have been
/// requested; each of the others takes no time. Each page must be requested once, and be in its
/// place. The fetches of the second page and of the last one need almost all of the stack that a
/// thread has by default.
///
/// If this never ends, something has filled up, and nobody empties it in time: perhaps a channel
/// that holds so many results and no more, or the space for pages that have overtaken a slow one.
/// If the stack overflows, there was too little to begin with, or each page leaves a bit less to
/// those behind it. However much room there is, one day somebody has a longer list.
#[test]
fn eight_hundred_pages() {
    let requests = AtomicU32::new(0);
    let (last, all_requested) = mpsc::channel();
    let all_requested = Mutex::new(all_requested);
    let fetch = |url: &str| {
        if requests.fetch_add(1, SeqCst) + 1 == 800 {
            last.send(()).unwrap();
        }
        match url {
            "0" => all_requested.lock().unwrap().recv().unwrap(),
            "1" | "799" => parse_a_large_page(),
            _ => {}
        }
        Ok::<_, ()>(url.to_string())
    };
    let numbers: Vec<String> = (0..800).map(|number| number.to_string()).collect();
    let urls: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let results = fetch_all(&urls, fetch, 2);
    assert_eq!(results.len(), 800, "results for 800 URLs");
    assert_eq!(requests.into_inner(), 800, "requests for 800 URLs");
    for (url, result) in urls.into_iter().zip(results) {
        assert_eq!(result.expect("no fetch failed"), url, "the page in the place of URL {url}");
    }
}

/// Leaves 64 KiB of the 2 MiB of stack that a thread has by default. Never inlined, so that the other
/// fetches need next to nothing.
#[inline(never)]
fn parse_a_large_page() {
    let mut tree = [1_u8; (2048 - 64) * 1024];
    hint::black_box(&mut tree);
}

/// A server that counts its requests, and how many of them it has at once.
#[derive(Default)]
struct Server {
    requests: AtomicU32,
    inside: AtomicU32,
    most: AtomicU32,
}

impl Server {
    /// A request comes and goes.
    fn visit(&self) {
        self.requests.fetch_add(1, SeqCst);
        self.most.fetch_max(self.inside.fetch_add(1, SeqCst) + 1, SeqCst);
        self.inside.fetch_sub(1, SeqCst);
    }

    /// How many requests there were, and how many at once.
    fn count(self) -> (u32, u32) {
        (self.requests.into_inner(), self.most.into_inner())
    }
}

/// Fetches three pages with a limit of 1; the first two do not exist. Their errors must be in their
/// places, and the third page must be there. There must be three requests, one at a time.
///
/// One dead link must not cost the whole report. Nobody asked for a second attempt. And a fetch
/// that fails gives back its own place, and no other.
#[test]
fn an_error_spoils_its_own_result_only() {
    let server = Server::default();
    let fetch = |url: &str| {
        server.visit();
        if url == "home" { Ok(url.to_string()) } else { Err(format!("404 {url}")) }
    };
    let results: Vec<String> =
        fetch_all(&["gone", "missing", "home"], fetch, 1).into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["failed: 404 gone", "failed: 404 missing", "ok: home"],
        "the results of gone, missing and home, in this order"
    );
    assert_eq!(
        server.count(),
        (3, 1),
        "(requests for three pages, most requests at the same time)"
    );
}

/// Fetches six pages with a limit of 1. The first four fetches panic: with a `&str`, a `String`, a
/// number, and a box that holds the payload of another panic. Each panic must be in its place, with
/// its payload unchanged, and go no further. The other two pages must still be there. There must be
/// six requests, one at a time.
///
/// A page that crashes the parser must not lose the thousand others, use up a place for ever, or
/// free any place but its own.
#[test]
fn a_panic_spoils_its_own_result_only() {
    let server = Server::default();
    let fetch = |url: &str| {
        server.visit();
        match url {
            "bad" => panic!("not a page"),
            "worse" => panic!("{url} than that"),
            "worst" => panic::panic_any(404_u16),
            "passed on" => panic::panic_any(Box::new(404_u16) as Box<dyn Any + Send>),
            _ => Ok(url.to_string()),
        }
    };
    let urls = ["bad", "worse", "worst", "passed on", "home", "help"];
    let results: Vec<String> = fetch_all(&urls, fetch, 1).into_iter().map(outcome).collect();
    assert_eq!(
        results,
        [
            "panicked: not a page",
            "panicked: worse than that (a `String`)",
            "panicked: 404",
            "panicked: a payload in a box",
            "ok: home",
            "ok: help",
        ],
        "the results of bad, worse, worst, passed on, home and help, in this order"
    );
    assert_eq!(server.count(), (6, 1), "(requests for six pages, most requests at the same time)");
}

/// Fetches two pages at the same time, and both fail; then two more, and both panic. Each of the
/// four must be in its place, with its own error or with what it panicked with.
///
/// When a server breaks down, all the fetches that wait for it fail in the same moment, and whoever
/// reads the list wants to know which page had which fault.
#[test]
fn two_failures_at_once() {
    let fetch = |url: &str| match url {
        "gone" | "missing" => Err(format!("404 {url}")),
        _ => panic!("{url} page"),
    };
    let results = fetch_all(&["gone", "missing"], fetch, 2);
    let results: Vec<String> = results.into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["failed: 404 gone", "failed: 404 missing"],
        "the results of gone and missing, in this order"
    );
    let results = fetch_all(&["bad", "worse"], fetch, 2);
    let results: Vec<String> = results.into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["panicked: bad page (a `String`)", "panicked: worse page (a `String`)"],
        "the results of bad and worse, in this order"
    );
}

/// Fetches four pages, two at once. One takes three seconds, the others one each: the first of
/// these fails, the second panics, and the last is fine. These three must start one after another,
/// second by second. The slow page is still being fetched then.
///
/// A fetch that fails or panics has ended like any other, and whoever waits for its place waits no
/// longer. This is tried with the slow page in the first place and in the second, so that it is not
/// always the other worker, or the thread that is joined first, that gets into trouble.
#[test]
fn a_failure_frees_its_place_at_once() {
    for urls in [["slow", "gone", "bad", "home"], ["gone", "slow", "bad", "home"]] {
        let starts = [const { AtomicU64::new(0) }; 4];
        let clock = Instant::now();
        let fetch = |url: &str| {
            let place = urls.iter().position(|each| *each == url).expect("one of the four");
            starts[place].store(clock.elapsed().as_secs(), SeqCst);
            thread::sleep(Duration::from_secs(if url == "slow" { 3 } else { 1 }));
            match url {
                "gone" => Err("404"),
                "bad" => panic!("not a page"),
                _ => Ok(()),
            }
        };
        let results = fetch_all(&urls, fetch, 2);
        let failed = results.iter().filter(|result| result.is_err()).count();
        assert_eq!(failed, 2, "results that are errors, of the pages {urls:?}");
        let starts = starts.map(AtomicU64::into_inner);
        assert_eq!(starts, [0, 0, 1, 2], "at which second each of {urls:?} was requested");
    }
}

thread_local! {
    static CONNECTION: Connection = const { Connection };
}

/// It belongs to the thread that fetches. When the thread ends, it takes its time to say goodbye.
struct Connection;

impl Drop for Connection {
    fn drop(&mut self) {
        thread::sleep(Duration::from_secs(10));
    }
}

/// Fetches three pages that take a second each, with a limit of 1. Each thread that fetches has a
/// connection in a thread-local variable, whose destructor takes ten seconds when the thread ends.
/// The fetches must start one after another, second by second.
///
/// A fetch has ended when `fetch` has returned, and its place is free from then on. What else its
/// thread has to do before it ends is no fetch.
#[test]
fn nobody_waits_for_a_thread_to_end() {
    let clock = Instant::now();
    let fetch = |url: &str| {
        CONNECTION.with(|_| ());
        time(clock, url)
    };
    let urls = ["https://a.example/1", "https://b.example/1", "https://c.example/1"];
    let results = fetch_all(&urls, fetch, 1);
    let starts: Vec<u64> =
        results.into_iter().map(|result| result.expect("no fetch failed").0).collect();
    assert_eq!(starts, [0, 1, 2], "at which second each of three pages was requested");
}

/// Fetches a page with two frames: the fetch of the page calls `fetch_all` for them. Each of the two
/// calls has a limit of 1. Meanwhile another thread fetches a page, also with a limit of 1, and the
/// second frame waits until that has begun. All must arrive.
///
/// A limit is that of one call, and whoever fetches does not know who else does.
#[test]
fn calls_do_not_share_a_limit() {
    let both = Barrier::new(2);
    let fetch_frame = |url: &str| {
        if url != "first frame" {
            both.wait();
        }
        Ok::<_, String>(url.to_string())
    };
    let fetch_page = |_: &str| {
        let frames = fetch_all(&["first frame", "second frame"], fetch_frame, 1);
        Ok(frames.into_iter().map(outcome).collect::<Vec<_>>().join(", "))
    };
    thread::scope(|threads| {
        let other = threads.spawn(|| fetch_all(&["other page"], fetch_frame, 1));
        let page: Vec<_> = fetch_all(&["page"], fetch_page, 1).into_iter().map(outcome).collect();
        assert_eq!(
            page,
            ["ok: ok: first frame, ok: second frame"],
            "the result of a page with two frames"
        );
        let other = other.join().expect("`fetch_all` should not panic");
        let other: Vec<_> = other.into_iter().map(outcome).collect();
        assert_eq!(other, ["ok: other page"], "the result of the page that another thread fetched");
    });
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// When it is dropped, it fetches three pages, and sends what became of them.
struct LastWill(mpsc::Sender<Vec<String>>);

impl Drop for LastWill {
    fn drop(&mut self) {
        let fetch = |url: &str| match url {
            "bad" => panic!("not a page"),
            "gone" => Err("404".to_string()),
            _ => Ok(url.to_string()),
        };
        let results = fetch_all(&["home", "bad", "gone"], fetch, 2);
        let _ = self.0.send(results.into_iter().map(outcome).collect());
    }
}

/// One thread fetches three pages in a destructor while it unwinds after a panic, and another one
/// in the destructor of a thread-local variable, when it has all but ended. The first page must be
/// there each time, the second result must be a panic, and the third an error.
///
/// The panic of whoever calls `fetch_all` is not that of a fetch.
#[test]
fn fetches_in_destructors() {
    let (done, results) = mpsc::channel();
    let (panics, ends) = (LastWill(done.clone()), LastWill(done));
    let panics = thread::spawn(move || {
        let _will = panics;
        panic!("the editor has to go");
    });
    assert!(panics.join().is_err(), "the thread's own panic should end it");
    let ends = thread::spawn(move || LAST_WILL.set(Some(ends)));
    assert!(ends.join().is_ok(), "the other thread should not panic");
    for what in ["while its thread unwound", "at the end of its thread"] {
        assert_eq!(
            results.try_recv().expect("both should have fetched their pages"),
            ["ok: home", "panicked: not a page", "failed: 404"],
            "the results of home, bad and gone, fetched in a destructor {what}"
        );
    }
}

/// Counts how often it is dropped.
struct Dropped<'a>(&'a AtomicU32);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Fetches two pages at the same time; the second fetch panics. Then it fetches no page. Each time,
/// `fetch` owns a connection, and this must have been dropped, once, when `fetch_all` returns.
///
/// If `fetch` owns the sender of a channel, then whoever receives waits until it is dropped.
#[test]
fn nothing_is_left_behind() {
    for urls in [&["home", "bad"][..], &[]] {
        let dropped = AtomicU32::new(0);
        let connection = Dropped(&dropped);
        let fetch = move |url: &str| {
            let _ = &connection;
            assert!(url != "bad", "not a page");
            Ok::<_, ()>(())
        };
        let results = fetch_all(urls, fetch, 2);
        assert_eq!(results.len(), urls.len(), "results for the URLs {urls:?}");
        let dropped = dropped.load(SeqCst);
        assert_eq!(
            dropped, 1,
            "how often what `fetch` owns had been dropped when `fetch_all({urls:?})` returned"
        );
    }
}

/// Fetches no URLs: there must be no results. Then a single one, whose fetch panics: the payload
/// must be unchanged. Then two odd URLs, an empty one and a zero byte, with a limit of `usize::MAX`:
/// there must be two pages. Then the limit is 0, with a URL and with none: both must be refused by a
/// panic, before anything is fetched.
///
/// With a limit of 0 no fetch could ever start, and a list that happens to be empty today must not
/// hide that.
#[test]
fn odd_numbers() {
    let fetched = AtomicU32::new(0);
    let fetch = |url: &str| {
        fetched.fetch_add(1, SeqCst);
        Ok::<_, String>(url.to_string())
    };
    assert!(fetch_all(&[], fetch, 3).is_empty(), "no URLs, but there are results");
    assert_eq!(fetched.load(SeqCst), 0, "calls of `fetch` for no URLs");

    let crash = |_: &str| panic!("not a page");
    let page: Vec<_> = fetch_all(&["bad"], crash, 3).into_iter().map(outcome).collect();
    assert_eq!(
        page,
        ["panicked: not a page"],
        "the result for a single URL whose fetch panics with the `&str` \"not a page\""
    );

    let pages: Vec<_> =
        fetch_all(&["", "\0"], fetch, usize::MAX).into_iter().map(outcome).collect();
    assert_eq!(
        pages,
        ["ok: ", "ok: \0"],
        "the results for the URLs \"\" and \"\\0\" with the limit `usize::MAX`"
    );

    for urls in [&["c"][..], &[]] {
        let refused = panic::catch_unwind(AssertUnwindSafe(|| fetch_all(urls, fetch, 0)));
        assert!(
            refused.is_err(),
            "a limit of 0 must be refused by a panic, here for URLs {urls:?}"
        );
    }
    assert_eq!(
        fetched.load(SeqCst),
        2,
        "calls of `fetch`: two for the URLs \"\" and \"\\0\", and none with the limit 0"
    );
}

/// Fetches three pages, two at once, and watches the clock. Each fetch must start at the very
/// moment when there is a place for it, and `fetch_all` must return when the last one ends.
///
/// The pages take decades, because decades cost nothing on the grader's clock. A thread that checks
/// only now and then whether a fetch has ended is late each time, or checks so often that the
/// machine runs hot while nothing happens.
#[test]
fn nobody_polls() {
    let short = Duration::from_millis(20);
    let slept_at = Instant::now();
    thread::sleep(short);
    // A real clock is never exact; then a late thread looks like one that others kept waiting.
    let exact = slept_at.elapsed() == short;
    // A prime number of nanoseconds, so that a thread that polls is never in time by chance.
    let nap = if exact { Duration::from_nanos(1_000_000_000_000_000_003) } else { short };
    let is_late = |late: Duration| exact && !late.is_zero();

    let fetch = |url: &str| {
        let start = Instant::now();
        thread::sleep(if url == "long" { nap } else { nap / 2 });
        Ok::<_, String>((start, Instant::now()))
    };
    let begin = Instant::now();
    let results = fetch_all(&["long", "short", "last"], fetch, 2);
    let returned = Instant::now();

    let calls = results.into_iter().map(|result| result.expect("no fetch failed"));
    let (mut starts, mut ends): (Vec<_>, Vec<_>) = calls.unzip();
    starts.sort();
    ends.sort();
    // Two places are free from the beginning; the third fetch gets the one that becomes free first.
    for (start, free_since) in starts.iter().zip([begin, begin, ends[0]]) {
        let late = *start - free_since;
        assert!(!is_late(late), "a place was empty for {late:?} before a fetch took it");
    }
    let late = returned - ends[2];
    assert!(!is_late(late), "`fetch_all` returned {late:?} after the last fetch had ended");
}

/// Twenty callers fetch two pages each with a limit of 1, and twenty others three pages each with a
/// limit of 2, all at the same time. Each page takes centuries, and the threads that wait must
/// sleep until then. In the end all results must be there.
///
/// A thread that is woken in time, but also checks once a month whether it has missed something,
/// wakes up thousands of times for nothing. Timeouts that are there "just to be safe" add up: on a
/// laptop where a hundred programs check something now and then, the processor is never idle.
#[test]
fn nobody_polls_for_centuries() {
    let (second, exact) = a_second();
    // The model takes a sleep of a hundred years or more for one that never ends.
    let century = if exact { second * 3_150_000_000 } else { second };
    let fetch = |url: &str| {
        let centuries = if url == "last" { 2 } else { 3 };
        (0..centuries).for_each(|_| thread::sleep(century));
        Ok::<_, ()>(())
    };
    thread::scope(|threads| {
        for _ in 0..20 {
            threads.spawn(|| {
                let pages = fetch_all(&["first", "last"], fetch, 1);
                assert_eq!(pages.len(), 2, "results for two URLs");
            });
            threads.spawn(|| {
                let pages = fetch_all(&["first", "second", "last"], fetch, 2);
                assert_eq!(pages.len(), 3, "results for three URLs");
            });
        }
    });
}
