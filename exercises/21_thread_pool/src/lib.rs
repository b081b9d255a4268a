//! Futures and a pool of threads, as Python's `concurrent.futures`.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// The result of work that somebody else does, now or later: a handle, of which there may be many.
///
/// A future is *pending*, then *running*, then *done*: it has a result, or an exception, or it has
/// been cancelled. Once it is done it stays as it is.
///
/// Two handles are equal if they are handles of the same future.
pub struct Future<T> {
    // What must be under one lock? Who waits for it?
    result: PhantomData<T>,
}

/// What work ended with instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exception {
    /// It panicked, with this message. (A panic need not have a text; then this says so.)
    Panicked(String),
    /// The pool broke before the work had begun.
    BrokenPool,
}

/// Why a future does not give its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FutureError {
    /// It was cancelled.
    Cancelled,
    /// It is not done, and the caller does not wait any longer.
    TimedOut,
    /// The work ended with an exception. Never returned by [`Future::exception`].
    Failed(Exception),
}

/// The error of giving an outcome, or a start, to a future that cannot have it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState;

/// Why a pool takes no work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// It has been shut down.
    ShutDown,
    /// Its initializer has panicked.
    BrokenPool,
}

/// The error of waiting for others for too long.
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

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::ShutDown => "the pool has been shut down",
            SubmitError::BrokenPool => "the pool is broken",
        })
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
impl std::error::Error for SubmitError {}
impl std::error::Error for TimedOut {}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        todo!("another handle of the same future")
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

/// What those may ask who wait for the result.
impl<T: Send + 'static> Future<T> {
    /// The result, waiting for as long as the future is not done. It stays there, for others and for
    /// later.
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

    /// The result, waiting for at most `timeout` in all. If the future is done, its result is
    /// returned even when no time is left.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if it was not done in all that time; else as
    /// [`result`](Future::result).
    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        let _ = timeout;
        todo!("as result, but give up when the time is over")
    }

    /// The exception that the work ended with, or `None` if it has a result. Waits for as long as the
    /// future is not done.
    ///
    /// # Errors
    ///
    /// [`FutureError::Cancelled`] if the future was cancelled.
    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        todo!("wait until it is done, and say whether it failed")
    }

    /// As [`exception`](Future::exception), waiting for at most `timeout` in all.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if the future was not done in all that time,
    /// [`FutureError::Cancelled`] if it was cancelled.
    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        let _ = timeout;
        todo!("as exception, but give up when the time is over")
    }

    /// Takes the work back if it has not begun. Returns whether the future is cancelled: `true` also
    /// if it was before, `false` if it is running or has ended otherwise.
    pub fn cancel(&self) -> bool {
        todo!("only if it has not begun")
    }

    /// Whether the future was cancelled.
    pub fn cancelled(&self) -> bool {
        todo!("was it cancelled?")
    }

    /// Whether the work has begun and not ended.
    pub fn running(&self) -> bool {
        todo!("has it begun and not ended?")
    }

    /// Whether the future has a result or an exception, or was cancelled.
    pub fn done(&self) -> bool {
        todo!("has it ended, in whatever way?")
    }

    /// Has `callback` called, once, with this future, when it is done: by the thread that ends or
    /// cancels it, in the order in which the callbacks were added. If it is done already, `callback`
    /// is called at once, by the caller.
    ///
    /// A callback may use the future, and the pool, in any way. If it panics, that is the end of this
    /// callback and of nothing else.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        let _ = callback;
        todo!("now, or when it is done?")
    }
}

/// The other side, for those who do the work: pools, and tests.
impl<T: Send + 'static> Future<T> {
    /// A pending future that belongs to no pool.
    pub fn new() -> Self {
        todo!("a pending future")
    }

    /// Asks, right before the work begins, whether it is still wanted. Returns `true` if it is: the
    /// future is running now, and can no longer be cancelled. Returns `false` if it was cancelled.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is running or finished. Nothing has changed.
    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        todo!("is it still wanted? then it has begun")
    }

    /// Ends the future with a result.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is done, or cancelled, already. Nothing has changed.
    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        let _ = result;
        todo!("end it, tell those who wait, and call those who want to be called")
    }

    /// Ends the future with an exception.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is done, or cancelled, already. Nothing has changed.
    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        let _ = exception;
        todo!("the same with an exception")
    }
}

/// What a pool may be told beside the number of its threads.
pub struct Options {
    /// The threads of the pool are named `{thread_name_prefix}_0`, `{thread_name_prefix}_1`, and so
    /// on, in the order in which they are started.
    pub thread_name_prefix: String,
    /// Called by each thread of the pool, once, before it does any work. If it panics, the pool is
    /// broken: no work begins any more, the futures of what has not begun fail with
    /// [`Exception::BrokenPool`], and nothing more can be submitted.
    pub initializer: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Options { thread_name_prefix: "ThreadPoolExecutor".into(), initializer: None }
    }
}

/// A pool of threads that do what is submitted to it, first in, first out.
///
/// A thread is started when something is submitted and no thread is idle, up to a greatest number.
/// An idle thread sleeps.
///
/// Dropping the pool is a [`shutdown(true, false)`](ThreadPoolExecutor::shutdown).
pub struct ThreadPoolExecutor {
    // What do the workers share with those who submit? Who keeps the threads?
}

impl ThreadPoolExecutor {
    /// A pool of at most `max_workers` threads. None is started yet.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    pub fn new(max_workers: usize) -> Self {
        let _ = max_workers;
        todo!("a pool without threads")
    }

    /// As [`new`](ThreadPoolExecutor::new), with more to say.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    pub fn with_options(max_workers: usize, options: Options) -> Self {
        let _ = (max_workers, options);
        todo!("a pool without threads")
    }

    /// Has `task` called by one of the pool's threads, and returns the future of its result. A panic
    /// of the task is the exception of its future, and does no harm to the thread.
    ///
    /// A task may use the pool that it runs in.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool is shut down or broken. The task is not called, then.
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let _ = task;
        todo!("queue the task, see to it that somebody will do it, and return its future")
    }

    /// Submits a call of `task` for each item, at once, and returns an iterator over the results, in
    /// the order of the items.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool does not take them all.
    pub fn map<I, T, F>(
        &self,
        task: F,
        items: impl IntoIterator<Item = I>,
    ) -> Result<Map<T>, SubmitError>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let _ = (task, items);
        todo!("submit a call for each item")
    }

    /// As [`map`](ThreadPoolExecutor::map), with a limit to the time that the iterator waits. It
    /// begins with this call, and is one for all results together.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool does not take them all.
    pub fn map_timeout<I, T, F>(
        &self,
        task: F,
        items: impl IntoIterator<Item = I>,
        timeout: Duration,
    ) -> Result<Map<T>, SubmitError>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let _ = (task, items, timeout);
        todo!("as map, with a limit")
    }

    /// Ends the pool: from now on nothing can be submitted. What has been submitted is still done.
    /// With `cancel_futures`, what no thread has taken up yet is cancelled instead, before this returns.
    ///
    /// With `wait`, this returns when the work is done and all threads of the pool have ended. One of
    /// these threads cannot wait for itself: called by a task of the pool, this does not wait.
    ///
    /// A pool may be shut down again, to wait for it or to cancel what has not begun yet.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        let _ = (wait, cancel_futures);
        todo!("refuse what comes, cancel what is to be cancelled, wait if asked to")
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        // What does a pool owe to those who used it?
    }
}

/// The results of a [`map`](ThreadPoolExecutor::map), each at the place of its item. Waits for each
/// in its turn.
///
/// An item whose task panicked has the exception at its place; an item whose result was not there
/// when the time was over has [`FutureError::TimedOut`]. The items after it have theirs.
pub struct Map<T> {
    results: PhantomData<T>,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = &self.results;
        todo!("the result of the next item, if there is one")
    }
}

/// Iterates over `futures` as they are done, each once, also if it is given more than once: first
/// those that are done already, then each when it is.
pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    let _ = futures;
    todo!("get ready to hear of each one")
}

/// As [`as_completed`], with a limit to the time that the iterator waits. It begins with this call,
/// and is one for all futures together.
pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    let _ = (futures, timeout);
    todo!("as as_completed, with a limit")
}

/// The futures of an [`as_completed`]. When the time is over, those that are done are still handed
/// out, then comes one [`TimedOut`], and that is the end. Without a limit there is no error.
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
    /// Until any future is done with an exception; if none is, until all are done. To be cancelled is
    /// no exception.
    FirstException,
    /// Until all futures are done, in whatever way.
    AllCompleted,
}

/// What [`wait`] found: each future once, in the order given.
pub struct DoneAndNotDone<T> {
    /// Those that are done.
    pub done: Vec<Future<T>>,
    /// The others.
    pub not_done: Vec<Future<T>>,
}

/// Waits until `futures` are done, as far as `return_when` says, and sorts them into those that are
/// done and those that are not. Returns at once if there is nothing to wait for.
pub fn wait<T: Send + 'static>(
    futures: &[Future<T>],
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let _ = (futures, return_when);
    todo!("wait for as many as asked, then sort them")
}

/// As [`wait`], for at most `timeout` in all.
pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let _ = (futures, timeout, return_when);
    todo!("as wait, with a limit")
}
