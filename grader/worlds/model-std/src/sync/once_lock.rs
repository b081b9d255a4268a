use super::progress::Progress;
use super::slot::Slot;
use explorer::{ObjectId, scheduler};
use record::{ObjectKind, Operation, Value};
use std::fmt;
use std::panic::Location;

/// [`std::sync::OnceLock`]
///
/// One in a `static` starts empty in each execution.
pub struct OnceLock<T> {
    progress: Progress,
    value: Slot<T>,
}

impl<T> OnceLock<T> {
    /// [`std::sync::OnceLock::new`]
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        let progress = Progress::new(ObjectKind::OnceLock, Location::caller());
        Self { progress, value: Slot::new() }
    }

    /// [`std::sync::OnceLock::get`]
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        let complete = self.progress.is_complete(self.object(), Location::caller());
        scheduler::note(Value::Flag(complete));
        if complete { self.value.get() } else { None }
    }

    /// [`std::sync::OnceLock::get_mut`]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// [`std::sync::OnceLock::wait`]
    #[track_caller]
    pub fn wait(&self) -> &T {
        // Without `settled`, it waits for completion only, so it never returns poisoned.
        let _ = self.progress.wait(self.object(), Operation::Get, false, Location::caller());
        self.written()
    }

    /// [`std::sync::OnceLock::set`]
    ///
    /// # Errors
    /// The value, if the cell already holds one.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let turn = self.progress.begin(self.object(), Operation::Set, true, Location::caller());
        let turn = turn.ok().flatten();
        scheduler::note(Value::Flag(turn.is_some()));
        let Some(turn) = turn else {
            return Err(value);
        };
        self.value.set(value);
        turn.complete_at_once();
        Ok(())
    }

    /// [`std::sync::OnceLock::get_or_init`]
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        let turn = self.progress.begin(self.object(), Operation::Get, true, Location::caller());
        if let Ok(Some(turn)) = turn {
            self.value.set(f());
            turn.complete();
        }
        self.written()
    }

    /// [`std::sync::OnceLock::into_inner`]
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// [`std::sync::OnceLock::take`]
    pub fn take(&mut self) -> Option<T> {
        self.progress.reset();
        self.value.take()
    }

    fn written(&self) -> &T {
        self.value.get().expect("a complete OnceLock has its value")
    }

    fn object(&self) -> Option<ObjectId> {
        self.progress.object(|| self.value.forget())
    }

    /// The value, without a scheduling point.
    #[track_caller]
    fn peek(&self) -> Option<&T> {
        self.object();
        if self.progress.peek() { self.value.get() } else { None }
    }
}

impl<T> Default for OnceLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_tuple("OnceLock");
        match self.peek() {
            Some(value) => text.field(value),
            None => text.field(&format_args!("<uninit>")),
        };
        text.finish()
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.get().map_or_else(Self::new, |value| Self::from(value.clone()))
    }
}

impl<T> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        let slot = Slot::new();
        slot.set(value);
        Self { progress: Progress::done(ObjectKind::OnceLock, Location::caller()), value: slot }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}
