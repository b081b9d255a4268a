//! [`mod@std::panic`] without the panic hook: a check that could replace it could end the process.

pub use ::std::panic::{
    AssertUnwindSafe, Location, RefUnwindSafe, UnwindSafe, catch_unwind, panic_any, resume_unwind,
};
