//! Make: each worker has a seat; when the worker is idle, its next task is placed there.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

pub use future::{Exception, Future, FutureError, InvalidState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    ShutDown,
    BrokenPool,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::ShutDown => "the pool has been shut down",
            SubmitError::BrokenPool => "the pool is broken",
        })
    }
}

impl std::error::Error for SubmitError {}

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
    /// One for each worker. A task lies there until the worker takes it up.
    seats: Vec<Seat>,
    /// Tasks for which no worker was idle.
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
    /// Takes out all tasks that no worker has taken up.
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
            return Ok(future);
        }
        // Not for the new thread alone: it may take its time with the initializer.
        office.backlog.push_back(work);
        if office.seats.len() < office.max_workers {
            let number = office.seats.len();
            office.seats.push(Seat::default());
            let name = format!("{}_{number}", self.pool.options.thread_name_prefix);
            let pool = Arc::clone(&self.pool);
            let worker = thread::Builder::new().name(name).spawn(move || pool.work(number));
            let worker = worker.expect("a thread can be started");
            office.seats[number].thread = Some(worker.thread().clone());
            self.pool.threads().push(worker);
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
        let mut futures = Vec::new();
        for item in items {
            let task = Arc::clone(&task);
            futures.push(self.submit(move || task(item))?);
        }
        Ok(Map { futures, asked: 0, limit: None })
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
        let since = Instant::now();
        let mut results = self.map(task, items)?;
        results.limit = Some((since, timeout));
        Ok(results)
    }

    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        let mut office = self.pool.office();
        office.closed.get_or_insert(SubmitError::ShutDown);
        let cancelled = if cancel_futures { office.clear() } else { Vec::new() };
        office.wake_all();
        let me = thread::current().id();
        let own = office.seats.iter().flat_map(|seat| &seat.thread).any(|one| one.id() == me);
        drop(office);
        for task in cancelled {
            quietly(|| task.end(None));
        }
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
            && !quietly(initializer)
        {
            let mut office = self.office();
            office.closed = Some(SubmitError::BrokenPool);
            let stranded = office.clear();
            office.wake_all();
            drop(office);
            for task in stranded {
                quietly(|| task.end(Some(Exception::BrokenPool)));
            }
            return;
        }
        loop {
            let mut office = self.office();
            let laid_out = office.seats[number].task.take();
            if let Some(task) = laid_out.or_else(|| office.backlog.pop_front()) {
                office.seats[number].idle = false;
                drop(office);
                quietly(|| task.run());
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
    /// Ends the task before it has begun: with an exception if there is one, or else by cancelling
    /// it.
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
                Err(payload) => future.set_exception(Exception::Panicked(text(&*payload))),
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

/// Calls foreign code, and returns whether it ended without a panic. What a panic carries is foreign,
/// too: its destructor may panic in turn, and so may that of what this panic carries.
fn quietly(call: impl FnOnce()) -> bool {
    let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) else { return true };
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
    false
}

fn text(payload: &(dyn Any + Send)) -> String {
    match payload.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => payload.downcast_ref::<&str>().map_or("?".into(), |text| text.to_string()),
    }
}

pub struct Map<T: Send + 'static> {
    futures: Vec<Future<T>>,
    /// For how many of them somebody has asked.
    asked: usize,
    limit: Option<(Instant, Duration)>,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.get(self.asked)?;
        self.asked += 1;
        let Some((since, timeout)) = self.limit else { return Some(future.result()) };
        Some(future.result_timeout(timeout.saturating_sub(since.elapsed())))
    }
}

impl<T: Send + 'static> Drop for Map<T> {
    fn drop(&mut self) {
        for future in &self.futures {
            future.cancel();
        }
    }
}

/// The `Future` of the exercise of that name. This part is finished. Build on it.
// As in the starter, without its documentation.
mod future {
    use std::fmt;
    use std::mem;
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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
        Cancelled { told: bool },
        Finished(Result<T, Exception>),
    }

    impl<T> Stage<T> {
        fn is_done(&self) -> bool {
            matches!(self, Stage::Cancelled { .. } | Stage::Finished(_))
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

    impl std::error::Error for Exception {}
    impl std::error::Error for FutureError {}
    impl std::error::Error for InvalidState {}

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
        #[track_caller]
        pub fn result(&self) -> Result<T, FutureError>
        where
            T: Clone,
        {
            self.result_within(Limit::None)
        }

        #[track_caller]
        pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
        where
            T: Clone,
        {
            self.result_within(Limit::of(timeout))
        }

        #[track_caller]
        pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
            Ok(self.outcome(Limit::None, |_| ())?.err())
        }

        #[track_caller]
        pub fn exception_timeout(
            &self,
            timeout: Duration,
        ) -> Result<Option<Exception>, FutureError> {
            Ok(self.outcome(Limit::of(timeout), |_| ())?.err())
        }

        #[track_caller]
        fn result_within(&self, limit: Limit) -> Result<T, FutureError>
        where
            T: Clone,
        {
            self.outcome(limit, T::clone)?.map_err(FutureError::Failed)
        }

        #[track_caller]
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

        #[track_caller]
        pub fn cancel(&self) -> bool {
            let cancelled = self
                .end(|stage| matches!(stage, Stage::Pending), Stage::Cancelled { told: false })
                .is_ok();
            cancelled || self.cancelled()
        }

        #[track_caller]
        pub fn cancelled(&self) -> bool {
            matches!(self.state().stage, Stage::Cancelled { .. })
        }

        #[track_caller]
        pub fn running(&self) -> bool {
            matches!(self.state().stage, Stage::Running)
        }

        #[track_caller]
        pub fn done(&self) -> bool {
            self.state().stage.is_done()
        }

        #[track_caller]
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

        #[track_caller]
        fn state(&self) -> MutexGuard<'_, State<T>> {
            self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl<T: Send + 'static> Future<T> {
        pub fn new() -> Self {
            let state = State { stage: Stage::Pending, callbacks: Vec::new() };
            Future { shared: Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() }) }
        }

        #[track_caller]
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

        #[track_caller]
        pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
            self.end(|stage| !stage.is_done(), Stage::Finished(Ok(result)))
        }

        #[track_caller]
        pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
            self.end(|stage| !stage.is_done(), Stage::Finished(Err(exception)))
        }

        #[track_caller]
        fn end(
            &self,
            may: impl Fn(&Stage<T>) -> bool,
            stage: Stage<T>,
        ) -> Result<(), InvalidState> {
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

        #[track_caller]
        fn wait<'a, S>(
            self,
            news: &Condvar,
            state: MutexGuard<'a, S>,
        ) -> Option<MutexGuard<'a, S>> {
            match self.left() {
                None => Some(news.wait(state).unwrap_or_else(PoisonError::into_inner)),
                Some(Duration::ZERO) => None,
                Some(left) => {
                    Some(news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
                }
            }
        }
    }
}
