//! [`mod@std::panic`] without the panic hook: a check that could replace it could end the process.

pub use ::std::panic::{AssertUnwindSafe, Location, RefUnwindSafe, UnwindSafe, panic_any};

use crate::thread;
use explorer::unwinding;
use std::any::Any;

/// [`std::panic::catch_unwind`]
///
/// # Errors
/// The payload, if `f` panics.
pub fn catch_unwind<F: FnOnce() -> R + UnwindSafe, R>(f: F) -> thread::Result<R> {
    let result = ::std::panic::catch_unwind(f);
    if result.is_err() {
        unwinding::end();
    }
    result
}

/// [`std::panic::resume_unwind`]
pub fn resume_unwind(payload: Box<dyn Any + Send>) -> ! {
    unwinding::begin();
    ::std::panic::resume_unwind(payload)
}
