//! Make: the stage is an atomic, and each waiting thread has a signal of its own.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exception {
    Panicked(String),
    BrokenPool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FutureError {
    Cancelled,
    TimedOut,
    Failed(Exception),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exception::Panicked(message) => write!(f, "the work panicked: {message}"),
            Exception::BrokenPool => f.write_str("the pool broke before the work had begun"),
        }
    }
}

impl fmt::Display for FutureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FutureError::Cancelled => f.write_str("the future was cancelled"),
            FutureError::TimedOut => f.write_str("the future was not done in time"),
            FutureError::Failed(exception) => exception.fmt(f),
        }
    }
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the future has begun, or is done, already")
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not all futures were done in time")
    }
}

impl std::error::Error for Exception {}
impl std::error::Error for FutureError {}
impl std::error::Error for InvalidState {}
impl std::error::Error for TimedOut {}

const PENDING: u8 = 0;

const RUNNING: u8 = 1;

/// A thread has claimed the right to end it, and is about to.
const ENDING: u8 = 2;

const CANCELLED: u8 = 3;

const FINISHED: u8 = 4;

/// Cancelled, and whoever would have begun the work has been told.
const CANCELLED_AND_TOLD: u8 = 5;

pub struct Future<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    stage: AtomicU8,
    outcome: Mutex<Option<Result<T, Exception>>>,
    /// `None` once the future is done: a caller that finds it done need not be told.
    listeners: Mutex<Option<Listeners<T>>>,
}

struct Listeners<T> {
    signals: Vec<Arc<Signal>>,
    callbacks: Vec<Callback<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Future { inner: Arc::clone(&self.inner) }
    }
}

impl<T> PartialEq for Future<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl<T> Eq for Future<T> {}

impl<T: Send + 'static> Default for Future<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + 'static> Future<T> {
    pub fn new() -> Self {
        let listeners = Listeners { signals: Vec::new(), callbacks: Vec::new() };
        Future {
            inner: Arc::new(Inner {
                stage: AtomicU8::new(PENDING),
                outcome: Mutex::new(None),
                listeners: Mutex::new(Some(listeners)),
            }),
        }
    }

    pub fn result(&self) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.outcome(None, T::clone)?.map_err(FutureError::Failed)
    }

    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.outcome(Some(timeout), T::clone)?.map_err(FutureError::Failed)
    }

    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(None, |_| ())?.err())
    }

    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Some(timeout), |_| ())?.err())
    }

    fn outcome<R>(
        &self,
        timeout: Option<Duration>,
        read: impl Fn(&T) -> R,
    ) -> Result<Result<R, Exception>, FutureError> {
        if !self.done() {
            let signal = Arc::new(Signal::default());
            self.announce_to(&signal);
            signal.wait(timeout.map(|timeout| (Instant::now(), timeout)), 0);
        }
        match self.inner.stage.load(SeqCst) {
            FINISHED => {}
            CANCELLED | CANCELLED_AND_TOLD => return Err(FutureError::Cancelled),
            _ => return Err(FutureError::TimedOut),
        }
        match lock(&self.inner.outcome).as_ref().expect("what is finished has an outcome") {
            Ok(result) => Ok(Ok(read(result))),
            Err(exception) => Ok(Err(exception.clone())),
        }
    }

    /// Arranges for the signal to be raised when the future is done, or raises it at once if it
    /// already is.
    fn announce_to(&self, signal: &Arc<Signal>) {
        match &mut *lock(&self.inner.listeners) {
            Some(listeners) => listeners.signals.push(Arc::clone(signal)),
            None => signal.raise(),
        }
    }

    pub fn cancel(&self) -> bool {
        if self.inner.stage.compare_exchange(PENDING, CANCELLED, SeqCst, SeqCst).is_ok() {
            self.tell_all();
        }
        self.cancelled()
    }

    pub fn cancelled(&self) -> bool {
        matches!(self.inner.stage.load(SeqCst), CANCELLED | CANCELLED_AND_TOLD)
    }

    pub fn running(&self) -> bool {
        matches!(self.inner.stage.load(SeqCst), RUNNING | ENDING)
    }

    pub fn done(&self) -> bool {
        matches!(self.inner.stage.load(SeqCst), CANCELLED | CANCELLED_AND_TOLD | FINISHED)
    }

    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        let mut listeners = lock(&self.inner.listeners);
        match &mut *listeners {
            // Whoever ends the future calls those that are here now.
            Some(listeners) if !self.done() => listeners.callbacks.push(Box::new(callback)),
            _ => {
                drop(listeners);
                self.call(Box::new(callback));
            }
        }
    }

    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        let advance = |from, to| self.inner.stage.compare_exchange(from, to, SeqCst, SeqCst);
        match advance(PENDING, RUNNING) {
            Ok(_) => Ok(true),
            Err(CANCELLED) if advance(CANCELLED, CANCELLED_AND_TOLD).is_ok() => Ok(false),
            Err(_) => Err(InvalidState),
        }
    }

    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.finish(Ok(result))
    }

    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.finish(Err(exception))
    }

    fn finish(&self, outcome: Result<T, Exception>) -> Result<(), InvalidState> {
        let may_end = |stage| (stage == PENDING || stage == RUNNING).then_some(ENDING);
        // Under the lock, so that whoever is refused finds the future done.
        let mut place = lock(&self.inner.outcome);
        self.inner.stage.fetch_update(SeqCst, SeqCst, may_end).map_err(|_| InvalidState)?;
        *place = Some(outcome);
        self.inner.stage.store(FINISHED, SeqCst);
        drop(place);
        self.tell_all();
        Ok(())
    }

    fn tell_all(&self) {
        let listeners = lock(&self.inner.listeners).take().expect("a future ends once");
        for signal in listeners.signals {
            signal.raise();
        }
        for callback in listeners.callbacks {
            self.call(callback);
        }
    }

    fn call(&self, callback: Callback<T>) {
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }
}

/// Counts how many times it has been raised.
#[derive(Default)]
struct Signal {
    raised: Mutex<usize>,
    news: Condvar,
}

impl Signal {
    fn raise(&self) {
        *lock(&self.raised) += 1;
        self.news.notify_one();
    }

    /// Waits until it has been raised more than `seen` times, or until the time is up. Returns how
    /// many times it has been raised.
    fn wait(&self, limit: Limit, seen: usize) -> usize {
        let raised = lock(&self.raised);
        let silent = |raised: &mut usize| *raised <= seen;
        *match limit {
            None => self.news.wait_while(raised, silent).unwrap_or_else(PoisonError::into_inner),
            Some((start, timeout)) => {
                let left = timeout.saturating_sub(start.elapsed());
                let woken = self.news.wait_timeout_while(raised, left, silent);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

/// When a wait began, and how long it may last.
type Limit = Option<(Instant, Duration)>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    AsCompleted::new(futures, None)
}

pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    AsCompleted::new(futures, Some((Instant::now(), timeout)))
}

fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let first = |&place: &usize| !futures[..place].contains(&futures[place]);
    (0..futures.len()).filter(first).map(|place| futures[place].clone()).collect()
}

pub struct AsCompleted<T> {
    left: Vec<Future<T>>,
    signal: Arc<Signal>,
    limit: Limit,
}

impl<T: Send + 'static> AsCompleted<T> {
    fn new(futures: &[Future<T>], limit: Limit) -> Self {
        let (left, signal) = (distinct(futures), Arc::new(Signal::default()));
        for future in &left {
            future.announce_to(&signal);
        }
        AsCompleted { left, signal, limit }
    }
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut seen = 0;
        while !self.left.is_empty() {
            if let Some(place) = self.left.iter().position(Future::done) {
                return Some(Ok(self.left.remove(place)));
            }
            let raised = self.signal.wait(self.limit, seen);
            if raised == seen {
                self.left.clear();
                return Some(Err(TimedOut));
            }
            seen = raised;
        }
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnWhen {
    FirstCompleted,
    FirstException,
    AllCompleted,
}

pub struct DoneAndNotDone<T> {
    pub done: Vec<Future<T>>,
    pub not_done: Vec<Future<T>>,
}

pub fn wait<T: Send + 'static>(
    futures: &[Future<T>],
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    wait_for(futures, None, return_when)
}

pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    wait_for(futures, Some((Instant::now(), timeout)), return_when)
}

fn wait_for<T: Send + 'static>(
    futures: &[Future<T>],
    limit: Limit,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let (futures, signal) = (distinct(futures), Arc::new(Signal::default()));
    for future in &futures {
        future.announce_to(&signal);
    }
    let failed =
        |future: &Future<T>| future.done() && matches!(*lock(&future.inner.outcome), Some(Err(_)));
    let mut seen = 0;
    loop {
        let enough = match return_when {
            ReturnWhen::FirstCompleted => futures.iter().any(Future::done),
            ReturnWhen::FirstException => futures.iter().any(failed),
            ReturnWhen::AllCompleted => false,
        };
        if enough || seen == futures.len() {
            break;
        }
        let raised = signal.wait(limit, seen);
        if raised == seen {
            break;
        }
        seen = raised;
    }
    let (done, not_done) = futures.into_iter().partition(Future::done);
    DoneAndNotDone { done, not_done }
}
