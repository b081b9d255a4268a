//! Make: no condition variable and no channel: a waiting thread leaves its handle on a list and parks.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
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

pub struct Future<T> {
    shared: Arc<Mutex<State<T>>>,
}

struct State<T> {
    stage: Stage,
    outcome: Option<Result<T, Exception>>,
    callbacks: Vec<Callback<T>>,
    waiting: Vec<Thread>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Running,
    Cancelled,
    /// Whoever would have begun the work has been told.
    CancelledAndTold,
    Finished,
}

impl Stage {
    fn is_done(self) -> bool {
        self.is_cancelled() || self == Stage::Finished
    }

    fn is_cancelled(self) -> bool {
        matches!(self, Stage::Cancelled | Stage::CancelledAndTold)
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Future { shared: Arc::clone(&self.shared) }
    }
}

impl<T> PartialEq for Future<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
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
        let state = State {
            stage: Stage::Pending,
            outcome: None,
            callbacks: Vec::new(),
            waiting: Vec::new(),
        };
        Future { shared: Arc::new(Mutex::new(state)) }
    }

    pub fn result(&self) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.wait_until(None)?;
        self.outcome(T::clone)?.map_err(FutureError::Failed)
    }

    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.wait_until(Some(Deadline::after(timeout)))?;
        self.outcome(T::clone)?.map_err(FutureError::Failed)
    }

    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        self.wait_until(None)?;
        Ok(self.outcome(|_| ())?.err())
    }

    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        self.wait_until(Some(Deadline::after(timeout)))?;
        Ok(self.outcome(|_| ())?.err())
    }

    /// The outcome, which never changes once it is there.
    fn outcome<R>(&self, read: impl Fn(&T) -> R) -> Result<Result<R, Exception>, FutureError> {
        match &self.lock().outcome {
            Some(Ok(result)) => Ok(Ok(read(result))),
            Some(Err(exception)) => Ok(Err(exception.clone())),
            None => Err(FutureError::Cancelled),
        }
    }

    fn wait_until(&self, deadline: Option<Deadline>) -> Result<(), FutureError> {
        while self.watch() {
            if !park(deadline) {
                return if self.done() { Ok(()) } else { Err(FutureError::TimedOut) };
            }
        }
        Ok(())
    }

    /// Arranges for the calling thread to be unparked when the future is done. Returns false if it
    /// already is.
    fn watch(&self) -> bool {
        let mut state = self.lock();
        if state.stage.is_done() {
            return false;
        }
        let me = thread::current();
        if state.waiting.iter().all(|thread| thread.id() != me.id()) {
            state.waiting.push(me);
        }
        true
    }

    pub fn cancel(&self) -> bool {
        self.end(Stage::Pending, Stage::Cancelled, None).is_ok() || self.cancelled()
    }

    pub fn cancelled(&self) -> bool {
        self.lock().stage.is_cancelled()
    }

    pub fn running(&self) -> bool {
        self.lock().stage == Stage::Running
    }

    pub fn done(&self) -> bool {
        self.lock().stage.is_done()
    }

    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        let callback: Callback<T> = Box::new(callback);
        let mut state = self.lock();
        if !state.stage.is_done() {
            state.callbacks.push(callback);
            return;
        }
        drop(state);
        self.call(callback);
    }

    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        let mut state = self.lock();
        match state.stage {
            Stage::Pending => state.stage = Stage::Running,
            Stage::Cancelled => {
                state.stage = Stage::CancelledAndTold;
                return Ok(false);
            }
            _ => return Err(InvalidState),
        }
        Ok(true)
    }

    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(Stage::Running, Stage::Finished, Some(Ok(result)))
    }

    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(Stage::Running, Stage::Finished, Some(Err(exception)))
    }

    /// Ends the future if it is pending or in the stage `also`.
    fn end(
        &self,
        also: Stage,
        stage: Stage,
        outcome: Option<Result<T, Exception>>,
    ) -> Result<(), InvalidState> {
        let mut state = self.lock();
        if state.stage != Stage::Pending && state.stage != also {
            return Err(InvalidState);
        }
        state.stage = stage;
        state.outcome = outcome;
        let (waiting, callbacks) =
            (std::mem::take(&mut state.waiting), std::mem::take(&mut state.callbacks));
        drop(state);
        waiting.iter().for_each(Thread::unpark);
        callbacks.into_iter().for_each(|callback| self.call(callback));
        Ok(())
    }

    fn call(&self, callback: Callback<T>) {
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    AsCompleted { left: distinct(futures), deadline: None }
}

pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    let deadline = Some(Deadline::after(timeout));
    AsCompleted { left: distinct(futures), deadline }
}

fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let first = |&place: &usize| !futures[..place].contains(&futures[place]);
    (0..futures.len()).filter(first).map(|place| futures[place].clone()).collect()
}

pub struct AsCompleted<T> {
    left: Vec<Future<T>>,
    deadline: Option<Deadline>,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut in_time = true;
        while !self.left.is_empty() {
            if let Some(place) = self.left.iter().position(|future| !future.watch()) {
                return Some(Ok(self.left.remove(place)));
            }
            if !in_time {
                self.left.clear();
                return Some(Err(TimedOut));
            }
            in_time = park(self.deadline);
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
    wait_until(futures, None, return_when)
}

pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    wait_until(futures, Some(Deadline::after(timeout)), return_when)
}

fn wait_until<T: Send + 'static>(
    futures: &[Future<T>],
    deadline: Option<Deadline>,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let mut in_time = true;
    loop {
        let (not_done, done): (Vec<_>, Vec<_>) =
            distinct(futures).into_iter().partition(Future::watch);
        let enough = match return_when {
            ReturnWhen::FirstCompleted => !done.is_empty(),
            ReturnWhen::FirstException => {
                done.iter().any(|future| matches!(future.exception(), Ok(Some(_))))
            }
            ReturnWhen::AllCompleted => false,
        };
        if enough || not_done.is_empty() || !in_time {
            return DoneAndNotDone { done, not_done };
        }
        in_time = park(deadline);
    }
}

#[derive(Clone, Copy)]
struct Deadline {
    start: Instant,
    timeout: Duration,
}

impl Deadline {
    fn after(timeout: Duration) -> Self {
        Deadline { start: Instant::now(), timeout }
    }
}

/// Parks until unparked, or until the deadline. Returns whether there was any time left.
fn park(deadline: Option<Deadline>) -> bool {
    let Some(Deadline { start, timeout }) = deadline else {
        thread::park();
        return true;
    };
    let left = timeout.saturating_sub(start.elapsed());
    if !left.is_zero() {
        thread::park_timeout(left);
    }
    !left.is_zero()
}
