use super::lib;

pub(crate) mod atomic;
pub(crate) mod auto_traits;
pub(crate) mod barrier;
pub(crate) mod collections;
pub(crate) mod condvar;
pub(crate) mod hint_and_time;
pub(crate) mod lazy_lock;
pub(crate) mod mpsc;
pub(crate) mod mutex;
pub(crate) mod once;
pub(crate) mod once_lock;
pub(crate) mod panicking;
pub(crate) mod rwlock;
pub(crate) mod scope;
pub(crate) mod thread;
pub(crate) mod thread_local;

/// The payload with which `f` panics.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    match lib::panic::catch_unwind(lib::panic::AssertUnwindSafe(f)) {
        Ok(_) => "no panic".to_owned(),
        Err(payload) => text(&*payload),
    }
}

/// A panic's payload, and which string type it has.
fn text(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return format!("{text:?}");
    }
    payload
        .downcast_ref::<String>()
        .map_or_else(|| "?".to_owned(), |text| format!("String {text:?}"))
}
