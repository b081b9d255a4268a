use explorer::threads;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

/// [`std::thread::LocalKey`]
///
/// Each thread of the program has its own value, made on first use in each execution and dropped
/// when the thread ends.
pub struct LocalKey<T: 'static> {
    init: fn() -> T,
    /// The key's address is its identity, so the key must not be zero-sized.
    _address: u8,
}

/// [`std::thread::AccessError`]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl std::error::Error for AccessError {}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> Self {
        Self { init, _address: 0 }
    }

    /// [`std::thread::LocalKey::with`]
    ///
    /// # Panics
    /// If the thread's value has already been destroyed.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        f(&self.value(self.init))
    }

    /// [`std::thread::LocalKey::try_with`]
    ///
    /// # Errors
    /// The thread's value has already been destroyed.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        self.find(self.init).map(|value| f(&value)).ok_or(AccessError)
    }

    #[track_caller]
    fn value(&'static self, init: impl FnOnce() -> T) -> Rc<T> {
        match self.find(init) {
            Some(value) => value,
            None => panic!(
                "cannot access a Thread Local Storage value during or after destruction: \
                 {AccessError:?}"
            ),
        }
    }

    /// The thread's value, made by `init` on first use. `None` if it has been destroyed.
    fn find(&'static self, init: impl FnOnce() -> T) -> Option<Rc<T>> {
        threads::local(std::ptr::from_ref(self).addr(), init)
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// [`std::thread::LocalKey::set`]
    #[track_caller]
    pub fn set(&'static self, value: T) {
        let mut value = Some(value);
        let cell = self.value(|| Cell::new(value.take().expect("the key is made once")));
        // On first use, setting replaces initialising.
        if let Some(value) = value {
            cell.set(value);
        }
    }

    /// [`std::thread::LocalKey::get`]
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// [`std::thread::LocalKey::take`]
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// [`std::thread::LocalKey::replace`]
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// [`std::thread::LocalKey::with_borrow`]
    #[track_caller]
    pub fn with_borrow<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.with(|cell| f(&cell.borrow()))
    }

    /// [`std::thread::LocalKey::with_borrow_mut`]
    #[track_caller]
    pub fn with_borrow_mut<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R,
    {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// [`std::thread::LocalKey::set`]
    #[track_caller]
    pub fn set(&'static self, value: T) {
        let mut value = Some(value);
        let cell = self.value(|| RefCell::new(value.take().expect("the key is made once")));
        if let Some(value) = value {
            *cell.borrow_mut() = value;
        }
    }

    /// [`std::thread::LocalKey::take`]
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// [`std::thread::LocalKey::replace`]
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// [`std::thread_local!`]
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@one $(#[$attr])* $vis $name, $t, const $init);
        $($crate::thread_local!($($rest)*);)?
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@one $(#[$attr])* $vis $name, $t, $init);
        $($crate::thread_local!($($rest)*);)?
    };
    (@one $(#[$attr:meta])* $vis:vis $name:ident, $t:ty, $init:expr) => {
        $(#[$attr])*
        $vis static $name: $crate::thread::LocalKey<$t> = {
            fn init() -> $t {
                $init
            }
            $crate::thread::LocalKey::new(init)
        };
    };
}
