//! Fault: every task gets a thread of its own, however many that are.
//! Whole: there is no pool.
//! Expect: never_more_threads_than_allowed = wrong
//! Expect: idle_workers_are_reused = wrong
//! Expect: the_initializer_comes_first = wrong

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
pub struct Future<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
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
pub enum SubmitError {
    ShutDown,
    BrokenPool,
}

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

impl<T: Send + 'static> Future<T> {
    pub fn result(&self) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.outcome(Limit::None, T::clone)?.map_err(FutureError::Failed)
    }

    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.outcome(Limit::of(timeout), T::clone)?.map_err(FutureError::Failed)
    }

    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Limit::None, |_| ())?.err())
    }

    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        Ok(self.outcome(Limit::of(timeout), |_| ())?.err())
    }

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

    pub fn cancel(&self) -> bool {
        let cancelled = self.end(|stage| matches!(stage, Stage::Pending), Stage::Cancelled).is_ok();
        cancelled || self.cancelled()
    }

    pub fn cancelled(&self) -> bool {
        matches!(self.state().stage, Stage::Cancelled)
    }

    pub fn running(&self) -> bool {
        matches!(self.state().stage, Stage::Running)
    }

    pub fn done(&self) -> bool {
        self.state().stage.is_done()
    }

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
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Future<T> {
    pub fn new() -> Self {
        let state = State { stage: Stage::Pending, callbacks: Vec::new() };
        Future { shared: Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() }) }
    }

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

    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Ok(result)))
    }

    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(|stage| !stage.is_done(), Stage::Finished(Err(exception)))
    }

    fn end(&self, may: impl Fn(&Stage<T>) -> bool, stage: Stage<T>) -> Result<(), InvalidState> {
        let mut state = self.state();
        if !may(&state.stage) {
            return Err(InvalidState);
        }
        state.stage = stage;
        let callbacks = std::mem::take(&mut state.callbacks);
        self.shared.ended.notify_all();
        drop(state);
        for callback in callbacks {
            self.call(callback);
        }
        Ok(())
    }
}

pub struct Options {
    pub thread_name_prefix: String,
    pub initializer: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Options { thread_name_prefix: "ThreadPoolExecutor".into(), initializer: None }
    }
}

pub struct ThreadPoolExecutor {
    options: Arc<Options>,
    crew: Arc<Mutex<Crew>>,
}

#[derive(Default)]
struct Crew {
    threads: Vec<JoinHandle<()>>,
    started: usize,
    closed: Option<SubmitError>,
}

impl ThreadPoolExecutor {
    pub fn new(max_workers: usize) -> Self {
        Self::with_options(max_workers, Options::default())
    }

    pub fn with_options(max_workers: usize, options: Options) -> Self {
        assert!(max_workers > 0, "a pool needs at least one worker");
        ThreadPoolExecutor { options: Arc::new(options), crew: Arc::default() }
    }

    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let mut crew = lock(&self.crew);
        if let Some(why) = crew.closed {
            return Err(why);
        }
        let name = format!("{}_{}", self.options.thread_name_prefix, crew.started);
        crew.started += 1;
        let future = Future::new();
        let (work, options) = (future.clone(), Arc::clone(&self.options));
        let ours = Arc::clone(&self.crew);
        let run = move || {
            if let Some(initializer) = &options.initializer
                && panic::catch_unwind(AssertUnwindSafe(initializer)).is_err()
            {
                lock(&ours).closed = Some(SubmitError::BrokenPool);
                let _ = work.set_exception(Exception::BrokenPool);
            }
            if work.set_running_or_notify_cancel() == Ok(true) {
                let _ = match panic::catch_unwind(AssertUnwindSafe(task)) {
                    Ok(result) => work.set_result(result),
                    Err(payload) => work.set_exception(Exception::Panicked(message(&*payload))),
                };
            }
        };
        let thread = thread::Builder::new().name(name).spawn(run);
        crew.threads.push(thread.expect("the system should have room for another thread"));
        Ok(future)
    }

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

    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        // Nothing is ever pending, so there is nothing to cancel.
        let _ = cancel_futures;
        let mut crew = lock(&self.crew);
        crew.closed.get_or_insert(SubmitError::ShutDown);
        let me = thread::current().id();
        if wait && crew.threads.iter().all(|thread| thread.thread().id() != me) {
            let threads = std::mem::take(&mut crew.threads);
            drop(crew);
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        self.shutdown(true, false);
    }
}

fn lock(crew: &Mutex<Crew>) -> MutexGuard<'_, Crew> {
    crew.lock().unwrap_or_else(PoisonError::into_inner)
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_owned()
    }
}

pub struct Map<T> {
    futures: VecDeque<Future<T>>,
    limit: Limit,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.pop_front()?;
        Some(match self.limit.left() {
            None => future.result(),
            Some(left) => future.result_timeout(left),
        })
    }
}

pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    as_completed_within(futures, Limit::None)
}

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
        future.add_done_callback(move |future| {
            let _ = done.send(future.clone());
        });
    }
    AsCompleted { completed, left: futures.len(), limit }
}

fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let mut distinct: Vec<Future<T>> = Vec::new();
    for future in futures {
        if !distinct.contains(future) {
            distinct.push(future.clone());
        }
    }
    distinct
}

pub struct AsCompleted<T> {
    completed: Receiver<Future<T>>,
    left: usize,
    limit: Limit,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        match self.limit.left() {
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
    wait_within(futures, Limit::None, return_when)
}

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

#[derive(Clone, Copy)]
enum Limit {
    None,
    Total { start: Instant, timeout: Duration },
}

impl Limit {
    fn of(timeout: Duration) -> Self {
        Limit::Total { start: Instant::now(), timeout }
    }

    fn left(self) -> Option<Duration> {
        match self {
            Limit::None => None,
            Limit::Total { start, timeout } => Some(timeout.saturating_sub(start.elapsed())),
        }
    }

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
