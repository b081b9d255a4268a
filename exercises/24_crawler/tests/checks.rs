//! What is visited, how often, and what the report says about it. The site is a list of pages.

use crawler::{Config, FetchError, Outcome, Page, Report, Stop, crawl, crawl_with_progress};
use probe as _; // Names the checks that hang at your desk.
use std::collections::BTreeSet;
use std::mem;
use std::panic::{self, AssertUnwindSafe, panic_any};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// A page's URL and what it links to.
type Entry<'a> = (&'a str, &'a [&'a str]);

/// Fetches from a site that is a list. A page that is not in the list does not exist.
fn fetch(site: &[Entry], url: &str) -> Result<Page, FetchError> {
    match site.iter().find(|(page, _)| *page == url) {
        Some((_, links)) => Ok(Page { links: links.iter().map(|link| link.to_string()).collect() }),
        None => Err(FetchError(format!("no {url}"))),
    }
}

fn config(workers: usize, per_host: usize) -> Config {
    Config { workers, per_host, stop: Stop::new() }
}

/// The URLs that were visited with this outcome, in alphabetical order.
fn with_outcome<'a>(report: &'a Report, outcome: &Outcome) -> Vec<&'a str> {
    report
        .visited
        .iter()
        .filter(|(_, visited)| *visited == outcome)
        .map(|(url, _)| url.as_str())
        .collect()
}

/// Two workers crawl four pages that link to each other in circles, to themselves, and in one case
/// to the same page twice. Each of the four must be fetched once, and the report must say so.
///
/// Fetching a page twice makes its host serve it twice; and a crawler that follows a circle round
/// and round never comes to an end.
///
/// Both workers may find the same page at the same time. And both may have nothing to do for a
/// moment although the crawl is not over yet.
#[test]
fn each_page_once() {
    let site: [Entry; 4] = [
        ("http://a/", &["http://a/left", "http://b/right", "http://a/left"]),
        ("http://a/left", &["http://a/", "http://b/both"]),
        ("http://b/right", &["http://b/right", "http://b/both"]),
        ("http://b/both", &["http://a/left"]),
    ];
    let fetches = Mutex::new(Vec::new());
    let report = crawl("http://a/", &config(2, 2), |url| {
        fetches.lock().unwrap().push(url.to_string());
        fetch(&site, url)
    });
    let mut fetches = fetches.into_inner().unwrap();
    fetches.sort();
    let all = ["http://a/", "http://a/left", "http://b/both", "http://b/right"];
    assert_eq!(fetches, all, "the URLs that were fetched");
    assert_eq!(with_outcome(&report, &Outcome::Fetched), all, "what the report says was fetched");
    assert_eq!(report.visited.len(), 4, "pages in the report");
    assert!(report.left.is_empty(), "the report says that pages were left, but all were visited");
}

/// Two workers crawl a page with a link, first unwatched and then watched. The fetch owns a lock
/// guard, which no thread may hand over to another one. Both crawls must come to their end.
///
/// `crawl` asks for a fetch that several threads may call: `Sync`. They can do that while it stays
/// where it is, so it need not be `Send`.
#[test]
fn a_fetch_stays_where_it_is() {
    let site: [Entry; 2] = [("http://a/", &["http://a/next"]), ("http://a/next", &[])];
    let line = Mutex::new(());
    let fetch_on_the_line = || {
        let line_is_taken = line.lock().unwrap();
        move |url: &str| {
            let _ = &line_is_taken;
            fetch(&site, url)
        }
    };
    let report = crawl("http://a/", &config(2, 2), fetch_on_the_line());
    assert_eq!(report.visited.len(), 2, "pages in the report");
    let fetch = fetch_on_the_line();
    let report = crawl_with_progress("http://a/", &config(2, 2), fetch, Duration::MAX, |_| ());
    assert_eq!(report.visited.len(), 2, "pages in the report of the watched crawl");
}

/// One worker crawls a small site with two broken links, one fetch at a time. The pages must be
/// fetched in the order in which they were found, the broken links must be in the report with their
/// errors, and the pages behind them in the queue must be fetched all the same.
///
/// Broken links are what most crawlers are run for.
#[test]
fn broken_links_are_reported() {
    let site: [Entry; 3] = [
        ("http://a/", &["http://a/gone", "http://a/next", "http://a/lost"]),
        ("http://a/next", &["http://a/gone", "http://a/last"]),
        ("http://a/last", &[]),
    ];
    let fetches = Mutex::new(Vec::new());
    let report = crawl("http://a/", &config(1, 1), |url| {
        fetches.lock().unwrap().push(url.to_string());
        fetch(&site, url)
    });
    assert_eq!(
        fetches.into_inner().unwrap(),
        ["http://a/", "http://a/gone", "http://a/next", "http://a/lost", "http://a/last"],
        "the URLs in the order in which they were fetched"
    );
    let broken = |url: &str| Outcome::Broken(FetchError(format!("no {url}")));
    let expected = [
        ("http://a/", Outcome::Fetched),
        ("http://a/gone", broken("http://a/gone")),
        ("http://a/last", Outcome::Fetched),
        ("http://a/lost", broken("http://a/lost")),
        ("http://a/next", Outcome::Fetched),
    ];
    let expected = expected.map(|(url, outcome)| (url.to_string(), outcome)).into();
    assert_eq!(report.visited, expected, "what became of the pages");
    assert!(report.left.is_empty(), "the report says that pages were left, but all were visited");
}

/// Two workers crawl a site on which two pages make the fetch panic: as many as there are workers.
/// The host allows one fetch at a time. Both must be reported as panicked, and the page behind them
/// must still be fetched.
///
/// If a panic takes its worker with it, or its place at the host, or the count of what is still to
/// come, one bad page stops the whole crawl.
#[test]
fn a_panic_costs_one_page() {
    let site: [Entry; 2] = [
        ("http://a/", &["http://a/bad", "http://a/worse", "http://a/good"]),
        ("http://a/good", &[]),
    ];
    let report = crawl("http://a/", &config(2, 1), |url| match url {
        "http://a/bad" | "http://a/worse" => panic!("not a page, on purpose"),
        _ => fetch(&site, url),
    });
    let panicked = with_outcome(&report, &Outcome::Panicked);
    assert_eq!(panicked, ["http://a/bad", "http://a/worse"], "the pages whose fetch panicked");
    let fetched = with_outcome(&report, &Outcome::Fetched);
    assert_eq!(fetched, ["http://a/", "http://a/good"], "the pages whose fetch returned a page");
    assert_eq!(report.visited.len(), 4, "pages in the report");
}

/// One worker crawls a page with three links. Two of them make the fetch panic, and the third is
/// broken. All four fetches must be made on the same thread: `config.workers` is the number of
/// threads that fetch pages, whatever becomes of the pages.
///
/// A site may have a hundred thousand pages with the same flaw. If each of them costs a thread,
/// whatever a thread keeps for its fetches, such as open connections, is thrown away and built anew
/// each time.
#[test]
fn a_panic_costs_no_thread() {
    let site: [Entry; 1] = [("http://a/", &["http://a/bad", "http://a/worse", "http://a/gone"])];
    let threads = Mutex::new(BTreeSet::new());
    let report = crawl("http://a/", &config(1, 1), |url| {
        threads.lock().unwrap().insert(format!("{:?}", thread::current().id()));
        match url {
            "http://a/bad" | "http://a/worse" => panic!("not a page, on purpose"),
            _ => fetch(&site, url),
        }
    });
    assert_eq!(report.visited.len(), 4, "pages in the report");
    assert_eq!(threads.into_inner().unwrap().len(), 1, "threads that fetched pages");
}

/// Panics when it is dropped, with another of its kind, as often as its number says.
struct Again(u8);

impl Drop for Again {
    fn drop(&mut self) {
        match self.0 {
            0 => panic!("dropped, on purpose"),
            more => panic_any(Again(more - 1)),
        }
    }
}

/// A fetch panics with a value whose destructor panics, too. In two more crawls a report does the
/// same: the final one, and one that is due while a page is being fetched. The page must be reported
/// as panicked, the page behind it fetched, and all crawls must come to their end.
///
/// Whoever catches a panic has to drop what it carries, at some time and in some place, and runs
/// foreign code there once more.
#[test]
fn a_panic_may_carry_another() {
    let site: [Entry; 2] =
        [("http://a/", &["http://a/bad", "http://a/good"]), ("http://a/good", &[])];
    let fetch = |url: &str| match url {
        "http://a/bad" => panic_any(Again(2)),
        _ => fetch(&site, url),
    };
    let crawled =
        panic::catch_unwind(AssertUnwindSafe(|| crawl("http://a/", &config(1, 1), fetch)));
    let Ok(report) = crawled.map_err(mem::forget) else {
        panic!(
            "crawl() panicked: the payload of a fetch's panic was dropped, and its destructor panicked"
        );
    };
    let panicked = with_outcome(&report, &Outcome::Panicked);
    assert_eq!(panicked, ["http://a/bad"], "the pages whose fetch panicked");
    let fetched = with_outcome(&report, &Outcome::Fetched);
    assert_eq!(fetched, ["http://a/", "http://a/good"], "the pages whose fetch returned a page");

    for every in [Duration::MAX, Duration::from_millis(1)] {
        let (tell, told) = mpsc::channel();
        let told = Mutex::new(told);
        let fetch = |url: &str| {
            if every != Duration::MAX {
                told.lock().unwrap().recv().expect("a report is due");
            }
            fetch(url)
        };
        let mut reports = 0;
        let crawled = panic::catch_unwind(AssertUnwindSafe(|| {
            crawl_with_progress("http://a/good", &config(1, 1), fetch, every, |_| {
                reports += 1;
                let _ = tell.send(());
                panic_any(Again(2));
            })
        }));
        let Ok(report) = crawled.map_err(mem::forget) else {
            panic!(
                "crawl_with_progress() panicked: what a report had panicked with panicked when it \
                 was dropped"
            );
        };
        assert_eq!(report.visited.len(), 1, "pages in the report");
        assert_eq!(reports, 1, "calls of a report that panics");
    }
}

/// One worker crawls a page whose links look much alike: with a slash at the end or without, with
/// capital letters, a port, a query or an empty one, a fragment, a dot, a space, another scheme or
/// another host. Each must be fetched once, by the very URL that the link has, and must be in the
/// report under that URL.
///
/// To a web server these are different requests, and the answers may be different pages. A crawler
/// that thinks it knows better leaves some of them out, and nobody finds out which.
#[test]
fn every_character_of_a_url_counts() {
    let links = [
        "http://a/books",
        "http://a/books/",
        "http://a/books//",
        "http://a/Books",
        "http://a/books?",
        "http://a/books?page=2",
        "http://a/books?page=2&",
        "http://a/books#",
        "http://a/books#may",
        "http://a/books.",
        "http://a/books ",
        "http://a/./books",
        "http://a/b%6Foks",
        "http://a/b%6foks",
        "http://a:80/books",
        "https://a/books",
        "http://www.a/books",
        "http://A/books",
        "http://a",
    ];
    let fetches = Mutex::new(Vec::new());
    let report = crawl("http://a/", &config(1, 1), |url| {
        fetches.lock().unwrap().push(url.to_string());
        fetch(&[("http://a/", &links)], url)
    });
    let mut fetches = fetches.into_inner().unwrap();
    fetches.sort();
    let mut all = vec!["http://a/"];
    all.extend(links);
    all.sort();
    assert_eq!(fetches, all, "the URLs that were fetched");
    let visited: Vec<_> = report.visited.keys().map(String::as_str).collect();
    assert_eq!(visited, all, "what the report says was visited");
    assert!(report.left.is_empty(), "the report says that pages were left, but all were visited");
}

/// One worker crawls a page whose links come in pairs. Both links of a pair have the same checksum:
/// the sum of their characters, a hash as hash tables use it, with 64 bits or fewer, or CRC-32. The
/// last two are long, and differ in nothing but their last character. Each link must be fetched
/// once, and must be in the report.
///
/// A set of checksums needs less memory than a set of URLs. But different URLs may have the same
/// checksum, and then one of them is never fetched.
#[test]
fn no_url_stands_for_another() {
    let long = format!("http://a/{}", "long/".repeat(60));
    let long = [format!("{long}1"), format!("{long}2")];
    let links = [
        // The sum, or the exclusive or, of all characters.
        "http://a/ab",
        "http://a/ba",
        // Times 31, plus the next character.
        "http://a/Aa",
        "http://a/BB",
        // Times 33, plus the next character.
        "http://a/cd",
        "http://a/dC",
        // Times 33, with exclusive or.
        "http://a/a9f",
        "http://a/ce8",
        // FNV-1 and FNV-1a, with 32 bits.
        "http://a/4795b",
        "http://a/808c8",
        "http://a/d59e",
        "http://a/61040",
        // CRC-32.
        "http://a/ve9pto6",
        "http://a/y7ghpm9",
        // The lower half of what a `DefaultHasher` makes of it.
        "http://a/c72b",
        "http://a/133dd",
        // All of it.
        "http://a/dfyqenk2vsbgm",
        "http://a/pvcs7l36wyon7",
        // FNV-1a, with 64 bits.
        "http://a/cht62lxx2c5hy",
        "http://a/f2pnwrxm624xd",
        // Long ones.
        &long[0],
        &long[1],
    ];
    let fetches = Mutex::new(Vec::new());
    let report = crawl("http://a/", &config(1, 1), |url| {
        fetches.lock().unwrap().push(url.to_string());
        fetch(&[("http://a/", &links)], url)
    });
    let fetches = fetches.into_inner().unwrap();
    let times = |link: &str| fetches.iter().filter(|url| *url == link).count();
    let missed: Vec<_> = links.into_iter().filter(|link| times(link) != 1).collect();
    assert!(missed.is_empty(), "links that were not fetched exactly once: {missed:?}");
    let missed: Vec<_> =
        links.into_iter().filter(|link| !report.visited.contains_key(*link)).collect();
    assert!(missed.is_empty(), "links that were fetched, but are not in the report: {missed:?}");
}
