//! What the locks have in common: the mark of a panic, and why none may be in a `static`.

use explorer::{Announcement, ObjectId, door};
use record::Operation;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A lock in a `static` keeps its value from one execution to the next, and nobody can tell what it
/// was in the beginning.
pub(super) fn refuse_static(what: &str, at: &'static Location<'static>) -> ! {
    door::refuse(
        format!(
            "a `{what}` in a `static` keeps its value from one schedule to the next. \
             Make it a field of the struct that the threads share"
        ),
        at,
    )
}

/// Whether a lock is poisoned. Others may poison it meanwhile, so this is a scheduling point.
pub(super) fn load_poison(
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
pub(super) fn clear_poison(
    flag: &AtomicBool,
    object: Option<ObjectId>,
    at: &'static Location<'static>,
) {
    if let Some(object) = object {
        door::enter(Announcement::new(Operation::Store, at).on(object));
    }
    flag.store(false, Relaxed);
}
