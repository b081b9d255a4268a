//! What a check can ask the model, and no program can see with plain `std`.
//!
//! "Never waits" is a promise that no clock can test: on a real machine every call takes time, and
//! on a virtual clock a thread that sleeps until another one has run takes none. The model knows.
//! The same goes for threads that are left over, and for a schedule that must not be interrupted for
//! a hundred thousand steps.
//!
//! A check that uses this crate still compiles and passes under `cargo test`, and runs in the native
//! world, where there is nobody to ask: there every function says what lets the check pass. So a
//! check whose only assertion is a question to the model belongs in the model alone.
//!
//! Only checks depend on this crate. An answer cannot.
//!
//! At the desk, under `cargo test`, it also names the tests that do not end.

mod watchdog;

use std::sync::OnceLock;

/// The model, as far as this crate needs it.
pub trait Model: Sync {
    /// How often the current thread has gone to sleep so far.
    fn sleeps(&self) -> u32;
    /// How many threads live, the check's own included.
    fn living(&self) -> usize;
    /// From now on, the current thread runs without interruption until it waits; or, if not `on`,
    /// does so no longer.
    fn set_uninterrupted(&self, on: bool);
}

static MODEL: OnceLock<&'static dyn Model> = OnceLock::new();

/// Makes `model` the one that is asked. The model calls this once, before the check begins.
pub fn register(model: &'static dyn Model) {
    // A process has one model.
    let _ = MODEL.set(model);
}

/// Whether the calling thread goes to sleep during `call`: whether it waits for a notification, an
/// unpark, a message, the end of a thread, or for time to pass. Waiting for a lock does not count:
/// every call may have to, and none can tell how long.
///
/// Without a model, false.
pub fn sleeps<R>(call: impl FnOnce() -> R) -> bool {
    let before = MODEL.get().map(|model| model.sleeps());
    call();
    MODEL.get().map(|model| model.sleeps()) > before
}

/// How many threads live, besides the check's own. `expected` without a model.
pub fn other_threads(expected: usize) -> usize {
    MODEL.get().map_or(expected, |model| model.living() - 1)
}

/// Calls `f` under a schedule in which no other thread runs meanwhile, unless this one has to wait.
/// Such a schedule is always possible, but a search would never find it if `f` takes long.
///
/// Without a model, just calls `f`.
pub fn uninterrupted<R>(f: impl FnOnce() -> R) -> R {
    struct Section;

    impl Section {
        fn set(on: bool) {
            if let Some(model) = MODEL.get() {
                model.set_uninterrupted(on);
            }
        }
    }

    impl Drop for Section {
        fn drop(&mut self) {
            Section::set(false);
        }
    }

    Section::set(true);
    let _section = Section;
    f()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_model_every_answer_lets_a_check_pass() {
        assert!(!sleeps(|| std::thread::sleep(std::time::Duration::from_millis(1))));
        assert_eq!(other_threads(3), 3);
        assert_eq!(uninterrupted(|| 7), 7);
    }
}
