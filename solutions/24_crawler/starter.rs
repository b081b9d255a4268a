//! A link crawler: it begins with one page and follows links until it has seen everything.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
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
    let _ = (start, config, fetch);
    todo!("let the workers serve themselves until nothing is left, and nothing can come any more")
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
    let _ = (start, config, fetch, every, report);
    todo!("crawl, with a watcher that never holds up the crawl")
}
