use super::mutex::MutexGuard;
use crate::time::{Duration, Timer};
use ::std::sync::{LockResult, PoisonError};
use explorer::{Announcement, Handle, ObjectId, WaitResult, scheduler};
use record::{ObjectKind, Operation};
use std::fmt;
use std::panic::Location;

/// [`std::sync::Condvar`]
///
/// Waits may end spuriously, and `notify_one` may wake any of the waiting threads: both are choices
/// of the schedule.
pub struct Condvar {
    handle: Handle,
}

/// [`std::sync::WaitTimeoutResult`]
#[derive(Debug, PartialEq, Eq, Copy, Clone)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// [`std::sync::WaitTimeoutResult::timed_out`]
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// [`std::sync::Condvar::new`]
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        Self { handle: Handle::new(ObjectKind::Condvar, Location::caller()) }
    }

    /// [`std::sync::Condvar::wait`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let (guard, _) = guard.wait(self.object(), None, Location::caller());
        check_poison(guard, |guard| guard)
    }

    /// [`std::sync::Condvar::wait_while`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// [`std::sync::Condvar::wait_timeout`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let timer = Timer::new(duration);
        let (guard, result) = guard.wait(self.object(), timer.deadline, Location::caller());
        let timed_out = WaitTimeoutResult(timer.is_over(result));
        check_poison(guard, |guard| (guard, timed_out))
    }

    /// [`std::sync::Condvar::wait_timeout_ms`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[deprecated(since = "1.6.0", note = "replaced by `std::sync::Condvar::wait_timeout`")]
    #[track_caller]
    pub fn wait_timeout_ms<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let notified = |(guard, result): (_, WaitTimeoutResult)| (guard, !result.timed_out());
        match self.wait_timeout(guard, Duration::from_millis(ms.into())) {
            Ok(waited) => Ok(notified(waited)),
            Err(poisoned) => Err(PoisonError::new(notified(poisoned.into_inner()))),
        }
    }

    /// [`std::sync::Condvar::wait_timeout_while`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        duration: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let begin = scheduler::now();
        while condition(&mut *guard) {
            let left = duration.saturating_sub(Duration::from_nanos(scheduler::now() - begin));
            if left.is_zero() {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            guard = self.wait_timeout(guard, left)?.0;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    /// [`std::sync::Condvar::notify_one`]
    #[track_caller]
    pub fn notify_one(&self) {
        self.notify(Operation::NotifyOne, false, Location::caller());
    }

    /// [`std::sync::Condvar::notify_all`]
    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(Operation::NotifyAll, true, Location::caller());
    }

    fn notify(&self, operation: Operation, all: bool, at: &'static Location<'static>) {
        if let Some(object) = self.object()
            && scheduler::announce(Announcement::new(operation, at).on(object)) != WaitResult::Over
        {
            scheduler::notify(object, all);
        }
    }

    /// A condition variable has no value, so one in a `static` simply starts afresh in each
    /// execution.
    fn object(&self) -> Option<ObjectId> {
        scheduler::object(&self.handle).map(|(object, _)| object)
    }
}

fn check_poison<'a, T, R>(
    guard: MutexGuard<'a, T>,
    result: impl FnOnce(MutexGuard<'a, T>) -> R,
) -> LockResult<R> {
    let poisoned = guard.is_poisoned();
    let result = result(guard);
    if poisoned { Err(PoisonError::new(result)) } else { Ok(result) }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
