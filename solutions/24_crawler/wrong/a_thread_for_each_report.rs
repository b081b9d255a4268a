//! Fault: each report gets a thread of its own, which takes the panic if there is one.
//! Expect: reports_have_a_thread_of_their_own = wrong

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

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
    crawl.work(fetch);
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
        crawl.work(fetch);
        crawl.end();
        // If the reporter panicked, that is its own affair.
        let _ = reporter.join().map_err(discard);
    });
    crawl.into_report()
}

/// A crawl in progress.
struct Crawl<'a> {
    config: &'a Config,
    state: Mutex<State>,
    /// Notified when a fetch has ended: there may be new pages, a free host, or nothing left.
    fetched: Condvar,
    /// Notified when the workers have ended.
    ended: Condvar,
}

/// Everything that is known so far. A page is in `waiting`, counted in `in_flight`, or in
/// `visited`.
#[derive(Default)]
struct State {
    /// Every URL seen so far, so that none is queued twice.
    found: HashSet<String>,
    waiting: VecDeque<String>,
    in_flight: usize,
    /// The number of fetches in flight, by host.
    busy: HashMap<String, usize>,
    visited: BTreeMap<String, Outcome>,
    ended: bool,
}

impl State {
    fn find(&mut self, url: String) {
        if self.found.insert(url.clone()) {
            self.waiting.push_back(url);
        }
    }

    /// Takes the first page whose host has room. It counts as in flight from this moment on.
    fn begin(&mut self, per_host: usize) -> Option<String> {
        let busy = |url: &String| self.busy.get(host(url)).copied().unwrap_or(0);
        let next = self.waiting.iter().position(|url| busy(url) < per_host)?;
        let url = self.waiting.remove(next)?;
        *self.busy.entry(host(&url).to_string()).or_default() += 1;
        self.in_flight += 1;
        Some(url)
    }

    fn progress(&self) -> Progress {
        Progress {
            visited: self.visited.len(),
            in_flight: self.in_flight,
            waiting: self.waiting.len(),
        }
    }
}

impl<'a> Crawl<'a> {
    fn new(start: &str, config: &'a Config) -> Self {
        assert!(config.workers > 0, "without a worker nothing is ever fetched");
        assert!(config.per_host > 0, "with a limit of 0 nothing may ever be fetched");
        let mut state = State::default();
        state.find(start.to_string());
        Crawl { config, state: Mutex::new(state), fetched: Condvar::new(), ended: Condvar::new() }
    }

    /// Runs the workers until the crawl has come to its end.
    fn work(&self, fetch: impl Fn(&str) -> Result<Page, FetchError> + Sync) {
        thread::scope(|threads| {
            for _ in 0..self.config.workers {
                threads.spawn(|| {
                    while let Some(url) = self.next() {
                        let fetched = panic::catch_unwind(AssertUnwindSafe(|| fetch(&url)));
                        self.complete(url, fetched);
                    }
                });
            }
        });
    }

    /// The next page to fetch. Waits as long as one may still come; `None` if none will.
    fn next(&self) -> Option<String> {
        let mut state = self.state();
        loop {
            if self.config.stop.is_stopped() {
                return None;
            }
            if let Some(url) = state.begin(self.config.per_host) {
                return Some(url);
            }
            // Only a page in flight can bring new ones, or make room at its host.
            if state.in_flight == 0 {
                return None;
            }
            state = self.fetched.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Records that a fetch has ended. In the same step, its links are added and it stops being in
    /// flight.
    fn complete(&self, url: String, fetched: thread::Result<Result<Page, FetchError>>) {
        let (outcome, links) = match fetched {
            Ok(Ok(page)) => (Outcome::Fetched, page.links),
            Ok(Err(error)) => (Outcome::Broken(error), Vec::new()),
            Err(panic) => {
                discard(panic);
                (Outcome::Panicked, Vec::new())
            }
        };
        let mut state = self.state();
        links.into_iter().for_each(|link| state.find(link));
        state.in_flight -= 1;
        if let Some(busy) = state.busy.get_mut(host(&url)) {
            *busy -= 1;
        }
        state.visited.insert(url, outcome);
        // Three links are work for three workers, and the end of the crawl matters to all of them.
        self.fetched.notify_all();
    }

    /// Calls `report` each time `every` has passed, and once more at the end.
    fn watch(&self, every: Duration, mut report: impl FnMut(Progress) + Send) {
        let mut ended = false;
        while !ended {
            let running = |state: &mut State| !state.ended;
            let waited = self.ended.wait_timeout_while(self.state(), every, running);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            ended = state.ended;
            let progress = state.progress();
            // Unlocked first, because `report` may take its time.
            drop(state);
            let report = || report(progress);
            if let Err(panic) = thread::scope(|threads| threads.spawn(report).join()) {
                return discard(panic);
            }
        }
    }

    fn end(&self) {
        self.state().ended = true;
        self.ended.notify_all();
    }

    fn into_report(self) -> Report {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        Report { visited: state.visited, left: state.waiting.into_iter().collect() }
    }

    #[track_caller]
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
