//! Futures, as in Python's `concurrent.futures`.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// The result of work that another thread does, now or later. This is a handle; a future may have
/// many. A handle may go to another thread if the result may; the result need not be `Sync`.
///
/// A future is *pending*, then *running*, then *done*: it has a result, or an exception, or it was
/// cancelled. Once it is done, it never changes again.
///
/// Two handles are equal if they belong to the same future.
pub struct Future<T> {
    // What must be under one lock? Who waits for it?
    result: PhantomData<T>,
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
        todo!("another handle to the same future")
    }
}

impl<T> PartialEq for Future<T> {
    fn eq(&self, other: &Self) -> bool {
        let _ = other;
        todo!("is it the same future?")
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
        todo!("wait until it is done, and say how it ended")
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
        let _ = timeout;
        todo!("like result, but give up when the time is up")
    }

    /// Waits until the future is done, and returns the exception that the work ended with, or `None`
    /// if it has a result.
    ///
    /// # Errors
    ///
    /// [`FutureError::Cancelled`] if the future was cancelled.
    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        todo!("wait until it is done, and say whether it failed")
    }

    /// Like [`exception`](Future::exception), but waits at most `timeout` in total.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if the future was not done in time, [`FutureError::Cancelled`] if it
    /// was cancelled.
    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        let _ = timeout;
        todo!("like exception, but give up when the time is up")
    }

    /// Cancels the future if its work has not begun. Returns whether the future is cancelled: `true`
    /// even if it was cancelled before, `false` if it is running or has ended in another way.
    pub fn cancel(&self) -> bool {
        todo!("only if it has not begun")
    }

    /// Whether the future was cancelled.
    pub fn cancelled(&self) -> bool {
        todo!("was it cancelled?")
    }

    /// Whether the work has begun and has not ended.
    pub fn running(&self) -> bool {
        todo!("has it begun and not ended?")
    }

    /// Whether the future has a result or an exception, or was cancelled.
    pub fn done(&self) -> bool {
        todo!("has it ended, in whatever way?")
    }

    /// Calls `callback` with this future, once, when the future is done. The thread that ends or
    /// cancels the future calls its callbacks, in the order in which they were added. If the future is
    /// already done, this calls `callback` at once.
    ///
    /// A callback may use the future in any way. If it panics, that ends this callback and nothing
    /// else. (What it panics with can be dropped without another panic.)
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        let _ = callback;
        todo!("now, or when it is done?")
    }
}

/// For the threads that do the work: those of a pool, or of a test.
impl<T: Send + 'static> Future<T> {
    /// A pending future that belongs to no pool.
    pub fn new() -> Self {
        todo!("a pending future")
    }

    /// Asks, right before the work begins, whether it is still wanted. Returns `true` if it is: the
    /// future is now running, and can no longer be cancelled. Returns `false`, once, if it was cancelled.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is running or has ended, or if this has already returned `false`.
    /// Nothing changes then.
    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        todo!("is it still wanted? then it has begun")
    }

    /// Ends the future with a result.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is already done. Nothing changes then, and `result` is dropped. Its
    /// destructor may use the future.
    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        let _ = result;
        todo!("end it, tell those who wait, and call those who want to be called")
    }

    /// Ends the future with an exception.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is already done. Nothing changes then.
    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        let _ = exception;
        todo!("the same with an exception")
    }
}

/// Iterates over `futures` as they complete: first those that are already done, then each of the
/// others when it is done. Of several that are done when the next one is asked for, any may be handed
/// out. A future that is given more than once is handed out once.
pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    let _ = futures;
    todo!("get ready to hear of each one")
}

/// Like [`as_completed`], but the iterator waits at most `timeout` in total, counted from this call,
/// for all futures together.
pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    let _ = (futures, timeout);
    todo!("like as_completed, with a limit")
}

/// The iterator of [`as_completed`]. When the time is up, the futures that are done are still handed
/// out, then one [`TimedOut`], and then the iterator ends. Without a timeout there is no error. It may be
/// handed to another thread.
pub struct AsCompleted<T> {
    results: PhantomData<T>,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = &self.results;
        todo!("the next one that is done")
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
    let _ = (futures, return_when);
    todo!("wait for as many as asked, then sort them")
}

/// Like [`wait`], but waits at most `timeout` in total.
pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let _ = (futures, timeout, return_when);
    todo!("like wait, with a limit")
}
