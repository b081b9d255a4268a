//! Futures and a pool of threads, as Python's `concurrent.futures`.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

/// The result of work that somebody else does, now or later: a handle, of which there may be many.
///
/// A future is *pending*, then *running*, then *done*: it has a result, or an exception, or it has
/// been cancelled. Once it is done it stays as it is.
///
/// Two handles are equal if they are handles of the same future.
pub struct Future<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    /// The stage and the callbacks are under one lock: a callback is either on the list when the
    /// future ends, or it is added to one that has ended.
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    stage: Stage<T>,
    callbacks: Vec<Callback<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

enum Stage<T> {
    Pending,
    Running,
    Cancelled,
    Finished(Result<T, Exception>),
}

impl<T> Stage<T> {
    fn is_done(&self) -> bool {
        matches!(self, Stage::Cancelled | Stage::Finished(_))
    }
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
        self.result_within(Limit::None)
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
        self.result_within(Limit::of(timeout))
    }

    /// The exception that the work ended with, or `None` if it has a result. Waits for as long as the
    /// future is not done.
    ///
    /// # Errors
    ///
    /// [`FutureError::Cancelled`] if the future was cancelled.
    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Limit::None, |_| ())?.err())
    }

    /// As [`exception`](Future::exception), waiting for at most `timeout` in all.
    ///
    /// # Errors
    ///
    /// [`FutureError::TimedOut`] if the future was not done in all that time,
    /// [`FutureError::Cancelled`] if it was cancelled.
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
                Stage::Cancelled => return Err(FutureError::Cancelled),
                Stage::Finished(Ok(result)) => return Ok(Ok(read(result))),
                Stage::Finished(Err(exception)) => return Ok(Err(exception.clone())),
                Stage::Pending | Stage::Running => {}
            }
            state = limit.wait(&self.shared.ended, state).ok_or(FutureError::TimedOut)?;
        }
    }

    /// Takes the work back if it has not begun. Returns whether the future is cancelled: `true` also
    /// if it was before, `false` if it is running or has ended otherwise.
    pub fn cancel(&self) -> bool {
        let cancelled = self.end(|stage| matches!(stage, Stage::Pending), Stage::Cancelled).is_ok();
        cancelled || self.cancelled()
    }

    /// Whether the future was cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(self.state().stage, Stage::Cancelled)
    }

    /// Whether the work has begun and not ended.
    pub fn running(&self) -> bool {
        matches!(self.state().stage, Stage::Running)
    }

    /// Whether the future has a result or an exception, or was cancelled.
    pub fn done(&self) -> bool {
        self.state().stage.is_done()
    }

    /// Has `callback` called, once, with this future, when it is done: by the thread that ends or
    /// cancels it, in the order in which the callbacks were added. If it is done already, `callback`
    /// is called at once, by the caller.
    ///
    /// A callback may use the future, and the pool, in any way. If it panics, that is the end of this
    /// callback and of nothing else.
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
        // There is nobody to whom its panic would be of use.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The other side, for those who do the work: pools, and tests.
impl<T: Send + 'static> Future<T> {
    /// A pending future that belongs to no pool.
    pub fn new() -> Self {
        let state = State { stage: Stage::Pending, callbacks: Vec::new() };
        Future { shared: Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() }) }
    }

    /// Asks, right before the work begins, whether it is still wanted. Returns `true` if it is: the
    /// future is running now, and can no longer be cancelled. Returns `false` if it was cancelled.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the future is running or finished. Nothing has changed.
    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        let mut state = self.state();
        match state.stage {
            Stage::Pending => {
                state.stage = Stage::Running;
                Ok(true)
            }
            Stage::Cancelled => Ok(false),
            Stage::Running | Stage::Finished(_) => Err(InvalidState),
        }
    }

    /// Ends the future with a result.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is done, or cancelled, already. Nothing has changed.
    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Ok(result)))
    }

    /// Ends the future with an exception.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is done, or cancelled, already. Nothing has changed.
    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Err(exception)))
    }

    /// Ends the future if it is in a stage in which it may: tells those who wait, then calls those
    /// who wanted to be called, with no lock held.
    fn end(&self, may: impl Fn(&Stage<T>) -> bool, stage: Stage<T>) -> Result<(), InvalidState> {
        let mut state = self.state();
        if !may(&state.stage) {
            return Err(InvalidState);
        }
        state.stage = stage;
        let callbacks = mem::take(&mut state.callbacks);
        self.shared.ended.notify_all();
        drop(state);
        for callback in callbacks {
            self.call(callback);
        }
        Ok(())
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
    pool: Arc<Pool>,
    /// Locked for as long as somebody waits for them, so that a second one waits as well.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Pool {
    max_workers: usize,
    options: Options,
    state: Mutex<PoolState>,
    /// There is work, or there will never be any again.
    news: Condvar,
}

#[derive(Default)]
struct PoolState {
    tasks: VecDeque<Box<dyn Task>>,
    /// The threads started so far.
    workers: Vec<ThreadId>,
    /// How many of them lie asleep. One that has been woken and has not got up yet is among them, and
    /// so is its task among the tasks.
    idle: usize,
    shut_down: bool,
    broken: bool,
}

impl ThreadPoolExecutor {
    /// A pool of at most `max_workers` threads. None is started yet.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    pub fn new(max_workers: usize) -> Self {
        Self::with_options(max_workers, Options::default())
    }

    /// As [`new`](ThreadPoolExecutor::new), with more to say.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    pub fn with_options(max_workers: usize, options: Options) -> Self {
        assert!(max_workers > 0, "a pool needs at least one worker");
        let (state, news) = (Mutex::default(), Condvar::new());
        let pool = Arc::new(Pool { max_workers, options, state, news });
        ThreadPoolExecutor { pool, threads: Mutex::default() }
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
        let future = Future::new();
        let task = Box::new(Work { task, future: future.clone() });
        let mut state = self.pool.state();
        // Asked under the lock under which the task is queued: what is accepted before a shutdown is
        // there for the workers to see.
        if state.broken {
            return Err(SubmitError::BrokenPool);
        }
        if state.shut_down {
            return Err(SubmitError::ShutDown);
        }
        state.tasks.push_back(task);
        // As many tasks wait as there are idle threads: each has one coming. One more needs a thread.
        if state.tasks.len() > state.idle && state.workers.len() < self.pool.max_workers {
            let name = format!("{}_{}", self.pool.options.thread_name_prefix, state.workers.len());
            let pool = Arc::clone(&self.pool);
            let thread = thread::Builder::new().name(name).spawn(move || pool.work());
            let thread = thread.expect("the system should have room for another thread");
            state.workers.push(thread.thread().id());
            self.threads().push(thread);
        }
        self.pool.news.notify_one();
        Ok(future)
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
        self.map_within(task, items, Limit::None)
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
        self.map_within(task, items, Limit::of(timeout))
    }

    fn map_within<I, T, F>(
        &self,
        task: F,
        items: impl IntoIterator<Item = I>,
        limit: Limit,
    ) -> Result<Map<T>, SubmitError>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let task = Arc::new(task);
        let submit = |item| {
            let task = Arc::clone(&task);
            self.submit(move || task(item))
        };
        Ok(Map { futures: items.into_iter().map(submit).collect::<Result<_, _>>()?, limit })
    }

    /// Ends the pool: from now on nothing can be submitted. What has been submitted is still done.
    /// With `cancel_futures`, what no thread has taken up yet is cancelled instead, before this returns.
    ///
    /// With `wait`, this returns when the work is done and all threads of the pool have ended. One of
    /// these threads cannot wait for itself: called by a task of the pool, this does not wait.
    ///
    /// A pool may be shut down again, to wait for it or to cancel what has not begun yet.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        let mut state = self.pool.state();
        state.shut_down = true;
        let cancelled = if cancel_futures { mem::take(&mut state.tasks) } else { VecDeque::new() };
        let is_own_thread = state.workers.contains(&thread::current().id());
        self.pool.news.notify_all();
        drop(state);
        // This calls callbacks, so it is not done under the lock.
        for task in cancelled {
            task.cancel();
        }
        if wait && !is_own_thread {
            for thread in self.threads().drain(..) {
                // A worker catches whatever its tasks throw.
                let _ = thread.join();
            }
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        self.shutdown(true, false);
    }
}

impl Pool {
    /// The life of a worker.
    fn work(&self) {
        if let Some(initializer) = &self.options.initializer
            && panic::catch_unwind(AssertUnwindSafe(initializer)).is_err()
        {
            self.break_down();
            return;
        }
        while let Some(task) = self.next_task() {
            // The task's own panic is caught, and told, in there. This is for destructors.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| task.run()));
        }
    }

    /// The next task, waiting for as long as one may come.
    fn next_task(&self) -> Option<Box<dyn Task>> {
        let mut state = self.state();
        loop {
            // Tasks first: what was accepted before the end is still done.
            if let Some(task) = state.tasks.pop_front() {
                return Some(task);
            }
            if state.shut_down {
                return None;
            }
            state.idle += 1;
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    fn break_down(&self) {
        let mut state = self.state();
        state.broken = true;
        let stranded = mem::take(&mut state.tasks);
        drop(state);
        for task in stranded {
            task.fail(Exception::BrokenPool);
        }
    }

    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work of any type, and what can become of it.
trait Task: Send {
    fn run(self: Box<Self>);
    fn cancel(self: Box<Self>);
    fn fail(self: Box<Self>, exception: Exception);
}

struct Work<T, F> {
    task: F,
    future: Future<T>,
}

impl<T: Send + 'static, F: FnOnce() -> T + Send> Task for Work<T, F> {
    fn run(self: Box<Self>) {
        let Work { task, future } = *self;
        if future.set_running_or_notify_cancel() != Ok(true) {
            return;
        }
        // An error means that somebody else has set the outcome: then that one stays.
        let _ = match panic::catch_unwind(AssertUnwindSafe(task)) {
            Ok(result) => future.set_result(result),
            Err(payload) => future.set_exception(Exception::Panicked(message(&*payload))),
        };
    }

    fn cancel(self: Box<Self>) {
        self.future.cancel();
    }

    fn fail(self: Box<Self>, exception: Exception) {
        let _ = self.future.set_exception(exception);
    }
}

/// The text of a panic.
fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_owned()
    }
}

/// The results of a [`map`](ThreadPoolExecutor::map), each at the place of its item. Waits for each
/// in its turn.
///
/// An item whose task panicked has the exception at its place; an item whose result was not there
/// when the time was over has [`FutureError::TimedOut`]. The items after it have theirs.
pub struct Map<T> {
    futures: VecDeque<Future<T>>,
    limit: Limit,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.futures.pop_front()?.result_within(self.limit))
    }
}

/// Iterates over `futures` as they are done, each once, also if it is given more than once: first
/// those that are done already, then each when it is.
pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    as_completed_within(futures, Limit::None)
}

/// As [`as_completed`], with a limit to the time that the iterator waits. It begins with this call,
/// and is one for all futures together.
pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    as_completed_within(futures, Limit::of(timeout))
}

fn as_completed_within<T: Send + 'static>(futures: &[Future<T>], limit: Limit) -> AsCompleted<T> {
    let futures = distinct(futures);
    let (done, completed) = mpsc::channel();
    for future in &futures {
        let done = done.clone();
        // Sends at once if it is done, so there is no moment in which it could be missed.
        future.add_done_callback(move |future| {
            // An error means that nobody wants to know any more.
            let _ = done.send(future.clone());
        });
    }
    AsCompleted { completed, left: futures.len(), limit }
}

/// The futures without repetitions, in the order given.
fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let mut distinct: Vec<Future<T>> = Vec::new();
    for future in futures {
        if !distinct.contains(future) {
            distinct.push(future.clone());
        }
    }
    distinct
}

/// The futures of an [`as_completed`]. When the time is over, those that are done are still handed
/// out, then comes one [`TimedOut`], and that is the end. Without a limit there is no error.
pub struct AsCompleted<T> {
    completed: Receiver<Future<T>>,
    /// How many have not been handed out.
    left: usize,
    limit: Limit,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        match self.limit.left() {
            // An error means that a future was given up by everybody who could have ended it.
            None => self.completed.recv().ok().map(Ok),
            Some(left) => match self.completed.recv_timeout(left) {
                Ok(future) => Some(Ok(future)),
                Err(RecvTimeoutError::Timeout) => {
                    self.left = 0;
                    Some(Err(TimedOut))
                }
                Err(RecvTimeoutError::Disconnected) => None,
            },
        }
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
    wait_within(futures, Limit::None, return_when)
}

/// As [`wait`], for at most `timeout` in all.
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

/// For how long a caller waits.
#[derive(Clone, Copy)]
enum Limit {
    /// For as long as it takes.
    None,
    /// For so long from then on.
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

    /// Sleeps until woken, by the condition variable or by the end of the time. The caller then has
    /// to look again in either case. `None` if there is no time left to sleep.
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
