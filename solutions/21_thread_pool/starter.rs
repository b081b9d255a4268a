//! A pool of threads, like Python's `ThreadPoolExecutor`.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

pub use future::{Exception, Future, FutureError, InvalidState};

/// Why a pool does not accept work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// It has been shut down.
    ShutDown,
    /// Its initializer has panicked.
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

/// What a pool can be told besides the number of its threads.
pub struct Options {
    /// The pool's threads are named `{thread_name_prefix}_0`, `{thread_name_prefix}_1`, and so on, in
    /// the order in which they are started.
    pub thread_name_prefix: String,
    /// Called once by each thread of the pool, before it does any work. If it panics, the pool is
    /// broken: no further task is taken up, the futures of those that no thread has taken up fail with
    /// [`Exception::BrokenPool`], and nothing more can be submitted.
    pub initializer: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Options { thread_name_prefix: "ThreadPoolExecutor".into(), initializer: None }
    }
}

/// A pool of threads that run the tasks submitted to it, first in, first out: whoever submitted it, the
/// oldest task is the first to be taken up.
///
/// A thread is started when a task is submitted and no thread is idle, up to a maximum number of
/// threads. An idle thread sleeps.
///
/// Dropping the pool is a [`shutdown(true, false)`](ThreadPoolExecutor::shutdown).
pub struct ThreadPoolExecutor {
    // What do the workers share with the threads that submit? Who keeps the handles of the workers?
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

    /// Like [`new`](ThreadPoolExecutor::new), with options.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    pub fn with_options(max_workers: usize, options: Options) -> Self {
        let _ = (max_workers, options);
        todo!("a pool without threads")
    }

    /// Queues `task` for one of the pool's threads, and returns the future of its result. If the task
    /// panics, that is the exception of its future, and does the thread no harm.
    ///
    /// A task may use the pool that it runs in. The same goes for the destructors of what a task owns,
    /// returns or panics with; and if one of them panics, that does the thread no harm, either.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool is shut down or broken. Then the task is never called.
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let _ = task;
        todo!("queue the task, make sure that some thread will do it, and return its future")
    }

    /// Submits a call of `task` for each item, all at once, and returns an iterator over the results
    /// in the order of the items.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool does not accept them all.
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

    /// Like [`map`](ThreadPoolExecutor::map), but the iterator waits at most `timeout` in total,
    /// counted from this call, for all results together.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] if the pool does not accept them all.
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
        todo!("like map, with a limit")
    }

    /// Ends the pool: from now on nothing can be submitted. Tasks already submitted are still done.
    /// With `cancel_futures`, this cancels those that no thread, and no other such call, has taken up
    /// before, and only then returns.
    ///
    /// With `wait`, this sleeps until the work is done and all threads of the pool have ended. A thread
    /// of the pool cannot wait for itself, so a call from one of the pool's own threads (by a task, a
    /// callback, the initializer, or a destructor, even one that is called as the thread ends) does not
    /// wait.
    ///
    /// A pool may be shut down again, to wait for it or to cancel what has not begun.
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

/// The results of a [`map`](ThreadPoolExecutor::map), each at the position of its item. Waits for
/// each in turn.
///
/// If an item's task panicked, the exception is at its position; if the call was cancelled, or the time was
/// up before it was done, [`FutureError::Cancelled`] or [`FutureError::TimedOut`] is there. In any case,
/// the items after it have results of their own.
///
/// Dropping this cancels the calls that have not begun, also those whose time was up: nobody will ask
/// for their results.
pub struct Map<T: Send + 'static> {
    results: PhantomData<T>,
}

impl<T: Clone + Send + 'static> Iterator for Map<T> {
    type Item = Result<T, FutureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = &self.results;
        todo!("the result of the next item, if there is one")
    }
}

impl<T: Send + 'static> Drop for Map<T> {
    fn drop(&mut self) {
        // Who will ask for the results that are left?
    }
}

/// The `Future` of the exercise of that name. This part is finished. Build on it.
mod future {
    use std::fmt;
    use std::mem;
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
    use std::time::{Duration, Instant};

    /// The result of work that another thread does, now or later. This is a handle; a future may have
    /// many.
    ///
    /// A future is *pending*, then *running*, then *done*: it has a result, or an exception, or it was
    /// cancelled. Once it is done, it never changes again.
    ///
    /// Two handles are equal if they belong to the same future.
    pub struct Future<T> {
        shared: Arc<Shared<T>>,
    }

    struct Shared<T> {
        /// One lock guards the stage and the callbacks: a callback is either on the list when the future
        /// ends, or it is added after that.
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

    /// For the threads that wait for the result.
    impl<T: Send + 'static> Future<T> {
        /// Waits until the future is done, and returns its result. The result stays available, to other
        /// callers and for later.
        ///
        /// # Errors
        ///
        /// [`FutureError::Cancelled`] or [`FutureError::Failed`], if that is how the future is done.
        #[track_caller]
        pub fn result(&self) -> Result<T, FutureError>
        where
            T: Clone,
        {
            self.result_within(Limit::None)
        }

        /// Like [`result`](Future::result), but waits at most `timeout` in total. If the future is done,
        /// its result is returned even with no time left.
        ///
        /// # Errors
        ///
        /// [`FutureError::TimedOut`] if the future was not done in time; otherwise as for
        /// [`result`](Future::result).
        #[track_caller]
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
        #[track_caller]
        pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
            Ok(self.outcome(Limit::None, |_| ())?.err())
        }

        /// Like [`exception`](Future::exception), but waits at most `timeout` in total.
        ///
        /// # Errors
        ///
        /// [`FutureError::TimedOut`] if the future was not done in time, [`FutureError::Cancelled`] if it
        /// was cancelled.
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

        /// Waits until the future is done and reads how it ended.
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

        /// Cancels the future if its work has not begun. Returns whether the future is cancelled: `true`
        /// even if it was cancelled before, `false` if it is running or has ended in another way.
        #[track_caller]
        pub fn cancel(&self) -> bool {
            let cancelled = self
                .end(|stage| matches!(stage, Stage::Pending), Stage::Cancelled { told: false })
                .is_ok();
            cancelled || self.cancelled()
        }

        /// Whether the future was cancelled.
        #[track_caller]
        pub fn cancelled(&self) -> bool {
            matches!(self.state().stage, Stage::Cancelled { .. })
        }

        /// Whether the work has begun and has not ended.
        #[track_caller]
        pub fn running(&self) -> bool {
            matches!(self.state().stage, Stage::Running)
        }

        /// Whether the future has a result or an exception, or was cancelled.
        #[track_caller]
        pub fn done(&self) -> bool {
            self.state().stage.is_done()
        }

        /// Calls `callback` with this future, once, when the future is done. The thread that ends or
        /// cancels the future calls its callbacks, in the order in which they were added. If the future
        /// is already done, this calls `callback` at once.
        ///
        /// A callback may use the future, and the pool, in any way. If it panics, that ends this callback
        /// and nothing else.
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

    /// For the threads that do the work: those of a pool, or of a test.
    impl<T: Send + 'static> Future<T> {
        /// A pending future that belongs to no pool.
        pub fn new() -> Self {
            let state = State { stage: Stage::Pending, callbacks: Vec::new() };
            Future { shared: Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() }) }
        }

        /// Asks, right before the work begins, whether it is still wanted. Returns `true` if it is: the
        /// future is now running, and can no longer be cancelled. Returns `false`, once, if it was cancelled.
        ///
        /// # Errors
        ///
        /// [`InvalidState`] if the future is running or has ended, or if this has already returned `false`.
        /// Nothing changes then.
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

        /// Ends the future with a result.
        ///
        /// # Errors
        ///
        /// [`InvalidState`] if the future is already done. Nothing changes then.
        #[track_caller]
        pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
            self.end(|stage| !stage.is_done(), Stage::Finished(Ok(result)))
        }

        /// Ends the future with an exception.
        ///
        /// # Errors
        ///
        /// [`InvalidState`] if the future is already done. Nothing changes then.
        #[track_caller]
        pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
            self.end(|stage| !stage.is_done(), Stage::Finished(Err(exception)))
        }

        /// Ends the future if its stage allows that: wakes the threads that wait, and then, with no lock
        /// held, calls the callbacks.
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

        /// Sleeps until it is woken or the time is up; either way, the caller has to look again. `None` if
        /// there is no time left to sleep.
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
