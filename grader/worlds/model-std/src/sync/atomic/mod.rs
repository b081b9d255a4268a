//! [`std::sync::atomic`]: every operation is a scheduling point. All orderings are treated as
//! `SeqCst`.
//!
//! An atomic in a `static` starts afresh in each execution.

mod shared;

pub use ::std::sync::atomic::Ordering;

use self::shared::{atomic, fetch, fetch_pointer};
use explorer::{Announcement, Handle, ObjectId, Use, WaitResult, scheduler};
use record::{ObjectKind, Operation, Value};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{self as real};

/// [`std::sync::atomic::fence`]: a scheduling point, and nothing more in a model in which every
/// operation is `SeqCst`.
///
/// # Panics
/// If `order` is `Relaxed`.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Relaxed, "there is no such thing as a relaxed fence");
    scheduler::announce(Announcement::new(Operation::Fence, Location::caller()));
}

/// [`std::sync::atomic::compiler_fence`]
///
/// # Panics
/// If `order` is `Relaxed`.
#[track_caller]
pub fn compiler_fence(order: Ordering) {
    real::compiler_fence(order);
}

/// [`std::sync::atomic::spin_loop_hint`]
#[deprecated(since = "1.51.0", note = "use hint::spin_loop instead")]
#[track_caller]
pub fn spin_loop_hint() {
    crate::hint::spin_loop();
}

/// [`std::sync::atomic::ATOMIC_BOOL_INIT`]
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(clippy::declare_interior_mutable_const, reason = "as in std")]
pub const ATOMIC_BOOL_INIT: AtomicBool = AtomicBool::new(false);
/// [`std::sync::atomic::ATOMIC_ISIZE_INIT`]
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(clippy::declare_interior_mutable_const, reason = "as in std")]
pub const ATOMIC_ISIZE_INIT: AtomicIsize = AtomicIsize::new(0);
/// [`std::sync::atomic::ATOMIC_USIZE_INIT`]
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(clippy::declare_interior_mutable_const, reason = "as in std")]
pub const ATOMIC_USIZE_INIT: AtomicUsize = AtomicUsize::new(0);

/// How a value appears in a trace.
///
/// Addresses are left out: they differ from run to run, and a trace must not.
trait Recordable: Copy {
    fn read(self) -> Option<Value>;
    fn change(self, to: Self) -> Option<Value>;
}

/// Numbers from here up are most likely addresses.
const ADDRESSES: u128 = 1 << 40;

/// Whether a trace can show this number.
fn is_telling(number: i128) -> bool {
    number.unsigned_abs() < ADDRESSES
}

fn note(value: impl FnOnce() -> Option<Value>) {
    if scheduler::is_traced()
        && let Some(value) = value()
    {
        scheduler::note(value);
    }
}

macro_rules! integer {
    ($($name:ident $value:ident $kind:ident $wide:ty),+ $(,)?) => {$(
        impl Recordable for $value {
            fn read(self) -> Option<Value> {
                is_telling(self as i128).then_some(Value::$kind(self as $wide))
            }

            fn change(self, to: Self) -> Option<Value> {
                let (from, to) = (self as i128, to as i128);
                (is_telling(from) && is_telling(to)).then_some(Value::Changed { from, to })
            }
        }

        atomic!(
            /// As in [`std::sync::atomic`].
            $name, $value, real::$name
        );

        fetch!(
            $name, $value,
            fetch_add, fetch_sub, fetch_and, fetch_nand, fetch_or, fetch_xor, fetch_max, fetch_min,
        );

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }
    )+};
}

integer! {
    AtomicU8 u8 Unsigned u64,
    AtomicU16 u16 Unsigned u64,
    AtomicU32 u32 Unsigned u64,
    AtomicU64 u64 Unsigned u64,
    AtomicUsize usize Unsigned u64,
    AtomicI8 i8 Signed i64,
    AtomicI16 i16 Signed i64,
    AtomicI32 i32 Signed i64,
    AtomicI64 i64 Signed i64,
    AtomicIsize isize Signed i64,
}

impl Recordable for bool {
    fn read(self) -> Option<Value> {
        Some(Value::Flag(self))
    }

    fn change(self, to: Self) -> Option<Value> {
        Some(Value::Switched { from: self, to })
    }
}

atomic!(
    /// [`std::sync::atomic::AtomicBool`]
    AtomicBool, bool, real::AtomicBool
);

fetch!(AtomicBool, bool, fetch_and, fetch_nand, fetch_or, fetch_xor,);

impl AtomicBool {
    /// [`std::sync::atomic::AtomicBool::fetch_not`]
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        Self::new(false)
    }
}

impl<T> Recordable for *mut T {
    fn read(self) -> Option<Value> {
        None
    }

    fn change(self, _to: Self) -> Option<Value> {
        None
    }
}

atomic!(
    /// [`std::sync::atomic::AtomicPtr`]
    AtomicPtr<T>, *mut T, real::AtomicPtr<T>
);

fetch_pointer!(
    fetch_ptr_add,
    fetch_ptr_sub,
    fetch_byte_add,
    fetch_byte_sub,
    fetch_or,
    fetch_and,
    fetch_xor,
);

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.value, f)
    }
}

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}
