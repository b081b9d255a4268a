//! `std` in the model world.
//!
//! A crate that depends on this one under the name `std` is compiled against it instead of the real
//! standard library: its `sync`, `thread` and `time` run on a schedule explorer with a virtual
//! clock, and its prelude's `test` explores schedules. Nothing in that crate's own source changes.
//!
//! Everything that neither synchronises nor reaches outside the process is the real item,
//! re-exported. What is not listed here does not exist: using `std::fs`, `process`, `env`, `net`,
//! `os` or `path` is a compile error, and so is using any primitive that the model does not have.
//! No real primitive is passed through, because one that blocks would block the explorer.
//!
//! Differences from std, and the reasons:
//!
//! * Orderings weaker than `SeqCst` are accepted and treated as `SeqCst`.
//! * [`Arc`](sync::Arc) is the real one. It never blocks, and its counts are not scheduling points.
//! * Time is virtual: it passes when every thread is waiting or, if the check allows it, early. A
//!   timed wait of zero length takes a nanosecond; otherwise a loop that waits for the remaining
//!   time would never end.
//! * The system's clock ([`SystemTime`](time::SystemTime)) is set back by an hour whenever time has passed
//!   between two readings, as anybody may set it.
//! * A reader that comes while a writer is waiting for an [`RwLock`](sync::RwLock) gets in or stands
//!   in line: the schedule decides.
//! * Thread-local values are destroyed before their thread counts as finished.
//! * Hash maps iterate in the same order every time.
//! * [`available_parallelism`](thread::available_parallelism) is 2 on every machine.
//! * Absent, besides whatever reaches outside the process: raw access to an atomic (`as_ptr`,
//!   `from_ptr`), the panic hook, pipes and standard input, and `Builder::spawn_unchecked`.
//! * A `static` starts afresh in each execution if it is one of the primitives, or `thread_local!`.
//!   (Values in other statics, such as `static mut`, stay.)

#![expect(clippy::legacy_numeric_constants, reason = "the modules exist, so they may be named")]

#[doc(hidden)]
pub mod check;
pub mod collections;
pub mod hash;
pub mod hint;
pub mod io;
pub mod panic;
pub mod sync;
pub mod thread;
pub mod time;

// Kept by both worlds. `vec` names both a module and a macro.
pub use ::std::{
    alloc, any, array, ascii, borrow, boxed, cell, char, clone, cmp, convert, default, error, f32,
    f64, ffi, fmt, future, i8, i16, i32, i64, i128, isize, iter, marker, mem, num, ops, option,
    pin, primitive, ptr, range, rc, result, slice, str, string, task, u8, u16, u32, u64, u128,
    usize, vec,
};
pub use ::std::{
    assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat, dbg,
    debug_assert, debug_assert_eq, debug_assert_ne, eprint, eprintln, file, format, format_args,
    include, include_bytes, include_str, line, matches, module_path, option_env, print, println,
    stringify, todo, unimplemented, unreachable, write, writeln,
};
// Only the macro: at the crate root, `env` names a module as well.
pub use ::std::prelude::v1::env;
// `panic` also names both a module and a macro: this crate's module hides the one this glob
// imports.
pub use macros::*;

mod macros {
    pub use ::std::panic;
}

/// What every module sees without importing it.
pub mod prelude {
    macro_rules! preludes {
        ($($edition:ident),+) => {$(
            /// The real prelude of the same name, with the world's own `test` and the world's own
            /// `thread_local!`, because the real prelude brings in the real one.
            pub mod $edition {
                pub use crate::thread_local;
                pub use ::std::prelude::$edition::*;
                pub use world_macros::test;
            }
        )+};
    }

    preludes!(v1, rust_2015, rust_2018, rust_2021, rust_2024);
}
