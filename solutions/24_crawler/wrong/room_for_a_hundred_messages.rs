//! Fault: the watcher learns of each page by message, and when a hundred are waiting for it, the crawl waits, too.
//! Expect: a_slow_report_holds_up_no_page = wrong

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
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
    Dispatcher::new(start, config, |_| {}).run(fetch)
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
    // The figures, for the reporter. More than a hundred will never be waiting there.
    let (tell, told) = mpsc::sync_channel(100);
    thread::scope(|threads| {
        let mut report = report;
        let reporter = threads.spawn(move || {
            let mut progress = Progress { visited: 0, in_flight: 0, waiting: 1 };
            let mut ended = false;
            while !ended {
                let begin = Instant::now();
                ended = loop {
                    match told.recv_timeout(every.saturating_sub(begin.elapsed())) {
                        Ok(latest) => progress = latest,
                        Err(error) => break error == RecvTimeoutError::Disconnected,
                    }
                };
                report(progress);
            }
        });
        // If the reporter has panicked, nobody hears this.
        let note = move |progress| tell.send(progress).unwrap_or(());
        let crawled = Dispatcher::new(start, config, note).run(fetch);
        // If the reporter panicked, that is its own affair.
        let _ = reporter.join().map_err(discard);
        crawled
    })
}

/// What came of a fetch. `Err` stands for a panic.
type Fetched = Result<Result<Page, FetchError>, ()>;

/// Knows what to fetch next. Lives on the calling thread.
struct Dispatcher<'a, N> {
    config: &'a Config,
    found: HashSet<String>,
    waiting: Vec<String>,
    busy: HashMap<String, usize>,
    in_flight: usize,
    visited: BTreeMap<String, Outcome>,
    /// Called with every change.
    note: N,
}

impl<'a, N: Fn(Progress)> Dispatcher<'a, N> {
    fn new(start: &str, config: &'a Config, note: N) -> Self {
        assert!(config.workers > 0 && config.per_host > 0, "a limit of 0 allows nothing");
        Dispatcher {
            config,
            found: HashSet::from([start.to_string()]),
            waiting: vec![start.to_string()],
            busy: HashMap::new(),
            in_flight: 0,
            visited: BTreeMap::new(),
            note,
        }
    }

    fn run(mut self, fetch: impl Fn(&str) -> Result<Page, FetchError> + Sync) -> Report {
        let (order, orders) = mpsc::channel::<String>();
        let (done, results) = mpsc::channel();
        let (fetch, orders) = (&fetch, &Mutex::new(orders));
        thread::scope(|threads| {
            for _ in 0..self.config.workers {
                let done = done.clone();
                threads.spawn(move || {
                    let next = || lock(orders).recv();
                    while let Ok(url) = next() {
                        let caught = panic::catch_unwind(AssertUnwindSafe(|| fetch(&url)));
                        let fetched = caught.map_err(discard);
                        let _ = done.send((url, fetched));
                    }
                });
            }
            loop {
                while let Some(url) = self.next() {
                    let _ = order.send(url);
                }
                self.tell();
                if self.in_flight == 0 {
                    break;
                }
                let (url, fetched) = results.recv().expect("this thread has a sender itself");
                self.complete(url, fetched);
            }
            // Sends the workers home.
            drop(order);
        });
        Report { visited: self.visited, left: self.waiting.into_iter().collect() }
    }

    /// A page that may be fetched now, and for which there is an idle worker.
    fn next(&mut self) -> Option<String> {
        if self.config.stop.is_stopped() || self.in_flight == self.config.workers {
            return None;
        }
        let (busy, per_host) = (&self.busy, self.config.per_host);
        let free = |url: &String| busy.get(host(url)).is_none_or(|busy| *busy < per_host);
        let url = self.waiting.remove(self.waiting.iter().position(free)?);
        *self.busy.entry(host(&url).to_string()).or_default() += 1;
        self.in_flight += 1;
        Some(url)
    }

    fn complete(&mut self, url: String, fetched: Fetched) {
        self.in_flight -= 1;
        *self.busy.get_mut(host(&url)).expect("it was in flight") -= 1;
        let outcome = match fetched {
            Ok(Ok(page)) => {
                let new = page.links.into_iter().filter(|link| self.found.insert(link.clone()));
                self.waiting.extend(new);
                Outcome::Fetched
            }
            Ok(Err(error)) => Outcome::Broken(error),
            Err(()) => Outcome::Panicked,
        };
        self.visited.insert(url, outcome);
    }

    fn tell(&self) {
        let (visited, in_flight) = (self.visited.len(), self.in_flight);
        (self.note)(Progress { visited, in_flight, waiting: self.waiting.len() });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops what a panic carried. If that panics as well, it does no harm.
fn discard(panic: Box<dyn Any + Send>) {
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // Its destructor may panic, too, and so on.
        std::mem::forget(another);
    }
}
