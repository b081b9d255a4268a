//! Make: one thread keeps all the state to itself: it hands out pages and hears back by message; the reporter has a copy of the numbers.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub links: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError(pub String);

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for FetchError {}

pub fn host(url: &str) -> &str {
    let address = url.split_once("://").map_or(url, |(_scheme, address)| address);
    address.split('/').next().unwrap_or(address)
}

#[derive(Clone, Debug, Default)]
pub struct Stop {
    stopped: Arc<AtomicBool>,
}

impl Stop {
    pub fn new() -> Self {
        Stop::default()
    }

    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }
}

#[derive(Clone, Debug)]
pub struct Config {
    pub workers: usize,
    pub per_host: usize,
    pub stop: Stop,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was fetched.
    Fetched,
    /// It is not there, and this is why.
    Broken(FetchError),
    /// The fetch panicked.
    Panicked,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub visited: BTreeMap<String, Outcome>,
    pub left: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub visited: usize,
    pub in_flight: usize,
    pub waiting: usize,
}

pub fn crawl<F>(start: &str, config: &Config, fetch: F) -> Report
where
    F: Fn(&str) -> Result<Page, FetchError> + Sync,
{
    Dispatcher::new(start, config, |_| {}).run(fetch)
}

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
    // The latest figures, for the reporter.
    let latest = Mutex::new(Progress { visited: 0, in_flight: 0, waiting: 1 });
    let dispatcher = Dispatcher::new(start, config, |progress| *lock(&latest) = progress);
    thread::scope(|threads| {
        let (running, ended) = mpsc::channel::<()>();
        let (latest, mut report) = (&latest, report);
        let reporter = threads.spawn(move || {
            loop {
                let waited = ended.recv_timeout(every);
                let progress = *lock(latest);
                report(progress);
                if waited == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        });
        let crawled = dispatcher.run(fetch);
        drop(running);
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
