//! Names that the worlds do not have.
//!
//! This file is its own test: it compiles only if these names do not exist. A name that two globs
//! import is ambiguous, so each name is imported once from a decoy and, if the world had it, a
//! second time.

#![expect(non_camel_case_types, reason = "decoys have the names they stand for")]
#![expect(unreachable_pub, reason = "a glob imports only public names")]
#![expect(unused_imports, reason = "the globs are meant to import nothing")]

macro_rules! absent {
    ($($name:ident in $world:path: $($item:ident)+;)+) => {$(
        mod $name {
            mod decoy {
                $(pub struct $item;)+
            }
            use $world::*;
            use decoy::*;

            #[test]
            fn is_absent() {
                $({
                    let _: $item = $item;
                })+
            }
        }
    )+};
}

// Names that reach outside the process, or that would reveal which machine this is.
absent! {
    model_std in model_std: backtrace env fs net os path process random;
    native_std in native_std: backtrace env fs net os path process random;
    model_core in model_core: arch net;
    native_core in native_core: arch net;
    model_panic in model_std::panic: PanicHookInfo set_hook take_hook update_hook;
    native_panic in native_std::panic: PanicHookInfo set_hook take_hook update_hook;
    model_io in model_std::io: PipeReader PipeWriter Stdin StdinLock pipe stdin;
    native_io in native_std::io: PipeReader PipeWriter Stdin StdinLock pipe stdin;
}

// Primitives that the model does not have. A real one would block the explorer.
absent! {
    model_sync in model_std::sync: Exclusive MappedMutexGuard MappedRwLockReadGuard
        MappedRwLockWriteGuard ReentrantLock ReentrantLockGuard mpmc nonpoison oneshot poison;
    model_atomic in model_std::sync::atomic: Atomic AtomicI128 AtomicU128;
    model_thread in model_std::thread: local_impl sleep_until spawn_unchecked;
    core_sync in model_core::sync: Arc Condvar Exclusive Mutex OnceLock;
}
