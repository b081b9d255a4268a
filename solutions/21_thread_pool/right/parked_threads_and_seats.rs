//! Make: no condition variable, no channel. Who waits leaves its thread handle and parks; an idle worker has a seat, and a task is laid on it.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
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
    Finished,
}

impl Stage {
    fn is_done(self) -> bool {
        matches!(self, Stage::Cancelled | Stage::Finished)
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

    /// What does not change any more, once it is there.
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

    /// Sees to it that the calling thread is unparked at the end. Returns false if that has come.
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
        self.lock().stage == Stage::Cancelled
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
            Stage::Cancelled => return Ok(false),
            Stage::Running | Stage::Finished => return Err(InvalidState),
        }
        Ok(true)
    }

    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(Stage::Running, Stage::Finished, Some(Ok(result)))
    }

    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(Stage::Running, Stage::Finished, Some(Err(exception)))
    }

    /// From pending, or from `also`, to the end.
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
    pool: Arc<Pool>,
}

struct Pool {
    options: Options,
    office: Mutex<Office>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Office {
    max_workers: usize,
    /// One for each worker. The task lies there until the worker takes it up.
    seats: Vec<Seat>,
    /// Tasks for which there was no idle worker.
    backlog: VecDeque<Box<dyn Task>>,
    closed: Option<SubmitError>,
}

#[derive(Default)]
struct Seat {
    thread: Option<Thread>,
    task: Option<Box<dyn Task>>,
    idle: bool,
}

impl Office {
    /// All tasks that nobody has taken up.
    fn clear(&mut self) -> Vec<Box<dyn Task>> {
        let laid_out = self.seats.iter_mut().filter_map(|seat| seat.task.take());
        laid_out.chain(self.backlog.drain(..)).collect()
    }

    fn wake_all(&self) {
        self.seats.iter().filter_map(|seat| seat.thread.as_ref()).for_each(Thread::unpark);
    }
}

impl ThreadPoolExecutor {
    pub fn new(max_workers: usize) -> Self {
        Self::with_options(max_workers, Options::default())
    }

    pub fn with_options(max_workers: usize, options: Options) -> Self {
        assert_ne!(max_workers, 0, "a pool without workers would do nothing");
        let office =
            Office { max_workers, seats: Vec::new(), backlog: VecDeque::new(), closed: None };
        let (office, threads) = (Mutex::new(office), Mutex::new(Vec::new()));
        ThreadPoolExecutor { pool: Arc::new(Pool { options, office, threads }) }
    }

    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let future = Future::new();
        let work = Box::new(Work { future: future.clone(), task });
        let mut office = self.pool.office();
        if let Some(why) = office.closed {
            return Err(why);
        }
        if let Some(seat) = office.seats.iter_mut().find(|seat| seat.idle) {
            seat.idle = false;
            seat.task = Some(work);
            seat.thread.as_ref().expect("who is idle has sat down").unpark();
        } else if office.seats.len() < office.max_workers {
            let number = office.seats.len();
            office.seats.push(Seat { task: Some(work), ..Seat::default() });
            let name = format!("{}_{number}", self.pool.options.thread_name_prefix);
            let pool = Arc::clone(&self.pool);
            let worker = thread::Builder::new().name(name).spawn(move || pool.work(number));
            let worker = worker.expect("a thread can be started");
            office.seats[number].thread = Some(worker.thread().clone());
            self.pool.threads().push(worker);
        } else {
            office.backlog.push_back(work);
        }
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
        let task = Arc::new(task);
        let mut futures = VecDeque::new();
        for item in items {
            let task = Arc::clone(&task);
            futures.push_back(self.submit(move || task(item))?);
        }
        Ok(Map { futures, deadline: None })
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
        let deadline = Deadline::after(timeout);
        Ok(Map { deadline: Some(deadline), ..self.map(task, items)? })
    }

    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        let mut office = self.pool.office();
        office.closed.get_or_insert(SubmitError::ShutDown);
        let cancelled = if cancel_futures { office.clear() } else { Vec::new() };
        office.wake_all();
        let me = thread::current().id();
        let own = office.seats.iter().flat_map(|seat| &seat.thread).any(|one| one.id() == me);
        drop(office);
        cancelled.into_iter().for_each(|task| task.end(None));
        if wait && !own {
            let mut threads = self.pool.threads();
            while let Some(thread) = threads.pop() {
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

impl Pool {
    fn work(&self, number: usize) {
        if let Some(initializer) = &self.options.initializer
            && panic::catch_unwind(AssertUnwindSafe(initializer)).is_err()
        {
            let mut office = self.office();
            office.closed = Some(SubmitError::BrokenPool);
            let stranded = office.clear();
            office.wake_all();
            drop(office);
            stranded.into_iter().for_each(|task| task.end(Some(Exception::BrokenPool)));
            return;
        }
        loop {
            let mut office = self.office();
            let laid_out = office.seats[number].task.take();
            if let Some(task) = laid_out.or_else(|| office.backlog.pop_front()) {
                office.seats[number].idle = false;
                drop(office);
                let _ = panic::catch_unwind(AssertUnwindSafe(|| task.run()));
            } else if office.closed.is_some() {
                return;
            } else {
                office.seats[number].idle = true;
                drop(office);
                thread::park();
            }
        }
    }

    fn office(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Task: Send {
    fn run(self: Box<Self>);
    /// Ends it before it has begun: by an exception, or else by cancelling it.
    fn end(self: Box<Self>, exception: Option<Exception>);
}

struct Work<T, F> {
    future: Future<T>,
    task: F,
}

impl<T: Send + 'static, F: FnOnce() -> T + Send> Task for Work<T, F> {
    fn run(self: Box<Self>) {
        let Work { future, task } = *self;
        if let Ok(true) = future.set_running_or_notify_cancel() {
            let _ = match panic::catch_unwind(AssertUnwindSafe(task)) {
                Ok(result) => future.set_result(result),
                Err(payload) => future.set_exception(Exception::Panicked(text(payload))),
            };
        }
    }

    fn end(self: Box<Self>, exception: Option<Exception>) {
        match exception {
            Some(exception) => drop(self.future.set_exception(exception)),
            None => drop(self.future.cancel()),
        }
    }
}

fn text(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().map_or("?".into(), |text| text.to_string()),
    }
}

pub struct Map<T> {
    futures: VecDeque<Future<T>>,
    deadline: Option<Deadline>,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.pop_front()?;
        let waited = future.wait_until(self.deadline);
        Some(waited.and_then(|()| future.result()))
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
