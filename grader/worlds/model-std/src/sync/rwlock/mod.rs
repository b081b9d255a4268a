mod guard;

pub use guard::{RwLockReadGuard, RwLockWriteGuard};

use super::{first_state, poison};
use ::std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use explorer::{Announcement, Handle, Until, Use, WaitResult, scheduler};
use guard::Hold;
use record::{ObjectKind, Operation, Value};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// [`std::sync::RwLock`]
///
/// Readers share it whenever no writer holds it. A reader that comes while a writer is waiting may
/// have to stand in line behind it, or may not: std leaves open which of them goes first, so both
/// are choices of the schedule. A thread that reads again while it is already reading may therefore
/// wait for ever, as it does on Linux.
///
/// The value sits in a real lock that is never contended, as in a [`Mutex`](super::mutex::Mutex).
pub struct RwLock<T: ?Sized> {
    handle: Handle,
    /// A flag of its own, because the real lock's flag follows the panics of the OS thread.
    poisoned: AtomicBool,
    value: std::sync::RwLock<T>,
}

impl<T> RwLock<T> {
    /// [`std::sync::RwLock::new`]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self {
            handle: Handle::new(ObjectKind::RwLock, Location::caller()),
            poisoned: AtomicBool::new(false),
            value: std::sync::RwLock::new(value),
        }
    }

    /// [`std::sync::RwLock::into_inner`]
    ///
    /// # Errors
    /// The lock is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.poisoned.load(Relaxed);
        let value = self.value.into_inner().unwrap_or_else(PoisonError::into_inner);
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }
}

impl<T: ?Sized> RwLock<T> {
    /// [`std::sync::RwLock::read`]
    ///
    /// # Errors
    /// The lock is poisoned.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let hold = self.hold(Location::caller());
        if let Some(object) = hold.object {
            let read = Announcement::new(Operation::Read, hold.at).on(object);
            scheduler::announce(read.until(Until::Shared(object)));
        }
        self.read_guard(hold)
    }

    /// [`std::sync::RwLock::try_read`]
    ///
    /// # Errors
    /// A writer holds the lock, or it is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let hold = self.hold(Location::caller());
        if let Some(object) = hold.object {
            let result =
                scheduler::announce(Announcement::new(Operation::TryRead, hold.at).on(object));
            // Spurious: a writer is waiting, and keeps readers out.
            let free = result != WaitResult::Spurious && scheduler::try_share(object, hold.at);
            scheduler::note(Value::Flag(free));
            if !free {
                return Err(TryLockError::WouldBlock);
            }
        }
        Ok(self.read_guard(hold)?)
    }

    /// [`std::sync::RwLock::write`]
    ///
    /// # Errors
    /// The lock is poisoned.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let hold = self.hold(Location::caller());
        if let Some(object) = hold.object {
            let write = Announcement::new(Operation::Write, hold.at).on(object);
            scheduler::announce(write.until(Until::Free(object)));
        }
        self.write_guard(hold)
    }

    /// [`std::sync::RwLock::try_write`]
    ///
    /// # Errors
    /// The lock is held, or poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let hold = self.hold(Location::caller());
        if let Some(object) = hold.object {
            scheduler::announce(Announcement::new(Operation::TryWrite, hold.at).on(object));
            let free = scheduler::try_acquire(object, hold.at);
            scheduler::note(Value::Flag(free));
            if !free {
                return Err(TryLockError::WouldBlock);
            }
        }
        Ok(self.write_guard(hold)?)
    }

    /// [`std::sync::RwLock::is_poisoned`]
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        let hold = self.hold(Location::caller());
        poison::load_poison(&self.poisoned, hold.object, hold.at)
    }

    /// [`std::sync::RwLock::clear_poison`]
    #[track_caller]
    pub fn clear_poison(&self) {
        let hold = self.hold(Location::caller());
        poison::clear_poison(&self.poisoned, hold.object, hold.at);
    }

    /// [`std::sync::RwLock::get_mut`]
    ///
    /// # Errors
    /// The lock is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.poisoned.load(Relaxed);
        let value = self.value.get_mut().unwrap_or_else(PoisonError::into_inner);
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    fn hold(&self, at: &'static Location<'static>) -> Hold {
        let object = scheduler::object(&self.handle).map(|(object, usage)| {
            // SAFETY: as for a mutex.
            if !unsafe { first_state::renew(&self.value, usage) } {
                poison::refuse_leaked("RwLock", at);
            }
            if usage == Use::Stale {
                self.poisoned.store(false, Relaxed);
            }
            object
        });
        Hold { object, at }
    }

    /// The guard, once the explorer has let the thread through.
    fn read_guard(&self, hold: Hold) -> LockResult<RwLockReadGuard<'_, T>> {
        let value = match self.value.try_read() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Only when the execution is over: a thread that no longer runs holds the lock.
            Err(TryLockError::WouldBlock) => scheduler::abandon(),
        };
        let guard = RwLockReadGuard::new(value, hold);
        if self.poisoned.load(Relaxed) { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    /// The guard, once the explorer has let the thread through.
    fn write_guard(&self, hold: Hold) -> LockResult<RwLockWriteGuard<'_, T>> {
        let value = match self.value.try_write() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Only when the execution is over: a thread that no longer runs holds the lock.
            Err(TryLockError::WouldBlock) => scheduler::abandon(),
        };
        let guard = RwLockWriteGuard::new(&self.poisoned, value, hold);
        if self.poisoned.load(Relaxed) { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("RwLock");
        match self.value.try_read() {
            Ok(value) => text.field("data", &&*value),
            Err(TryLockError::Poisoned(poisoned)) => text.field("data", &&*poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => text.field("data", &format_args!("<locked>")),
        };
        text.field("poisoned", &self.poisoned.load(Relaxed)).finish_non_exhaustive()
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
