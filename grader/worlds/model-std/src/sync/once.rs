use super::progress::{Poisoned, Progress};
use explorer::{ObjectId, scheduler};
use record::{ObjectKind, Operation, Value};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// [`std::sync::Once`]
pub struct Once {
    progress: Progress,
}

/// [`std::sync::ONCE_INIT`]
#[deprecated(since = "1.38.0", note = "the `Once::new()` function is now preferred")]
#[expect(clippy::declare_interior_mutable_const, reason = "as in std")]
pub const ONCE_INIT: Once = Once::new();

/// [`std::sync::OnceState`]
pub struct OnceState {
    poisoned: bool,
    /// `Send` but not `Sync`, as in std.
    like: PhantomData<Cell<()>>,
}

impl Once {
    /// [`std::sync::Once::new`]
    #[track_caller]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "as in std")]
    pub const fn new() -> Self {
        Self { progress: Progress::new(ObjectKind::Once, Location::caller()) }
    }

    /// [`std::sync::Once::call_once`]
    ///
    /// # Panics
    /// If an earlier closure panicked.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        let turn =
            self.progress.begin(self.object(), Operation::CallOnce, false, Location::caller());
        match turn {
            Ok(Some(turn)) => {
                f();
                turn.complete();
            }
            Ok(None) => {}
            Err(Poisoned) => panic_poisoned(),
        }
    }

    /// [`std::sync::Once::call_once_force`]
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        let turn =
            self.progress.begin(self.object(), Operation::CallOnce, true, Location::caller());
        if let Ok(Some(turn)) = turn {
            f(&OnceState { poisoned: turn.was_poisoned, like: PhantomData });
            turn.complete();
        }
    }

    /// [`std::sync::Once::is_completed`]
    #[track_caller]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        let complete = self.progress.is_complete(self.object(), Location::caller());
        scheduler::note(Value::Flag(complete));
        complete
    }

    /// [`std::sync::Once::wait`]
    ///
    /// # Panics
    /// If the closure panicked.
    #[track_caller]
    pub fn wait(&self) {
        let at = Location::caller();
        if let Err(Poisoned) = self.progress.wait(self.object(), Operation::CallOnce, true, at) {
            panic_poisoned();
        }
    }

    /// [`std::sync::Once::wait_force`]
    #[track_caller]
    pub fn wait_force(&self) {
        // Without `settled`, it waits for completion only, so it never returns poisoned.
        let _ = self.progress.wait(self.object(), Operation::CallOnce, false, Location::caller());
    }

    fn object(&self) -> Option<ObjectId> {
        self.progress.object(|| ())
    }
}

#[track_caller]
fn panic_poisoned() -> ! {
    panic!("Once instance has previously been poisoned")
}

impl OnceState {
    /// [`std::sync::OnceState::is_poisoned`]
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceState").field("poisoned", &self.is_poisoned()).finish()
    }
}
