use explorer::{Announcement, ObjectId, scheduler, unwinding};
use record::{Operation, Value};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// [`std::sync::RwLockReadGuard`]
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized + 'a> {
    /// `None` only while it is being dropped.
    value: Option<std::sync::RwLockReadGuard<'a, T>>,
    hold: Hold,
}

/// [`std::sync::RwLockWriteGuard`]
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized + 'a> {
    poisoned: &'a AtomicBool,
    /// `None` only while it is being dropped or downgraded.
    value: Option<std::sync::RwLockWriteGuard<'a, T>>,
    hold: Hold,
    was_panicking: bool,
}

/// What a guard knows about the object it holds.
#[derive(Clone, Copy)]
pub(super) struct Hold {
    /// The object in this execution; `None` if it was locked after the execution was over.
    pub(super) object: Option<ObjectId>,
    /// Where it was acquired.
    pub(super) at: &'static Location<'static>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    pub(super) fn new(value: std::sync::RwLockReadGuard<'a, T>, hold: Hold) -> Self {
        Self { value: Some(value), hold }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(
        poisoned: &'a AtomicBool,
        value: std::sync::RwLockWriteGuard<'a, T>,
        hold: Hold,
    ) -> Self {
        Self { poisoned, value: Some(value), hold, was_panicking: unwinding::panicking() }
    }

    /// [`std::sync::RwLockWriteGuard::downgrade`]
    #[track_caller]
    pub fn downgrade(mut this: Self) -> RwLockReadGuard<'a, T> {
        let hold = Hold { at: Location::caller(), ..this.hold };
        let object = this.hold.object.take();
        if let Some(object) = object {
            scheduler::announce(Announcement::new(Operation::Read, hold.at).on(object));
            scheduler::release(object);
            scheduler::try_share(object, hold.at);
        }
        let value = this.value.take().map(std::sync::RwLockWriteGuard::downgrade);
        RwLockReadGuard { value, hold }
    }
}

impl Hold {
    /// Releases the hold, after dropping the real guard with `drop`.
    fn end(self, drop: impl FnOnce(), release: impl FnOnce(ObjectId)) {
        if let Some(object) = self.object {
            scheduler::announce(Announcement::new(Operation::Unlock, self.at).on(object));
            drop();
            release(object);
        } else {
            drop();
        }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        let value = &mut self.value;
        self.hold.end(|| *value = None, scheduler::release_share);
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        if self.value.is_none() {
            // Downgraded: the read guard now has what this one held.
            return;
        }
        let poisons = !self.was_panicking && unwinding::panicking();
        if poisons {
            self.poisoned.store(true, Relaxed);
        }
        let value = &mut self.value;
        let release = |object| {
            if poisons {
                scheduler::note(Value::Flag(true));
            }
            scheduler::release(object);
        };
        self.hold.end(|| *value = None, release);
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a guard that can be used holds the value")
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a guard that can be used holds the value")
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("a guard that can be used holds the value")
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
