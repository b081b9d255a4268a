//! Make: the pool is the sending end of a channel, which is closed at shutdown.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
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
    max_workers: usize,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    options: Options,
    entrance: Mutex<Entrance>,
    /// Locked by the idle worker that gets the next task. The others queue for the lock.
    tasks: Mutex<Receiver<Box<dyn Task>>>,
}

struct Entrance {
    /// `None` once nothing more can be submitted.
    sender: Option<Sender<Box<dyn Task>>>,
    broken: bool,
    /// The number of tasks that are being done or will be, and of threads in the initializer.
    unfinished: usize,
    workers: Vec<ThreadId>,
}

impl ThreadPoolExecutor {
    pub fn new(max_workers: usize) -> Self {
        Self::with_options(max_workers, Options::default())
    }

    pub fn with_options(max_workers: usize, options: Options) -> Self {
        if max_workers == 0 {
            panic!("max_workers must be greater than 0");
        }
        let (sender, tasks) = mpsc::channel();
        let entrance =
            Entrance { sender: Some(sender), broken: false, unfinished: 0, workers: Vec::new() };
        let (entrance, tasks) = (Mutex::new(entrance), Mutex::new(tasks));
        ThreadPoolExecutor {
            max_workers,
            shared: Arc::new(Shared { options, entrance, tasks }),
            threads: Mutex::new(Vec::new()),
        }
    }

    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let future = Future::new();
        let job = Job { future: future.clone(), task };
        let mut entrance = self.shared.entrance();
        let Some(sender) = &entrance.sender else {
            let broken = entrance.broken;
            return Err(if broken { SubmitError::BrokenPool } else { SubmitError::ShutDown });
        };
        sender.send(Box::new(job)).expect("the pool has the receiver");
        entrance.unfinished += 1;
        let workers = entrance.workers.len();
        if entrance.unfinished > workers && workers < self.max_workers {
            let shared = Arc::clone(&self.shared);
            entrance.unfinished += usize::from(shared.options.initializer.is_some());
            let thread = thread::Builder::new()
                .name(format!("{}_{workers}", shared.options.thread_name_prefix))
                .spawn(move || shared.work())
                .expect("failed to start a thread");
            entrance.workers.push(thread.thread().id());
            self.threads.lock().unwrap().push(thread);
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
        let futures: Result<Vec<_>, _> = items
            .into_iter()
            .map(|item| {
                let task = Arc::clone(&task);
                self.submit(move || task(item))
            })
            .collect();
        Ok(Map { futures: futures?.into_iter(), late: Vec::new(), limit: None })
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
        let limit = Some((Instant::now(), timeout));
        let mut results = self.map(task, items)?;
        results.limit = limit;
        Ok(results)
    }

    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        let own = {
            let mut entrance = self.shared.entrance();
            entrance.sender = None;
            entrance.workers.contains(&thread::current().id())
        };
        if cancel_futures {
            for task in self.shared.drain() {
                quietly(|| task.give_up(None));
            }
        }
        if wait && !own {
            for thread in self.threads.lock().unwrap().drain(..) {
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

impl Shared {
    fn work(&self) {
        if let Some(initializer) = &self.options.initializer
            && !quietly(initializer)
        {
            let mut entrance = self.entrance();
            entrance.sender = None;
            entrance.broken = true;
            drop(entrance);
            for task in self.drain() {
                quietly(|| task.give_up(Some(Exception::BrokenPool)));
            }
            return;
        }
        if self.options.initializer.is_some() {
            self.entrance().unfinished -= 1;
        }
        loop {
            let task = self.tasks().recv();
            let Ok(task) = task else { return };
            quietly(|| task.run());
            self.entrance().unfinished -= 1;
        }
    }

    /// Takes out the tasks that no worker has begun. The sender is gone, so no worker stays in
    /// `recv` for long.
    fn drain(&self) -> Vec<Box<dyn Task>> {
        self.tasks().try_iter().collect()
    }

    fn entrance(&self) -> MutexGuard<'_, Entrance> {
        self.entrance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, Receiver<Box<dyn Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Task: Send {
    fn run(self: Box<Self>);
    fn give_up(self: Box<Self>, why: Option<Exception>);
}

struct Job<T, F> {
    future: Future<T>,
    task: F,
}

impl<T: Send + 'static, F: FnOnce() -> T + Send> Task for Job<T, F> {
    fn run(self: Box<Self>) {
        let Job { future, task } = *self;
        if future.set_running_or_notify_cancel() == Ok(true) {
            let _ = match panic::catch_unwind(AssertUnwindSafe(task)) {
                Ok(result) => future.set_result(result),
                Err(payload) => future.set_exception(Exception::Panicked(text(&*payload))),
            };
        }
    }

    fn give_up(self: Box<Self>, why: Option<Exception>) {
        if let Some(why) = why {
            let _ = self.future.set_exception(why);
        } else {
            self.future.cancel();
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
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("Box<dyn Any>")
        .to_string()
}

pub struct Map<T: Send + 'static> {
    futures: std::vec::IntoIter<Future<T>>,
    late: Vec<Future<T>>,
    limit: Option<(Instant, Duration)>,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        let left = self.limit.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()));
        let result = left.map_or_else(|| future.result(), |left| future.result_timeout(left));
        if matches!(result, Err(FutureError::TimedOut)) {
            self.late.push(future);
        }
        Some(result)
    }
}

impl<T: Send + 'static> Drop for Map<T> {
    fn drop(&mut self) {
        for future in self.futures.as_slice().iter().chain(&self.late) {
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
