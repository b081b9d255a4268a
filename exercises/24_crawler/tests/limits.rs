//! How much runs at the same time: never more than is allowed, and never less.
//!
//! `thread::sleep` plays the part of the network. In the checks with a clock, the first letter of a page's
//! name is its host.

use crawler::{Config, FetchError, Page, Stop, crawl, host};
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

/// Crawls with two workers, which may not fetch from the same host at the same time; then with one worker
/// and a more generous host. Each fetch counts itself in and out. There must never be more fetches under way
/// than allowed, in total or for one host, and never more threads than workers. A small host that gets a
/// hundred requests at once goes down, and its owner knows whose fault that is.
///
/// A page that has to wait for its host keeps its place in line: the pages of each host must be begun in the
/// order in which they were found, even if a page of another host was allowed to overtake them.
///
/// Limits of 0 would never allow anything. `crawl` must refuse them by panicking, before anything is
/// fetched.
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
        assert!(refused.is_err(), "{workers} workers, {per_host} fetches per host: not refused");
    }
}

/// A page of a site on the clock: its name, how many seconds it takes, and what it links to.
type Entry<'a> = (&'a str, u64, &'a [&'a str]);

/// Crawls from the first page on. Returns how many seconds that took.
fn seconds(config: &Config, site: &[Entry]) -> u64 {
    let url = |name: &str| format!("http://{}/{name}", &name[..1]);
    let start = Instant::now();
    let report = crawl(&url(site[0].0), config, |asked| {
        let (_, seconds, links) = site.iter().find(|entry| url(entry.0) == asked).unwrap();
        thread::sleep(Duration::from_secs(*seconds));
        Ok(Page { links: links.iter().map(|link| url(link)).collect() })
    });
    assert_eq!(report.visited.len(), site.len(), "pages in the report");
    start.elapsed().as_secs()
}

/// Crawls two sites, on the clock. On the first, two pages have to be fetched one after the other before
/// three more are known; then three workers must fetch these at the same time: three seconds in all. A
/// worker that went home because there was nothing to do for a moment is missed now.
///
/// On the second, one page is slow, and each quick page leads to another. Two workers need four seconds:
/// while one of them waits for the slow page, the other must go on.
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
}

/// One host allows one fetch at a time and has three pages, which were found first. Another host has three
/// pages as well. Two workers need one second for the page that links to all of them, and three for the
/// rest: there is always one worker at each host. If a worker waits for the busy host while the other host's
/// pages are in line behind it, the crawl takes longer.
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

/// Crawls five pages that are found one after another and take 20.1 ms each: 100.5 ms. The worker that has
/// fetched one of them has something else to do first, so it is the other, idle worker that must begin the
/// next one, and at once. If idle workers only check now and then whether there is something to do, they are
/// late each time, and keep the machine warm in between.
///
/// (A busy machine can only make it slower, so a dozen attempts are granted.)
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
    let attempt = || {
        let start = Instant::now();
        crawl("http://a/1", &config(2, 2), fetch);
        start.elapsed()
    };
    let late = Duration::from_millis(104);
    assert!(
        (0..12).any(|_| attempt() < late),
        "five pages of 20.1 ms, one after another, took {late:?} or more: a worker checks only now \
         and then whether there is something to do"
    );
}
