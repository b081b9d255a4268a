//! `core` in the model world: the real one, except for the atomics and `hint::spin_loop`, which are
//! scheduling points. Without this crate, `core::sync::atomic` would be a way out of the model.

#![expect(clippy::legacy_numeric_constants, reason = "the modules exist, so they may be named")]

// `panic` names both a module and a macro.
pub use ::core::{
    alloc, any, array, ascii, borrow, cell, char, clone, cmp, convert, default, error, f32, f64,
    ffi, fmt, future, hash, i8, i16, i32, i64, i128, isize, iter, marker, mem, num, ops, option,
    panic, pin, prelude, primitive, ptr, range, result, slice, str, task, time, u8, u16, u32, u64,
    u128, usize,
};
pub use ::core::{
    assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat, debug_assert,
    debug_assert_eq, debug_assert_ne, env, file, format_args, include, include_bytes, include_str,
    line, matches, module_path, option_env, stringify, todo, unimplemented, unreachable, write,
    writeln,
};
pub use model_std::hint;

/// [`core::sync`], with the model's atomics.
pub mod sync {
    pub use model_std::sync::atomic;
}
