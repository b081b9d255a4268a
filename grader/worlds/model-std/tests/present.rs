//! What the worlds have: all the real modules and macros, except those that they withhold on
//! purpose.

#![allow(unused_imports, reason = "the test is that they can be imported")]
#![expect(clippy::legacy_numeric_constants, reason = "the modules exist, so they may be named")]

macro_rules! std_has {
    ($($name:ident: $world:ident),+ $(,)?) => {$(
        mod $name {
            use ::$world::{
                alloc, any, array, ascii, borrow, boxed, cell, char, clone, cmp, collections, convert,
                default, error, f32, f64, ffi, fmt, future, hash, hint, i8, i16, i32, i64, i128, io,
                isize, iter, marker, mem, num, ops, option, panic, pin, prelude, primitive, ptr, range,
                rc, result, slice, str, string, sync, task, thread, time, u8, u16, u32, u64, u128,
                usize, vec,
            };
            use ::$world::{
                assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat, dbg,
                debug_assert, debug_assert_eq, debug_assert_ne, env, eprint, eprintln, file, format,
                format_args, include, include_bytes, include_str, line, matches, module_path,
                option_env, print, println, stringify, thread_local, todo, unimplemented, unreachable,
                write, writeln,
            };
            use ::$world::prelude::{rust_2015, rust_2018, rust_2021, rust_2024, v1};
            use self::panic::{AssertUnwindSafe, Location, RefUnwindSafe, UnwindSafe};
            use self::panic::{catch_unwind, panic_any, resume_unwind};
            use sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, compiler_fence, fence};
            use sync::mpsc::{
                IntoIter, Iter, Receiver, RecvError, RecvTimeoutError, SendError, Sender, SyncSender,
                TryIter, TryRecvError, TrySendError, channel, sync_channel,
            };
            use sync::{
                Arc, Barrier, BarrierWaitResult, Condvar, LazyLock, LockResult, Mutex, MutexGuard, Once,
                OnceLock, OnceState, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
                TryLockError, TryLockResult, WaitTimeoutResult, Weak,
            };
            use thread::{
                AccessError, Builder, JoinHandle, LocalKey, Result, Scope, ScopedJoinHandle, Thread,
                ThreadId, available_parallelism, current, panicking, park, park_timeout, scope, sleep,
                spawn, yield_now,
            };
            use time::{
                Duration, Instant, SystemTime, SystemTimeError, TryFromFloatSecsError, UNIX_EPOCH,
            };

            #[test]
            fn the_prelude_is_the_worlds_own() {
                ::$world::prelude::rust_2024::thread_local!(static KEY: u8 = const { 1 });
                ::$world::prelude::v1::thread_local!(static OTHER: u8 = const { 2 });
                let keys: [&LocalKey<u8>; 2] = [&KEY, &OTHER];
                assert_eq!(keys.len(), 2);
            }

            #[test]
            fn panic_is_a_macro_as_well_as_a_module() {
                assert!(catch_unwind(|| ::$world::panic!("{}", 1)).is_err());
            }
        }
    )+};
}

macro_rules! core_has {
    ($($name:ident: $world:ident),+ $(,)?) => {$(
        mod $name {
            use ::$world::{
                alloc, any, array, ascii, borrow, cell, char, clone, cmp, convert, default, error, f32,
                f64, ffi, fmt, future, hash, hint, i8, i16, i32, i64, i128, isize, iter, marker, mem,
                num, ops, option, panic, pin, prelude, primitive, ptr, range, result, slice, str, sync,
                task, time, u8, u16, u32, u64, u128, usize,
            };
            use ::$world::{
                assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat,
                debug_assert, debug_assert_eq, debug_assert_ne, env, file, format_args, include,
                include_bytes, include_str, line, matches, module_path, option_env, stringify, todo,
                unimplemented, unreachable, write, writeln,
            };
            use sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, compiler_fence, fence};

            #[test]
            fn panic_is_a_macro_as_well_as_a_module() {
                assert!(std::panic::catch_unwind(|| ::$world::panic!("{}", 1)).is_err());
            }
        }
    )+};
}

std_has!(real_std: std, in_model_std: model_std, in_native_std: native_std);
core_has!(real_core: core, in_model_core: model_core, in_native_core: native_core);
