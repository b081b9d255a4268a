//! Make: channels: a thread that waits for a future waits for a message.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    life: Arc<Mutex<Life<T>>>,
}

enum Life<T> {
    /// Not done: whether it is running, who is to be told when it is done, and which callbacks are
    /// then to be called.
    Open {
        running: bool,
        told: Vec<Sender<Future<T>>>,
        called: Vec<Callback<T>>,
    },
    /// Whoever would have begun the work may have been told already.
    Cancelled {
        known: bool,
    },
    Finished(Result<T, Exception>),
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Future { life: self.life.clone() }
    }
}

impl<T> PartialEq for Future<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.life, &other.life)
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
        let life = Life::Open { running: false, told: Vec::new(), called: Vec::new() };
        Future { life: Arc::new(Mutex::new(life)) }
    }

    pub fn result(&self) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.wait(None);
        self.outcome(T::clone)?.map_err(FutureError::Failed)
    }

    pub fn result_timeout(&self, timeout: Duration) -> Result<T, FutureError>
    where
        T: Clone,
    {
        self.wait(Some(timeout));
        self.outcome(T::clone)?.map_err(FutureError::Failed)
    }

    pub fn exception(&self) -> Result<Option<Exception>, FutureError> {
        self.wait(None);
        Ok(self.outcome(|_| ())?.err())
    }

    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<Exception>, FutureError> {
        self.wait(Some(timeout));
        Ok(self.outcome(|_| ())?.err())
    }

    fn wait(&self, timeout: Option<Duration>) {
        let (tell, told) = mpsc::channel();
        self.tell(&tell);
        // Whatever comes of this, `outcome` will see it.
        match timeout {
            None => drop(told.recv()),
            Some(timeout) => drop(told.recv_timeout(timeout)),
        }
    }

    fn outcome<R>(&self, read: impl Fn(&T) -> R) -> Result<Result<R, Exception>, FutureError> {
        match &*self.life() {
            Life::Open { .. } => Err(FutureError::TimedOut),
            Life::Cancelled { .. } => Err(FutureError::Cancelled),
            Life::Finished(Ok(result)) => Ok(Ok(read(result))),
            Life::Finished(Err(exception)) => Ok(Err(exception.clone())),
        }
    }

    /// Arranges for a message to be sent when the future is done, or sends it at once if it already
    /// is.
    fn tell(&self, whom: &Sender<Future<T>>) {
        match &mut *self.life() {
            Life::Open { told, .. } => told.push(whom.clone()),
            Life::Cancelled { .. } | Life::Finished(_) => drop(whom.send(self.clone())),
        }
    }

    pub fn cancel(&self) -> bool {
        self.end(true, Life::Cancelled { known: false }).is_ok() || self.cancelled()
    }

    pub fn cancelled(&self) -> bool {
        matches!(*self.life(), Life::Cancelled { .. })
    }

    pub fn running(&self) -> bool {
        matches!(*self.life(), Life::Open { running: true, .. })
    }

    pub fn done(&self) -> bool {
        !matches!(*self.life(), Life::Open { .. })
    }

    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        if let Life::Open { called, .. } = &mut *self.life() {
            called.push(Box::new(callback));
            return;
        }
        self.call(Box::new(callback));
    }

    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        match &mut *self.life() {
            Life::Open { running, .. } if !*running => {
                *running = true;
                Ok(true)
            }
            Life::Cancelled { known } if !*known => {
                *known = true;
                Ok(false)
            }
            _ => Err(InvalidState),
        }
    }

    pub fn set_result(&self, result: T) -> Result<(), InvalidState> {
        self.end(false, Life::Finished(Ok(result)))
    }

    pub fn set_exception(&self, exception: Exception) -> Result<(), InvalidState> {
        self.end(false, Life::Finished(Err(exception)))
    }

    fn end(&self, only_pending: bool, how: Life<T>) -> Result<(), InvalidState> {
        let mut life = self.life();
        match &*life {
            Life::Open { running, .. } if !(*running && only_pending) => {}
            _ => return Err(InvalidState),
        }
        let was = std::mem::replace(&mut *life, how);
        if let Life::Open { told, called, .. } = was {
            // Under the lock, so that nobody finds the future done before those who wait can know.
            for whom in told {
                // It does not matter if nobody is listening any more.
                let _ = whom.send(self.clone());
            }
            drop(life);
            for callback in called {
                self.call(callback);
            }
        }
        Ok(())
    }

    fn call(&self, callback: Callback<T>) {
        let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(self)));
    }

    fn life(&self) -> MutexGuard<'_, Life<T>> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a wait began, and how long it may last.
type Span = Option<(Instant, Duration)>;

fn left(limit: Span) -> Option<Duration> {
    limit.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()))
}

pub fn as_completed<T: Send + 'static>(futures: &[Future<T>]) -> AsCompleted<T> {
    listen(futures, None)
}

pub fn as_completed_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
) -> AsCompleted<T> {
    listen(futures, Some((Instant::now(), timeout)))
}

fn listen<T: Send + 'static>(futures: &[Future<T>], limit: Span) -> AsCompleted<T> {
    let (tell, told) = mpsc::channel();
    let mut count = 0;
    for (place, future) in futures.iter().enumerate() {
        if !futures[..place].contains(future) {
            future.tell(&tell);
            count += 1;
        }
    }
    AsCompleted { told, count, limit }
}

pub struct AsCompleted<T> {
    told: Receiver<Future<T>>,
    count: usize,
    limit: Span,
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.count == 0 {
            return None;
        }
        self.count -= 1;
        let Some(left) = left(self.limit) else {
            return self.told.recv().ok().map(Ok);
        };
        match self.told.recv_timeout(left) {
            Ok(future) => Some(Ok(future)),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.count = 0;
                Some(Err(TimedOut))
            }
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
    sort(futures, listen(futures, None), return_when)
}

pub fn wait_timeout<T: Send + 'static>(
    futures: &[Future<T>],
    timeout: Duration,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    sort(futures, listen(futures, Some((Instant::now(), timeout))), return_when)
}

fn sort<T: Send + 'static>(
    futures: &[Future<T>],
    mut completed: AsCompleted<T>,
    return_when: ReturnWhen,
) -> DoneAndNotDone<T> {
    let failed = |future: &Future<T>| matches!(*future.life(), Life::Finished(Err(_)));
    while let Some(Ok(future)) = completed.next() {
        if return_when == ReturnWhen::FirstCompleted
            || return_when == ReturnWhen::FirstException && failed(&future)
        {
            break;
        }
    }
    let mut sorted = DoneAndNotDone { done: Vec::new(), not_done: Vec::new() };
    for (place, future) in futures.iter().enumerate() {
        if futures[..place].contains(future) {
            continue;
        }
        let list = if future.done() { &mut sorted.done } else { &mut sorted.not_done };
        list.push(future.clone());
    }
    sorted
}
