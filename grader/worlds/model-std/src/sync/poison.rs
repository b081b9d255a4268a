//! What the locks share: poisoning, and the refusal of a lock that was leaked.

use explorer::{Announcement, ObjectId, scheduler};
use record::Operation;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Ends the search: a lock outside all statics has outlived an execution, so the program keeps it
/// somewhere that the model does not know, and its initial value is gone.
pub(super) fn refuse_leaked(what: &str, at: &'static Location<'static>) -> ! {
    scheduler::refuse(
        format!(
            "a `{what}` that was made in one schedule is used in another. \
             Make it in a `static`, in a `LazyLock`, or in the struct that the threads share"
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
