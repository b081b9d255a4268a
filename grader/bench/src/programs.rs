//! Small programs to try the search on, each compiled against the primitives of every tool.
//!
//! A program is a function without arguments that panics, or never ends, in a schedule that fails.
//! Loom has no scoped threads, so the threads share what they use in an `Arc`. That is std's own:
//! nothing here depends on when the last owner goes.
//!
//! Several of the wrong programs are rewritten from SCTBench: P. Thomson, A. Donaldson and
//! A. Betts, "Concurrency Testing Using Controlled Schedulers: An Empirical Study", TOPC 2016.

#[macro_use]
mod blocking;
#[macro_use]
mod correct;
#[macro_use]
mod lock_free;

/// The same source, compiled against one set of primitives.
macro_rules! programs {
    ($module:ident, $root:ident) => {
        mod $module {
            use std::sync::Arc;
            use $root::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
            use $root::sync::{Condvar, Mutex, RwLock};
            use $root::thread;

            correct!();
            blocking!();
            lock_free!();

            /// Waits for all threads. Fails if one of them has panicked.
            fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
                for thread in threads {
                    thread.join().unwrap();
                }
            }
        }
    };
}

programs!(in_model, model_std);
programs!(in_shuttle, shuttle);
programs!(in_loom, loom);

/// One program, as each tool runs it.
pub struct Program {
    pub name: &'static str,
    pub model: fn(),
    pub shuttle: fn(),
    pub loom: fn(),
}

macro_rules! list {
    ($($name:ident),* $(,)?) => {
        &[$(Program {
            name: stringify!($name),
            model: in_model::$name,
            shuttle: in_shuttle::$name,
            loom: in_loom::$name,
        }),*]
    };
}

/// Every schedule of these passes.
pub const CORRECT: &[Program] = list![
    locks_2x3,
    locks_3x1,
    locks_3x2,
    two_locks_apart,
    readers_and_writer,
    queue_2x1,
    queue_2x2,
];

/// Some schedule of each of these fails.
pub const WRONG: &[Program] = list![
    reorder_3,
    reorder_5,
    reorder_10,
    reorder_20,
    twostage_10,
    twostage_20,
    philosophers_3,
    philosophers_5,
    philosophers_7,
    bluetooth,
    aba_stack,
    shared_condvar,
    lost_wakeup,
    writer_starves,
    if_for_while,
    semaphore_edge,
];

/// So do some of these, but so few that they need a larger budget.
pub const HARD: &[Program] = list![safestack];

/// The program of this name.
pub fn find(name: &str) -> Option<&'static Program> {
    CORRECT.iter().chain(WRONG).chain(HARD).find(|program| program.name == name)
}
