//! What the locks share: poisoning, and the refusal of a lock in a `static`.

use explorer::{Announcement, ObjectId, scheduler};
use record::Operation;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Ends the search: a lock in a `static` keeps its value from one execution to the next, and its
/// initial value is no longer known.
pub(super) fn refuse_static(what: &str, at: &'static Location<'static>) -> ! {
    scheduler::refuse(
        format!(
            "a `{what}` in a `static` keeps its value from one schedule to the next. \
             Make it a field of the struct that the threads share"
        ),
        at,
    )
}

/// Whether a lock is poisoned. Other threads may poison it in the meantime, so this is a scheduling
/// point.
pub(super) fn load_poison(
    flag: &AtomicBool,
    object: Option<ObjectId>,
    at: &'static Location<'static>,
) -> bool {
    if let Some(object) = object {
        scheduler::announce(Announcement::new(Operation::Load, at).on(object));
    }
    flag.load(Relaxed)
}

/// Clears a lock's poison. A scheduling point.
pub(super) fn clear_poison(
    flag: &AtomicBool,
    object: Option<ObjectId>,
    at: &'static Location<'static>,
) {
    if let Some(object) = object {
        scheduler::announce(Announcement::new(Operation::Store, at).on(object));
    }
    flag.store(false, Relaxed);
}
