//! `std` in the native world: the real one, minus everything that reaches outside the process.
//!
//! A crate that depends on this one under the name `std` is compiled against it instead of the real
//! standard library. Its threads are OS threads and its primitives are the real ones, so it shows
//! what only a real machine can show: blocking that the model knows nothing of, spinning, and
//! crashes. Its prelude's `test` runs a check many times.
//!
//! What is not listed here does not exist: using `std::fs`, `process`, `env`, `net`, `os` or `path`
//! is a compile error, as in the model. The two worlds have the same modules and macros.

#![expect(clippy::legacy_numeric_constants, reason = "the modules exist, so they may be named")]

#[doc(hidden)]
pub mod check;
pub mod io;
mod marks;
pub mod panic;
mod panics;
mod payload;
pub mod time;

pub use ::std::{hint, sync, thread, thread_local};

// Kept by both worlds. `vec` names both a module and a macro.
pub use ::std::{
    alloc, any, array, ascii, borrow, boxed, cell, char, clone, cmp, collections, convert, default,
    error, f32, f64, ffi, fmt, future, hash, i8, i16, i32, i64, i128, isize, iter, marker, mem,
    num, ops, option, pin, primitive, ptr, range, rc, result, slice, str, string, task, u8, u16,
    u32, u64, u128, usize, vec,
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
            /// The real prelude of the same name, with the world's own `test`.
            pub mod $edition {
                pub use ::std::prelude::$edition::*;
                pub use world_macros::test;
            }
        )+};
    }

    preludes!(v1, rust_2015, rust_2018, rust_2021, rust_2024);
}
