//! Make: each host has a queue of its own, and a host with room waits in a queue for a worker; idle workers put themselves on a list and park.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What a page brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The URLs that it links to: complete ones, in the order in which they appear there, perhaps
    /// repeated, perhaps the page's own.
    pub links: Vec<String>,
}

/// Why there is no page where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError(pub String);

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for FetchError {}

/// The host in a URL: `http://host/path` gives `host`, with its port if there is one.
pub fn host(url: &str) -> &str {
    let address = url.split_once("://").map_or(url, |(_scheme, address)| address);
    address.split('/').next().unwrap_or(address)
}

/// Tells a crawl to come to an end. All clones of it stand for the same stop.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    stopped: Arc<AtomicBool>,
}

impl Stop {
    /// Nothing is stopped yet.
    pub fn new() -> Self {
        Stop::default()
    }

    /// Asks for the end, once and for all. Does not wait for it.
    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    /// Whether the end has been asked for.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }
}

/// How a crawl is to be made.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many threads fetch pages: at most that many fetches run at the same time.
    pub workers: usize,
    /// How many fetches from one host may run at the same time.
    pub per_host: usize,
    /// Ends the crawl early.
    pub stop: Stop,
}

/// What became of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was fetched.
    Fetched,
    /// It is not there, and this is why.
    Broken(FetchError),
    /// The fetch panicked.
    Panicked,
}

/// What a crawl has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every page whose fetch was begun, and what became of it.
    pub visited: BTreeMap<String, Outcome>,
    /// Every page that was found, but whose fetch was not begun. Empty unless the crawl was
    /// stopped.
    pub left: BTreeSet<String>,
}

/// How far a crawl has come. Each page that was found so far counts in exactly one of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages whose fetch has ended, whatever became of it.
    pub visited: usize,
    /// Pages that are being fetched.
    pub in_flight: usize,
    /// Pages whose fetch has not been begun.
    pub waiting: usize,
}

/// Fetches the page `start`, the pages that it links to, those that these link to, and so on;
/// returns when all of them have been visited.
///
/// `fetch` is called once for each URL, on one of `config.workers` threads, and at no time more
/// than `config.per_host` times for URLs of one [`host`]. URLs that differ in a single character
/// are different pages. Within these limits no page waits: whenever a worker is idle and the limits
/// leave room for a page that is waiting, the worker fetches it. Pages of one host are begun in the
/// order in which they were found; the links of one page are found in their order.
///
/// A fetch that fails or panics costs its own page and nothing else, even if what it panics with
/// panics again when it is dropped.
///
/// When `config.stop` is stopped, the fetches that have been begun are completed and recorded, and
/// their links are noted among those that are left. No worker begins another page.
///
/// # Panics
/// If `config.workers` or `config.per_host` is 0, before anything is fetched.
pub fn crawl<F>(start: &str, config: &Config, fetch: F) -> Report
where
    F: Fn(&str) -> Result<Page, FetchError> + Sync,
{
    let crawl = Crawl::new(start, config);
    thread::scope(|threads| {
        for _ in 0..config.workers {
            threads.spawn(|| crawl.work(&fetch));
        }
    });
    crawl.into_report()
}

/// Like [`crawl`], but a thread of its own calls `report` each time `every` has passed, and one last
/// time when all pages have been visited, or when a crawl that was stopped has come to its end.
///
/// The reports are a service and no more. They never hold up a fetch, however long one of them
/// takes. The crawl's end does not wait for the next one to be due. If `report` panics, it is not
/// called again, and the crawl goes on, whatever it panics with. It is never called after this
/// function has returned.
///
/// # Panics
/// Like [`crawl`].
pub fn crawl_with_progress<F, R>(
    start: &str,
    config: &Config,
    fetch: F,
    every: Duration,
    report: R,
) -> Report
where
    F: Fn(&str) -> Result<Page, FetchError> + Sync,
    R: FnMut(Progress) + Send,
{
    let crawl = Crawl::new(start, config);
    thread::scope(|threads| {
        let reporter = threads.spawn(|| crawl.watch(every, report));
        let workers: Vec<_> =
            (0..config.workers).map(|_| threads.spawn(|| crawl.work(&fetch))).collect();
        for worker in workers {
            worker.join().expect("a worker catches every panic");
        }
        crawl.ended.store(true, SeqCst);
        reporter.thread().unpark();
        // If the reporter panicked, that is its own affair.
        let _ = reporter.join().map_err(discard);
    });
    crawl.into_report()
}

/// A crawl in progress.
struct Crawl<'a> {
    config: &'a Config,
    state: Mutex<State>,
    ended: AtomicBool,
}

/// Everything that is known so far.
#[derive(Default)]
struct State {
    found: HashSet<String>,
    lanes: BTreeMap<String, Lane>,
    /// The hosts with a page that may be fetched now: a host is listed once for each such page.
    ready: VecDeque<String>,
    visited: BTreeMap<String, Outcome>,
    in_flight: usize,
    idle: Vec<Thread>,
}

/// The pages of one host.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<String>,
    in_flight: usize,
    /// How many times the host is listed in `ready`.
    announced: usize,
}

impl State {
    /// Queues a link if it is new.
    fn find(&mut self, url: &str, per_host: usize) {
        if self.found.insert(url.to_string()) {
            self.lanes.entry(host(url).to_string()).or_default().waiting.push_back(url.to_string());
            self.announce(host(url), per_host);
        }
    }

    /// Lists the host in `ready` once for each page that is waiting and that it has room for.
    fn announce(&mut self, host: &str, per_host: usize) {
        let Some(lane) = self.lanes.get_mut(host) else { return };
        while lane.announced < lane.waiting.len() && lane.announced + lane.in_flight < per_host {
            lane.announced += 1;
            self.ready.push_back(host.to_string());
        }
    }

    fn begin(&mut self) -> Option<String> {
        let host = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&host).expect("who is ready has a lane");
        lane.announced -= 1;
        lane.in_flight += 1;
        self.in_flight += 1;
        lane.waiting.pop_front()
    }

    fn progress(&self) -> Progress {
        Progress {
            visited: self.visited.len(),
            in_flight: self.in_flight,
            waiting: self.found.len() - self.visited.len() - self.in_flight,
        }
    }
}

impl<'a> Crawl<'a> {
    fn new(start: &str, config: &'a Config) -> Self {
        assert!(config.workers > 0, "without a worker nothing is ever fetched");
        assert!(config.per_host > 0, "with a limit of 0 nothing may ever be fetched");
        let mut state = State::default();
        state.find(start, config.per_host);
        Crawl { config, state: Mutex::new(state), ended: AtomicBool::new(false) }
    }

    fn work(&self, fetch: &(impl Fn(&str) -> Result<Page, FetchError> + Sync)) {
        loop {
            let mut state = self.state();
            if self.config.stop.is_stopped() {
                return;
            }
            let Some(url) = state.begin() else {
                if state.in_flight == 0 {
                    return;
                }
                // A thread that changes something takes us off the list and unparks us, in that
                // order.
                state.idle.push(thread::current());
                drop(state);
                thread::park();
                continue;
            };
            drop(state);
            let fetched = panic::catch_unwind(AssertUnwindSafe(|| fetch(&url))).map_err(discard);
            self.complete(url, fetched);
        }
    }

    fn complete(&self, url: String, fetched: Result<Result<Page, FetchError>, ()>) {
        let mut state = self.state();
        let outcome = match fetched {
            Ok(Ok(page)) => {
                page.links.iter().for_each(|link| state.find(link, self.config.per_host));
                Outcome::Fetched
            }
            Ok(Err(error)) => Outcome::Broken(error),
            Err(()) => Outcome::Panicked,
        };
        state.in_flight -= 1;
        state.lanes.get_mut(host(&url)).expect("it was begun from there").in_flight -= 1;
        state.announce(host(&url), self.config.per_host);
        state.visited.insert(url, outcome);
        for idle in std::mem::take(&mut state.idle) {
            idle.unpark();
        }
    }

    fn watch(&self, every: Duration, mut report: impl FnMut(Progress)) {
        loop {
            let begin = Instant::now();
            while !self.ended.load(SeqCst) && begin.elapsed() < every {
                thread::park_timeout(every.saturating_sub(begin.elapsed()));
            }
            let ended = self.ended.load(SeqCst);
            let progress = self.state().progress();
            report(progress);
            if ended {
                return;
            }
        }
    }

    fn into_report(self) -> Report {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let left = state.lanes.into_values().flat_map(|lane| lane.waiting).collect();
        Report { visited: state.visited, left }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what a panic carried. If that panics as well, it does no harm.
fn discard(panic: Box<dyn std::any::Any + Send>) {
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // Its destructor may panic, too, and so on.
        std::mem::forget(another);
    }
}
