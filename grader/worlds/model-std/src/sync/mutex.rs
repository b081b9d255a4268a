use super::{first_state, poison};
use ::std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use explorer::{Announcement, Handle, ObjectId, Until, Use, WaitResult, scheduler, unwinding};
use record::{ObjectKind, Operation, Value};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// [`std::sync::Mutex`]
///
/// The value sits in a real mutex that is never contended: the explorer lets a thread through
/// before the thread locks it.
pub struct Mutex<T: ?Sized> {
    handle: Handle,
    /// A flag of its own, because the real mutex's flag follows the panics of the OS thread.
    poisoned: AtomicBool,
    value: std::sync::Mutex<T>,
}

/// [`std::sync::MutexGuard`]
#[must_use = "if unused the Mutex will immediately unlock"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized + 'a> {
    mutex: &'a Mutex<T>,
    /// `None` only while a condition variable has it.
    value: Option<std::sync::MutexGuard<'a, T>>,
    /// The object in this execution; `None` if it was locked after the execution was over.
    object: Option<ObjectId>,
    /// Where it was acquired.
    at: &'static Location<'static>,
    was_panicking: bool,
}

impl<T> Mutex<T> {
    /// [`std::sync::Mutex::new`]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self {
            handle: Handle::new(ObjectKind::Mutex, Location::caller()),
            poisoned: AtomicBool::new(false),
            value: std::sync::Mutex::new(value),
        }
    }

    /// [`std::sync::Mutex::into_inner`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.poisoned.load(Relaxed);
        let value = self.value.into_inner().unwrap_or_else(PoisonError::into_inner);
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// [`std::sync::Mutex::lock`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let at = Location::caller();
        let object = self.object(at);
        if let Some(object) = object {
            scheduler::announce(
                Announcement::new(Operation::Lock, at).on(object).until(Until::Free(object)),
            );
        }
        self.guard(object, at)
    }

    /// [`std::sync::Mutex::try_lock`]
    ///
    /// # Errors
    /// The mutex is held, or poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let at = Location::caller();
        let object = self.object(at);
        if let Some(object) = object {
            scheduler::announce(Announcement::new(Operation::TryLock, at).on(object));
            let free = scheduler::try_acquire(object, at);
            scheduler::note(Value::Flag(free));
            if !free {
                return Err(TryLockError::WouldBlock);
            }
        }
        self.guard(object, at).map_err(TryLockError::Poisoned)
    }

    /// [`std::sync::Mutex::is_poisoned`]
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        let at = Location::caller();
        poison::load_poison(&self.poisoned, self.object(at), at)
    }

    /// [`std::sync::Mutex::clear_poison`]
    #[track_caller]
    pub fn clear_poison(&self) {
        let at = Location::caller();
        poison::clear_poison(&self.poisoned, self.object(at), at);
    }

    /// [`std::sync::Mutex::get_mut`]
    ///
    /// # Errors
    /// The mutex is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.poisoned.load(Relaxed);
        let value = self.value.get_mut().unwrap_or_else(PoisonError::into_inner);
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    fn object(&self, at: &'static Location<'static>) -> Option<ObjectId> {
        let (object, usage) = scheduler::object(&self.handle)?;
        // SAFETY: a std mutex is its state, its flag and its value, each in an `UnsafeCell`. One that
        // is stale was last used by threads of an earlier execution, which never run again.
        if !unsafe { first_state::renew(&self.value, usage) } {
            poison::refuse_leaked("Mutex", at);
        }
        if usage == Use::Stale {
            self.poisoned.store(false, Relaxed);
        }
        Some(object)
    }

    /// The guard, once the explorer has let the thread through.
    fn guard(
        &self,
        object: Option<ObjectId>,
        at: &'static Location<'static>,
    ) -> LockResult<MutexGuard<'_, T>> {
        let guard = MutexGuard {
            mutex: self,
            value: Some(self.take()),
            object,
            at,
            was_panicking: unwinding::panicking(),
        };
        if self.poisoned.load(Relaxed) { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    fn take(&self) -> std::sync::MutexGuard<'_, T> {
        match self.value.try_lock() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Only when the execution is over: a thread that no longer runs holds the mutex.
            Err(TryLockError::WouldBlock) => scheduler::abandon(),
        }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Releases the mutex, waits for `condvar`, and reacquires the mutex, however the wait ended.
    pub(super) fn wait(
        mut self,
        condvar: Option<ObjectId>,
        deadline: Option<u64>,
        at: &'static Location<'static>,
    ) -> (Self, WaitResult) {
        let (Some(condvar), Some(mutex)) = (condvar, self.object) else {
            // The execution is over: no thread will ever notify.
            scheduler::abandon();
        };
        self.value = None;
        let result = scheduler::wait(condvar, mutex, deadline, at);
        self.value = Some(self.mutex.take());
        self.at = at;
        (self, result)
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.mutex.poisoned.load(Relaxed)
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        let poisons = !self.was_panicking && unwinding::panicking();
        if poisons {
            self.mutex.poisoned.store(true, Relaxed);
        }
        match self.object {
            Some(object) => {
                scheduler::announce(Announcement::new(Operation::Unlock, self.at).on(object));
                if poisons {
                    scheduler::note(Value::Flag(true));
                }
                self.value = None;
                scheduler::release(object);
            }
            None => self.value = None,
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a guard that can be used holds the value")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("a guard that can be used holds the value")
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // std has a guard while the value is written, so a panic poisons the mutex then, but not later.
        struct Writing<'a>(&'a AtomicBool, bool);

        impl Drop for Writing<'_> {
            fn drop(&mut self) {
                if !self.1 && unwinding::panicking() {
                    self.0.store(true, Relaxed);
                }
            }
        }

        let mut text = f.debug_struct("Mutex");
        let value = match self.value.try_lock() {
            Ok(value) => Some(value),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(value) = value {
            let _writing = Writing(&self.poisoned, unwinding::panicking());
            text.field("data", &&*value);
        } else {
            text.field("data", &"<locked>");
        }
        text.field("poisoned", &self.poisoned.load(Relaxed)).finish_non_exhaustive()
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
