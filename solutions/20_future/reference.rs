//! Futures, as in Python's `concurrent.futures`.

use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The result of work that another thread does, now or later. This is a handle; a future may have
/// many. A handle may go to another thread if the result may; the result need not be `Sync`.
///
/// A future is *pending*, then *running*, then *done*: it has a result, or an exception, or it was
/// cancelled. Once it is done, it never changes again.
///
/// Two handles are equal if they belong to the same future.
pub struct Future<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    /// One lock guards the stage and both lists: a thread that wants to hear of the end is either
    /// on a list when the future ends, or comes after that.
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    stage: Stage<T>,
    /// The channels of the threads that wait for several futures at once.
    listeners: Vec<Listener<T>>,
    callbacks: Vec<Callback<T>>,
}

type Listener<T> = Arc<Sender<Future<T>>>;

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

enum Stage<T> {
    Pending,
    Running,
    /// Whoever would have begun the work may have been told already.
    Cancelled {
        told: bool,
    },
    Finished(Result<T, Exception>),
}

impl<T> Stage<T> {
    fn is_done(&self) -> bool {
        matches!(self, Stage::Cancelled { .. } | Stage::Finished(_))
    }
}

/// What the work ended with instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exception {
    /// It panicked, with this message. (A panic need not carry a text; then this says so.)
    Panicked(String),
    /// The pool broke before the work had begun.
    BrokenPool,
}

/// Why a future does not give its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FutureError {
    /// It was cancelled.
    Cancelled,
    /// It is not done, and the caller's time is up.
    TimedOut,
    /// The work ended with an exception. Never returned by [`Future::exception`].
    Failed(Exception),
}

/// The error of starting or ending a future that has already gone past that stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState;

/// The error of an [`AsCompleted`] whose time is up before all of its futures are done.
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

/// For the threads that wait for the result.
impl<T: Send + 'static> Future<T> {
    /// Waits until the future is done, and returns its result. The result stays available, to other
    /// callers and for later.
    ///
    /// # Errors
    ///
    /// [`FutureError::Cancelled`] or [`FutureError::Failed`], if that is how the future is done.
    pub fn result(&self) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.result_within(Limit::None)
    }

    /// Like [`result`](Future::result), but waits at most `timeout` in total. If the future is done
    /// before the time is up, or was done before the call, its result is returned.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if the future was not done in time; otherwise as for
    /// [`result`](Future::result).
    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.result_within(Limit::of(timeout))
    }

    /// Waits until the future is done, and returns the exception that the work ended with, or `None`
    /// if it has a result.
    ///
    /// # Errors
    ///
    /// [`FutureError::Cancelled`] if the future was cancelled.
    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Limit::None, |_| ())?.err())
    }

    /// Like [`exception`](Future::exception), but waits at most `timeout` in total.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if the future was not done in time, [`FutureError::Cancelled`] if it
    /// was cancelled.
    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Limit::of(timeout), |_| ())?.err())
    }

    fn result_within(&self, limit: Limit) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.outcome(limit, T::clone)?.map_err(FutureError::Failed)
    }

    /// Waits until the future is done and reads how it ended.
    fn outcome<R>(
        &self,
        limit: Limit,
        read: impl Fn(&T) -> R,
    ) -> Result<Result<R, Exception>, FutureError> {
        let mut state = self.state();
        loop {
            match &state.stage {
                Stage::Cancelled { .. } => return Err(FutureError::Cancelled),
                Stage::Finished(Ok(result)) => return Ok(Ok(read(result))),
                Stage::Finished(Err(exception)) => return Ok(Err(exception.clone())),
                Stage::Pending | Stage::Running => {}
            }
            state = limit.wait(&self.shared.ended, state).ok_or(FutureError::TimedOut)?;
        }
    }

    /// Cancels the future if its work has not begun. Returns whether the future is cancelled: `true`
    /// even if it was cancelled before, `false` if it is running or has ended in another way.
    pub fn cancel(&self) -> bool {
        let cancelled = self
            .end(|stage| matches!(stage, Stage::Pending), Stage::Cancelled { told: false })
            .is_ok();
        cancelled || self.cancelled()
    }

    /// Whether the future was cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(self.state().stage, Stage::Cancelled { .. })
    }

    /// Whether the work has begun and has not ended.
    pub fn running(&self) -> bool {
        matches!(self.state().stage, Stage::Running)
    }

    /// Whether the future has a result or an exception, or was cancelled.
    pub fn done(&self) -> bool {
        self.state().stage.is_done()
    }

    /// Calls `callback` with this future, once, when the future is done. The thread that ends or
    /// cancels the future calls its callbacks, in the order in which they were added. If the future is
    /// already done, this calls `callback` at once.
    ///
    /// A callback may use the future in any way. If it panics, that ends this callback and nothing
    /// else. (What it panics with can be dropped without another panic.)
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        let mut state = self.state();
        if state.stage.is_done() {
            drop(state);
            self.call(Box::new(callback));
        } else {
            state.callbacks.push(Box::new(callback));
        }
    }

    fn call(&self, callback: Callback<T>) {
        // Nobody could do anything about its panic.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }
}

impl<T> Future<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For the threads that do the work: those of a pool, or of a test.
impl<T: Send + 'static> Future<T> {
    /// A pending future that belongs to no pool.
    pub fn new() -> Self {
        let state = State { stage: Stage::Pending, listeners: Vec::new(), callbacks: Vec::new() };
        Future { shared: Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() }) }
    }

    /// Asks, right before the work begins, whether it is still wanted. Returns `true` if it is: the
    /// future is now running, and can no longer be cancelled. Returns `false`, once, if it was cancelled.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is running or has ended, or if this has already returned `false`.
    /// Nothing changes then.
    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        let mut state = self.state();
        match &mut state.stage {
            stage @ Stage::Pending => {
                *stage = Stage::Running;
                Ok(true)
            }
            Stage::Cancelled { told } if !*told => {
                *told = true;
                Ok(false)
            }
            _ => Err(InvalidState),
        }
    }

    /// Ends the future with a result.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is already done. Nothing changes then, and `result` is dropped. Its
    /// destructor may use the future.
    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Ok(result)))
    }

    /// Ends the future with an exception.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is already done. Nothing changes then.
    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Err(exception)))
    }

    /// Ends the future if its stage allows that: notifies the waiting threads, sends a message to
    /// each listener, and then, with no lock held, calls the callbacks. Callbacks may be slow, so
    /// they come last.
    fn end(&self, may: impl Fn(&Stage<T>) -> bool, stage: Stage<T>) -> Result<(), InvalidState> {
        let mut state = self.state();
        if !may(&state.stage) {
            return Err(InvalidState);
        }
        state.stage = stage;
        let callbacks = mem::take(&mut state.callbacks);
        self.shared.ended.notify_all();
        for listener in mem::take(&mut state.listeners) {
            // An error means that nobody is listening any more.
            let _ = listener.send(self.clone());
        }
        drop(state);
        for callback in callbacks {
            self.call(callback);
        }
        Ok(())
    }
}

/// Iterates over `futures` as they complete: first those that are already done, then each of the
/// others when it is done. Of several that are done when the next one is asked for, any may be handed
/// out. A future that is given more than once is handed out once.
pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    as_completed_within(futures, Limit::None)
}

/// Like [`as_completed`], but the iterator waits at most `timeout` in total, counted from this call,
/// for all futures together.
pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    as_completed_within(futures, Limit::of(timeout))
}

fn as_completed_within<T: Send + 'static>(futures: &[Future<T>], limit: Limit) -> AsCompleted<T> {
    let futures = distinct(futures);
    let (done, completed) = mpsc::channel();
    let listener = Arc::new(done);
    for future in &futures {
        let mut state = future.state();
        if state.stage.is_done() {
            listener.send(future.clone()).expect("the receiver is here");
        } else {
            state.listeners.push(Arc::clone(&listener));
        }
    }
    AsCompleted { completed, listener, left: futures.len(), futures, limit }
}

/// The futures without duplicates, in the order given.
fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let mut distinct: Vec<Future<T>> = Vec::new();
    for future in futures {
        if !distinct.contains(future) {
            distinct.push(future.clone());
        }
    }
    distinct
}

/// The iterator of [`as_completed`]. When the time is up, the futures that are done are still handed
/// out, then one [`TimedOut`], and then the iterator ends. Without a timeout there is no error. It may be
/// handed to another thread.
pub struct AsCompleted<T> {
    completed: Receiver<Future<T>>,
    listener: Listener<T>,
    futures: Vec<Future<T>>,
    /// How many have not been handed out yet.
    left: usize,
    limit: Limit,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        match self.limit.left() {
            None => Some(Ok(self.completed.recv().expect("this has a sender itself"))),
            Some(left) => Some(self.completed.recv_timeout(left).map_err(|_| {
                self.left = 0;
                TimedOut
            })),
        }
    }
}

impl<T> Drop for AsCompleted<T> {
    /// Leaves nothing behind in the futures that are not done.
    fn drop(&mut self) {
        for future in &self.futures {
            future.state().listeners.retain(|other| !Arc::ptr_eq(other, &self.listener));
        }
    }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnWhen {
    /// Until any future is done, in whatever way.
    FirstCompleted,
    /// Until any future has an exception; if none gets one, until all are done. Being cancelled is not
    /// an exception.
    FirstException,
    /// Until all futures are done, in whatever way.
    AllCompleted,
}

/// The outcome of [`wait`]: each future once, in the order given.
pub struct DoneAndNotDone<T> {
    /// Those that are done.
    pub done: Vec<Future<T>>,
    /// The others.
    pub not_done: Vec<Future<T>>,
}

/// Waits until as many of `futures` are done as `return_when` says, and sorts them into those that are
/// done and those that are not. Returns at once if there is nothing to wait for.
pub fn wait<T: Send + 'static>(
    futures: &[Future<T>],
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    wait_within(futures, Limit::None, return_when)
}

/// Like [`wait`], but waits at most `timeout` in total.
pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    wait_within(futures, Limit::of(timeout), return_when)
}

fn wait_within<T: Send + 'static>(
    futures: &[Future<T>],
    limit: Limit,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    for completed in as_completed_within(futures, limit) {
        let Ok(future) = completed else { break };
        let enough = match return_when {
            ReturnWhen::FirstCompleted => true,
            ReturnWhen::FirstException => matches!(future.exception(), Ok(Some(_))),
            ReturnWhen::AllCompleted => false,
        };
        if enough {
            break;
        }
    }
    let (done, not_done) = distinct(futures).into_iter().partition(Future::done);
    DoneAndNotDone { done, not_done }
}

/// How long a caller waits.
#[derive(Clone, Copy)]
enum Limit {
    /// For as long as it takes.
    None,
    /// At most `timeout`, counted from `start`.
    Total { start: Instant, timeout: Duration },
}

impl Limit {
    fn of(timeout: Duration) -> Self {
        Limit::Total { start: Instant::now(), timeout }
    }

    /// How much time is left, if there is a limit.
    fn left(self) -> Option<Duration> {
        match self {
            Limit::None => None,
            Limit::Total { start, timeout } => Some(timeout.saturating_sub(start.elapsed())),
        }
    }

    /// Sleeps until woken or until the time is up. Either way, the caller has to look again. `None`
    /// if there is no time left to sleep.
    fn wait<'a, S>(self, news: &Condvar, state: MutexGuard<'a, S>) -> Option<MutexGuard<'a, S>> {
        match self.left() {
            None => Some(news.wait(state).unwrap_or_else(PoisonError::into_inner)),
            Some(Duration::ZERO) => None,
            Some(left) => {
                Some(news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}
