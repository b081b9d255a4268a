//! How much runs at the same time: never more than is allowed, and never less.
//!
//! `thread::sleep` plays the part of the network. In the checks with a clock, the first letter of a page's
//! name is its host.

use crawler::{Config, FetchError, Page, Stop, crawl, crawl_with_progress, host};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

fn config(workers: usize, per_host: usize) -> Config {
    Config { workers, per_host, stop: Stop::new() }
}

/// A page with these links.
fn page<'a>(links: impl IntoIterator<Item = &'a str>) -> Result<Page, FetchError> {
    Ok(Page { links: links.into_iter().map(String::from).collect() })
}

/// Which fetches are under way, and how many there were at most.
#[derive(Default)]
struct Watch {
    inside: BTreeMap<String, usize>,
    most_of_a_host: usize,
    most: usize,
    threads: BTreeSet<String>,
    begun: Vec<String>,
}

impl Watch {
    fn enter(&mut self, url: &str, thread: ThreadId) {
        let of_this_host = self.inside.entry(host(url).to_string()).or_default();
        *of_this_host += 1;
        self.most_of_a_host = self.most_of_a_host.max(*of_this_host);
        self.most = self.most.max(self.inside.values().sum());
        self.threads.insert(format!("{thread:?}"));
        self.begun.push(url.to_string());
    }

    fn leave(&mut self, url: &str) {
        *self.inside.get_mut(host(url)).unwrap() -= 1;
    }
}

/// Crawls a page with links, and watches the fetches.
fn watch(config: &Config, links: &[&str]) -> Watch {
    let watch = Mutex::new(Watch::default());
    let report = crawl("http://a/", config, |url| {
        watch.lock().unwrap().enter(url, thread::current().id());
        thread::yield_now();
        watch.lock().unwrap().leave(url);
        page(links.iter().copied().filter(|_| url == "http://a/"))
    });
    assert_eq!(report.visited.len(), links.len() + 1, "pages in the report");
    watch.into_inner().unwrap()
}

/// Two workers crawl, which may not fetch from the same host at the same time; then one worker
/// crawls, with a host that allows two fetches. There must never be more fetches under way than
/// allowed, in total or for one host, nor more threads than workers. Each host's pages must be
/// begun in the order in which they were found. Limits of 0 must be refused.
///
/// A small host that gets a hundred requests at once goes down, and its owner knows whose fault
/// that is.
///
/// A page that has to wait for its host keeps its place in line: the pages of each host must be
/// begun in the order in which they were found, even if a page of another host was allowed to
/// overtake them.
///
/// Limits of 0 would never allow anything. `crawl` must refuse them by panicking, before anything
/// is fetched.
#[test]
fn never_more_than_the_limits() {
    let links = ["http://a/1", "http://a/2", "http://b/1", "http://a/3"];
    let seen = watch(&config(2, 1), &links);
    assert_eq!(seen.most_of_a_host, 1, "fetches at once from a host that allows one");
    assert!(seen.most <= 2, "{} fetches at once, with two workers", seen.most);
    assert!(
        seen.threads.len() <= 2,
        "{} threads fetched pages, with two workers",
        seen.threads.len()
    );

    let of_a: Vec<_> = seen.begun.iter().filter(|url| host(url) == "a").collect();
    let found = ["http://a/", "http://a/1", "http://a/2", "http://a/3"];
    assert_eq!(of_a, found, "the pages of host a, in the order in which they were begun");

    let seen = watch(&config(1, 2), &["http://a/1", "http://b/1"]);
    assert_eq!(seen.most, 1, "fetches at once, with one worker");
    assert_eq!(seen.threads.len(), 1, "threads that fetched pages, with one worker");

    for (workers, per_host) in [(0, 1), (1, 0)] {
        let fetch = |_: &str| -> Result<Page, FetchError> { panic!("nothing may be fetched") };
        let refused = panic::catch_unwind(AssertUnwindSafe(|| {
            crawl("http://a/", &config(workers, per_host), fetch)
        }));
        assert!(refused.is_err(), "not refused: workers: {workers}, per_host: {per_host}");
    }
}

/// A page of a site on the clock: its name, how many seconds it takes, and what it links to.
type Entry<'a> = (&'a str, u64, &'a [&'a str]);

/// The URL of a page on the clock. A name may also be a whole URL.
fn url(name: &str) -> String {
    if name.contains("://") { name.to_string() } else { format!("http://{}/{name}", &name[..1]) }
}

/// Fetches from a site on the clock.
fn fetch(site: &[Entry], asked: &str) -> Result<Page, FetchError> {
    let (_, seconds, links) = site.iter().find(|entry| url(entry.0) == asked).unwrap();
    thread::sleep(Duration::from_secs(*seconds));
    Ok(Page { links: links.iter().map(|link| url(link)).collect() })
}

/// Crawls from the first page on. Returns how many seconds that took.
fn seconds(config: &Config, site: &[Entry]) -> u64 {
    let start = Instant::now();
    let report = crawl(&url(site[0].0), config, |asked| fetch(site, asked));
    assert_eq!(report.visited.len(), site.len(), "pages in the report");
    start.elapsed().as_secs()
}

/// On a first site, two pages have to be fetched one after the other before three more are known;
/// three workers must fetch these at the same time, three seconds in all. On a second site, one
/// page is slow, and each quick page leads to another: two workers must need four seconds. While
/// one of them waits for the slow page, the other must go on.
///
/// On a third site, two pages end at the same moment, and each of them brings two more. There are
/// five workers, so all four must be begun at once, whoever is idle at that moment. On the last one,
/// one of two workers is idle every other second. They must be the same two threads to the end.
///
/// A worker that has ended because there was nothing to do for a moment is missed later. And one
/// that is idle is enough for one page, not for two.
#[test]
fn workers_share_the_work() {
    let site: [Entry; 5] = [
        ("a1", 1, &["a2"]),
        ("a2", 1, &["a3", "a4", "a5"]),
        ("a3", 1, &[]),
        ("a4", 1, &[]),
        ("a5", 1, &[]),
    ];
    assert_eq!(seconds(&config(3, 3), &site), 3, "seconds for 1 page, 1 more, and 3 at once");

    let site: [Entry; 5] = [
        ("a1", 1, &["a-slow", "a2"]),
        ("a-slow", 3, &[]),
        ("a2", 1, &["a3"]),
        ("a3", 1, &["a4"]),
        ("a4", 1, &[]),
    ];
    assert_eq!(seconds(&config(2, 2), &site), 4, "seconds for a slow page beside three quick ones");

    let site: [Entry; 8] = [
        ("s1", 1, &["a1", "b1", "c1"]),
        ("a1", 2, &["a2", "a3"]),
        ("b1", 2, &["b2", "b3"]),
        ("c1", 1, &[]),
        ("a2", 1, &[]),
        ("a3", 1, &[]),
        ("b2", 1, &[]),
        ("b3", 1, &[]),
    ];
    assert_eq!(seconds(&config(5, 5), &site), 4, "seconds for 1 page, 2 that take two, 4 at once");

    let site: [Entry; 7] = [
        ("s1", 1, &["a1", "b1"]),
        ("a1", 2, &["a2", "b2"]),
        ("b1", 1, &[]),
        ("a2", 2, &["a3", "b3"]),
        ("b2", 1, &[]),
        ("a3", 1, &[]),
        ("b3", 1, &[]),
    ];
    let threads = Mutex::new(BTreeSet::new());
    crawl(&url("s1"), &config(2, 2), |asked| {
        threads.lock().unwrap().insert(format!("{:?}", thread::current().id()));
        fetch(&site, asked)
    });
    assert_eq!(threads.into_inner().unwrap().len(), 2, "threads that fetched pages, for 2 workers");
}

/// One host allows one fetch at a time and has three pages, which were found first. Another host
/// has three pages as well. Two workers must need one second for the page that links to all of
/// them, and three for the rest: there is always one worker at each host.
///
/// If a worker waits for the busy host while the other host's pages are in line behind it, the
/// crawl takes longer.
#[test]
fn a_busy_host_holds_up_nobody_else() {
    let site: [Entry; 7] = [
        ("c1", 1, &["a1", "a2", "a3", "b1", "b2", "b3"]),
        ("a1", 1, &[]),
        ("a2", 1, &[]),
        ("a3", 1, &[]),
        ("b1", 1, &[]),
        ("b2", 1, &[]),
        ("b3", 1, &[]),
    ];
    assert_eq!(seconds(&config(2, 1), &site), 4, "seconds for 1 page, and 3 of each of two hosts");
}

/// Takes three seconds to drop.
struct Heavy;

impl Drop for Heavy {
    fn drop(&mut self) {
        thread::sleep(Duration::from_secs(3));
    }
}

/// Two workers crawl. After a second, two pages are known. The fetch of one of them panics after
/// another second, with a value whose destructor takes three seconds. The other page leads to a
/// second one, and that to a third. The third must be begun three seconds after the start: one
/// worker is enough for these pages, whatever keeps the other one.
///
/// A panic is to cost its own page and nothing else.
#[test]
fn a_panic_holds_up_nobody_else() {
    let site: [Entry; 5] = [
        ("s1", 1, &["a1", "b1"]),
        ("a1", 1, &[]),
        ("b1", 1, &["b2"]),
        ("b2", 1, &["b3"]),
        ("b3", 1, &[]),
    ];
    let clock = Instant::now();
    let last = Mutex::new(None);
    let report = crawl(&url("s1"), &config(2, 2), |asked| {
        if asked == url("b3") {
            *last.lock().unwrap() = Some(clock.elapsed().as_secs());
        }
        let fetched = fetch(&site, asked);
        if asked == url("a1") {
            panic::panic_any(Heavy);
        }
        fetched
    });
    assert_eq!(report.visited.len(), site.len(), "pages in the report");
    assert_eq!(*last.lock().unwrap(), Some(3), "when the last page was begun, in seconds");
}

/// One host allows one fetch at a time and has seventy thousand pages, which were found first.
/// Behind them in line is a page of another host. Two workers crawl: one of them must begin the
/// first of the seventy thousand, and the other one the page of the other host, at once. These two
/// stop the crawl (a third would never end), and all the others must be in the report, as left.
///
/// If idle workers look only at the beginning of the line, a single big host holds up all the
/// others. And the largest sites are those that most need a crawler.
#[test]
fn a_long_line_holds_up_nobody_else() {
    let config = config(2, 1);
    let mut links: Vec<_> = (1..=70_000).map(|number| format!("http://a/{number}")).collect();
    links.push("http://b/".to_string());
    let begun = Mutex::new(Vec::new());
    let report = crawl("http://start/", &config, |asked| {
        if asked == "http://start/" {
            return page(links.iter().map(String::as_str));
        }
        let number = {
            let mut begun = begun.lock().unwrap();
            begun.push(asked.to_string());
            begun.len()
        };
        if number > 2 {
            // The crawl goes on after the stop. With seventy thousand pages that takes too long.
            thread::sleep(Duration::MAX);
        }
        thread::sleep(Duration::from_secs(1));
        config.stop.stop();
        page([])
    });
    let mut begun = begun.into_inner().unwrap();
    begun.sort();
    assert_eq!(
        begun,
        ["http://a/1", "http://b/"],
        "the pages that were begun right away, before the stop"
    );
    assert_eq!(report.left.len(), 69_999, "pages that were left");
}

/// Two workers crawl five pages that are found one after another and take 20.1 ms each: 100.5 ms.
/// The worker that has fetched one of them has something else to do first, so the other, idle
/// worker must begin the next one, and at once.
///
/// If idle workers only check now and then whether there is something to do, they are late each
/// time, and keep the machine warm in between.
///
/// (On a real machine it may take as long as it likes.)
#[test]
fn nobody_polls() {
    let fetch = |url: &str| {
        let Some(number) = url.strip_prefix("http://a/") else {
            thread::sleep(Duration::from_millis(10));
            return page([]);
        };
        thread::sleep(Duration::from_micros(20_100));
        let number: u32 = number.parse().unwrap();
        let links = [format!("http://b/{number}"), format!("http://a/{}", number + 1)];
        page(links.iter().map(String::as_str).filter(|_| number < 5))
    };
    let late = Duration::from_millis(104);
    let start = Instant::now();
    crawl("http://a/1", &config(2, 2), fetch);
    assert!(
        start.elapsed() < late || at_your_desk(),
        "five pages of 20.1 ms, one after another, took {late:?} or more: a worker checks only now \
         and then whether there is something to do"
    );
}

/// Whether nobody can say how many threads there are, as on a real machine.
fn at_your_desk() -> bool {
    probe::other_threads(usize::MAX) == usize::MAX
}

/// One page takes a hundred years, and links to nothing. Two workers crawl it. The second one has
/// nothing to do in all that time, and must sleep through it.
///
/// If it wakes every now and then to look around, it does so a million times, and a machine that is
/// woken all the time needs more power than one that works.
#[test]
fn an_idle_worker_stays_asleep() {
    // The grader's clock makes nobody wait.
    let long = Duration::from_secs(if at_your_desk() { 1 } else { 100 * 365 * 24 * 60 * 60 });
    let start = Instant::now();
    let report = crawl("http://a/", &config(2, 2), |_| {
        thread::sleep(long);
        page([])
    });
    assert_eq!(report.visited.len(), 1, "pages in the report");
    let took = start.elapsed().as_secs();
    assert!(took == long.as_secs() || at_your_desk(), "the crawl took {took} seconds");
}

/// Two workers crawl, and one page at a time may be fetched from a host. A page links to three
/// pages of host a, one of host b, and two more of host a; two of these it names again, further
/// down. While the first one of host a is being fetched, the other worker takes the one of host b,
/// which stands behind others in line. The five of host a must still be begun in the order in which
/// they were found, that is, first named.
///
/// Whoever takes something out of the middle of a line must not shuffle the rest.
#[test]
fn a_host_keeps_its_order() {
    let site: [Entry; 7] = [
        ("c1", 1, &["a1", "a2", "a3", "b1", "a2", "a4", "a1", "a5"]),
        ("a1", 1, &[]),
        ("a2", 1, &[]),
        ("a3", 1, &[]),
        ("b1", 1, &[]),
        ("a4", 1, &[]),
        ("a5", 1, &[]),
    ];
    let begun = Mutex::new(Vec::new());
    crawl(&url("c1"), &config(2, 1), |asked| {
        begun.lock().unwrap().push(asked.to_string());
        fetch(&site, asked)
    });
    let begun = begun.into_inner().unwrap();
    let of_a: Vec<_> = begun.into_iter().filter(|url| host(url) == "a").collect();
    let found = ["a1", "a2", "a3", "a4", "a5"].map(url);
    assert_eq!(of_a, found, "the pages of host a, in the order in which they were begun");
}

/// A page links to two others, again and again with different URLs. Two workers crawl, and one page
/// at a time may be fetched from a host. If the two pages are on the same host, the crawl must take
/// three seconds; if not, two. `host` says what a host is: the port is part of it, the scheme and
/// the path are not.
///
/// Two servers on one machine are two servers. And a host that is asked through another door is
/// still the same host, with the same limit.
#[test]
fn hosts_are_told_apart() {
    for (one, other, expected) in [
        ("http://a:1/", "http://a:2/", 2),
        ("http://a:1/", "http://a/", 2),
        ("http://a/1", "http://ab/1", 2),
        ("http://a/1", "http://www.a/1", 2),
        ("http://a:1/one", "http://a:1/one/two", 3),
        ("http://a/", "https://a/", 3),
    ] {
        let site: [Entry; 3] =
            [("http://start/", 1, &[one, other]), (one, 1, &[]), (other, 1, &[])];
        let seconds = seconds(&config(2, 1), &site);
        assert_eq!(seconds, expected, "seconds for a page, and then {one} and {other}");
    }
}

/// The limit for each host is so large that it never applies, and three workers crawl a page that
/// links to three others of the same host. These must be fetched at the same time, two seconds in
/// all. Then 280 workers crawl a page that links to 280 pages of one host. These must be fetched at
/// the same time, too.
///
/// Whoever wants no limit gives the largest number there is. If it is added to, or put into a
/// smaller type, nothing much is left of it. And whoever asks for 280 workers has reasons for it:
/// threads that wait for the network cost little.
#[test]
fn large_limits_leave_room() {
    let site: [Entry; 4] =
        [("a1", 1, &["a2", "a3", "a4"]), ("a2", 1, &[]), ("a3", 1, &[]), ("a4", 1, &[])];
    // The second one ends in 00...01, however many of its bits are cut off.
    for per_host in [usize::MAX, usize::MAX / 2 + 2] {
        let seconds = seconds(&config(3, per_host), &site);
        assert_eq!(seconds, 2, "seconds for 1 page, and 3 at once, {per_host} allowed per host");
    }

    let config = config(280, 280);
    let links: Vec<_> = (1..=280).map(|number| format!("http://a/{number}")).collect();
    let begun = Mutex::new(0);
    let start = Instant::now();
    crawl("http://b/", &config, |asked| {
        if asked == "http://b/" {
            return page(links.iter().map(String::as_str));
        }
        *begun.lock().unwrap() += 1;
        thread::sleep(Duration::from_secs(1));
        // Only those that were begun in the first second are of interest.
        config.stop.stop();
        page([])
    });
    assert_eq!(*begun.lock().unwrap(), 280, "pages fetched at once by 280 workers");
    assert_eq!(start.elapsed().as_secs(), 1, "seconds that the crawl took");
}

/// A page is found while an idle worker is asleep, and the worker that has found it goes on with an
/// older page of its own. The sleeper must be woken and begin the new page at once.
///
/// First two workers crawl: the second one is idle because the only host known so far allows one
/// fetch at a time, and a page of another host is found. It must not have gone home. Then three
/// workers crawl, and are watched, though no report is ever due. Again the third one is idle when a
/// page is found for it. Whoever wakes only one thread must be sure that it is a worker.
#[test]
fn a_new_page_wakes_an_idle_worker() {
    let site: [Entry; 4] =
        [("s1", 1, &["a1", "a2"]), ("a1", 1, &["b1"]), ("a2", 1, &[]), ("b1", 1, &[])];
    assert_eq!(seconds(&config(2, 1), &site), 3, "seconds for 1 page, 1 more, and 2 at once");

    let site: [Entry; 5] = [
        ("s1", 1, &["a1", "b1", "a2"]),
        ("a1", 1, &["c1"]),
        ("b1", 3, &[]),
        ("a2", 1, &[]),
        ("c1", 3, &[]),
    ];
    let start = Instant::now();
    let fetch = |asked: &str| fetch(&site, asked);
    crawl_with_progress(&url("s1"), &config(3, 1), fetch, Duration::MAX, |_| ());
    let seconds = start.elapsed().as_secs();
    assert_eq!(seconds, 5, "seconds for a page that is found after 2 seconds and takes 3");
}

/// A crawl is to be watched, but with no workers, or with no fetch allowed per host. It must be
/// refused with a panic, like one that nobody watches, before anything is fetched. With limits of
/// 1, a watched crawl must work.
///
/// If the watcher has been started by then, and nobody tells it that nothing will come, it watches
/// for ever, and the panic never gets out.
#[test]
fn a_watched_crawl_has_the_same_limits() {
    for (workers, per_host) in [(0, 1), (1, 0), (0, 0)] {
        let fetch = |_: &str| -> Result<Page, FetchError> { panic!("nothing may be fetched") };
        let refused = panic::catch_unwind(AssertUnwindSafe(|| {
            let config = config(workers, per_host);
            crawl_with_progress("http://a/", &config, fetch, Duration::MAX, |_| ())
        }));
        assert!(refused.is_err(), "not refused: workers: {workers}, per_host: {per_host}");
    }
    let config = config(1, 1);
    let report = crawl_with_progress("http://a/", &config, |_| page([]), Duration::MAX, |_| ());
    assert_eq!(report.visited.len(), 1, "pages in the report, with limits of 1");
}
