//! `std` on loom, as far as possible: there is no clock, and timeouts never fire.
//!
//! A check compiled against it is explored with a preemption bound of 2, up to the order's budget
//! of systematic schedules. Anything loom cannot express does not compile, or panics with "loom
//! cannot express this".

#[doc(hidden)]
pub mod check;
mod scope;
#[path = "../../shuttle-std/src/time.rs"]
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

pub use loom::{hint, thread_local};

/// Loom's primitives, with std's own `Arc`: loom's is not needed to find these faults, and cannot
/// be turned into an `Arc<dyn Trait>`.
pub mod sync {
    pub use loom::sync::{
        Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
        atomic, mpsc,
    };
    pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};
}

/// Loom's threads. No thread really sleeps.
pub mod thread {
    pub use crate::scope::{Scope, ScopedJoinHandle, scope};
    pub use loom::thread::{
        Builder, JoinHandle, Thread, ThreadId, current, park, spawn, yield_now,
    };
    pub use std::thread::{Result, panicking};

    /// A sleeping thread lets others run.
    pub fn sleep(_: std::time::Duration) {
        yield_now();
    }
}
