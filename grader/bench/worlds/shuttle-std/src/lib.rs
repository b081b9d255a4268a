//! `std` on raw shuttle, as far as possible: no clock, no spurious wakeups, and timeouts never
//! fire.
//!
//! A check compiled against it runs under the scheduler that `BENCH_SCHEDULER` names (`random`,
//! `pct` or `urw`), with the order's seed and its budget of random schedules.

#[doc(hidden)]
pub mod check;
pub mod time;

pub use ::std::{
    any, array, ascii, assert, assert_eq, assert_ne, borrow, boxed, cell, cfg, char, clone, cmp,
    collections, column, compile_error, concat, convert, dbg, debug_assert, debug_assert_eq,
    debug_assert_ne, default, env, eprint, eprintln, error, f32, f64, ffi, file, fmt, format,
    format_args, future, hash, include_str, io, iter, line, marker, matches, mem, module_path, num,
    ops, option, panic, pin, primitive, print, println, ptr, rc, result, slice, str, string,
    stringify, task, todo, unimplemented, unreachable, vec, write, writeln,
};

/// The prelude with this world's `test`.
pub mod prelude {
    /// The prelude of the 2024 edition.
    pub mod rust_2024 {
        pub use ::std::prelude::rust_2024::*;
        pub use world_macros::test;
    }
}

pub use shuttle::{hint, sync, thread, thread_local};
