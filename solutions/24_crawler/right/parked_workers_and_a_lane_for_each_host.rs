//! Make: each host has a queue of its own, and a host with room waits in a queue for a worker; idle workers put themselves on a list and park.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

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
    let crawl = Crawl::new(start, config);
    thread::scope(|threads| {
        for _ in 0..config.workers {
            threads.spawn(|| crawl.work(&fetch));
        }
    });
    crawl.into_report()
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
