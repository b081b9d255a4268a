use super::progress::{Poisoned, Progress};
use super::slot::Slot;
use explorer::{ObjectId, scheduler};
use record::{ObjectKind, Operation, Value};
use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

/// [`std::sync::LazyLock`]
///
/// One in a `static` is initialised afresh in each execution.
pub struct LazyLock<T, F = fn() -> T> {
    progress: Progress,
    value: Slot<T>,
    init: Mutex<Option<F>>,
    /// Makes it `Send` and `Sync` exactly when std's type is.
    like: PhantomData<std::sync::LazyLock<T, F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// [`std::sync::LazyLock::new`]
    #[track_caller]
    pub const fn new(f: F) -> Self {
        Self {
            progress: Progress::new(ObjectKind::LazyLock, Location::caller()),
            value: Slot::new(),
            init: Mutex::new(Some(f)),
            like: PhantomData,
        }
    }

    /// [`std::sync::LazyLock::force`]
    ///
    /// If the initialiser has panicked before.
    /// If the initialiser panicked before.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        let at = Location::caller();
        match this.progress.begin(this.object(), Operation::Get, false, at) {
            Ok(Some(turn)) => {
                let init = this.init(at);
                this.value.set(init());
                turn.complete();
            }
            Ok(None) => {}
            Err(Poisoned) => panic_poisoned(),
        }
        this.value.get().expect("a complete LazyLock has its value")
    }

    /// [`std::sync::LazyLock::force_mut`]
    ///
    /// # Panics
    /// If the initialiser has panicked before.
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        if this.progress.is_poisoned() {
            panic_poisoned();
        }
        if !this.progress.peek() {
            let init = this.init(Location::caller());
            // If the initialiser panics, this is the state left behind.
            this.progress.settle(Err(Poisoned));
            this.value.set(init());
            this.progress.settle(Ok(()));
        }
        this.value.get_mut().expect("a complete LazyLock has its value")
    }

    /// Takes the initialiser, which is used once. In a `static` it is used once in each execution.
    fn init(&self, at: &'static Location<'static>) -> F {
        let mut init = self.init.lock().unwrap_or_else(PoisonError::into_inner);
        if type_name::<F>() == type_name::<fn() -> T>()
            && let Some(init) = &*init
        {
            // SAFETY: `F` is a function pointer, which is `Copy`: no other type has a name of this
            // form.
            return unsafe { std::ptr::read(init) };
        }
        init.take().unwrap_or_else(|| {
            scheduler::refuse(
                "a `LazyLock` in a `static` is initialised again in every schedule, \
                 so its initialiser must be a plain `fn() -> T`"
                    .to_owned(),
                at,
            )
        })
    }
}

impl<T, F> LazyLock<T, F> {
    /// [`std::sync::LazyLock::get_mut`]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.value.get_mut()
    }

    /// [`std::sync::LazyLock::get`]
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        let complete = this.progress.is_complete(this.object(), Location::caller());
        scheduler::note(Value::Flag(complete));
        if complete { this.value.get() } else { None }
    }

    fn object(&self) -> Option<ObjectId> {
        self.progress.object(|| self.value.forget())
    }
}

#[track_caller]
fn panic_poisoned() -> ! {
    panic!("LazyLock instance has previously been poisoned")
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object();
        let mut text = f.debug_tuple("LazyLock");
        match self.value.get().filter(|_| self.progress.peek()) {
            Some(value) => text.field(value),
            None => text.field(&format_args!("<uninit>")),
        };
        text.finish()
    }
}
