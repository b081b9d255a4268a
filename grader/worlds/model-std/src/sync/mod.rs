//! [`std::sync`] on the explorer.

pub mod atomic;
mod barrier;
mod condvar;
mod lazy_lock;
pub mod mpsc;
mod mutex;
mod once;
mod once_lock;
mod progress;
mod rwlock;
mod slot;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once::{Once, OnceState};
pub use once_lock::OnceLock;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use ::std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};

use explorer::{Announcement, ObjectId, door};
use record::Operation;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A lock in a `static` keeps its value from one execution to the next, and nobody can tell what it
/// was in the beginning.
fn refuse_static(what: &str, at: &'static Location<'static>) -> ! {
    explorer::door::refuse(
        format!(
            "a `{what}` in a `static` keeps its value from one schedule to the next. \
             Make it a field of the struct that the threads share"
        ),
        at,
    )
}

/// Whether a lock is poisoned. Others may poison it meanwhile, so this is a scheduling point.
fn load_poison(
    flag: &AtomicBool,
    object: Option<ObjectId>,
    at: &'static Location<'static>,
) -> bool {
    if let Some(object) = object {
        door::enter(Announcement::new(Operation::Load, at).on(object));
    }
    flag.load(Relaxed)
}

/// Make a lock sound again.
fn clear_poison(flag: &AtomicBool, object: Option<ObjectId>, at: &'static Location<'static>) {
    if let Some(object) = object {
        door::enter(Announcement::new(Operation::Store, at).on(object));
    }
    flag.store(false, Relaxed);
}
