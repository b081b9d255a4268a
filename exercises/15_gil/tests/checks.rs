//! Who runs bytecode: one at a time, everybody in the end, and nobody because of a panic.

use gil::Gil;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// CPython's own switch interval.
const INTERVAL: Duration = Duration::from_millis(5);

/// Starts a thread that works with the Gil.
fn start<R: Send + 'static>(
    gil: &Arc<Gil>,
    work: impl FnOnce(&Gil) -> R + Send + 'static,
) -> JoinHandle<R> {
    let gil = Arc::clone(gil);
    thread::spawn(move || work(&gil))
}

/// Waits for the thread's end and hands out what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the Gil should not have panicked")
}

/// Whether `f` panics.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    panic::catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// What `f` panics with, if it does.
fn panics_with<T: 'static, R>(f: impl FnOnce() -> R) -> Option<T> {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).err()?;
    payload.downcast().ok().map(|payload| *payload)
}

/// Runs bytecode, and returns how many other threads were at it.
fn run_bytecode(inside: &AtomicU32) -> u32 {
    let others = inside.fetch_add(1, SeqCst);
    inside.fetch_sub(1, SeqCst);
    others
}

/// One thread has the Gil for itself. It runs bytecode twice, stops at a checkpoint, and gives the
/// Gil up for a moment, in which it runs some other bytecode. It must never wait for itself, and
/// must get back what its code returned. And a switch interval of zero must be refused by a panic,
/// as CPython refuses it: everybody would be asked to yield all the time. Any other one will do.
#[test]
fn a_thread_alone() {
    assert!(panics(|| Gil::new(Duration::ZERO)), "a switch interval of zero must be refused");
    assert!(!panics(|| Gil::new(Duration::from_nanos(1))), "an interval of 1 ns is not zero");

    let gil = Gil::new(INTERVAL);
    assert_eq!(gil.run(|_| "spam"), "spam", "what the bytecode returned");
    let meal = gil.run(|py| {
        py.checkpoint();
        let eggs = py.allow_threads(|| gil.run(|_| "eggs"));
        py.checkpoint();
        ("spam", eggs)
    });
    assert_eq!(meal, ("spam", "eggs"), "what the bytecode returned, the inner one's included");
}

/// Two threads run bytecode, stop at a checkpoint, give the Gil up for a moment, and run on. While
/// they run bytecode they put up a sign that says so. Nobody may ever find the other one's sign.
///
/// This is what the lock is for. The interpreter's own data (the reference counts of all objects, to
/// begin with) are changed without any other lock.
#[test]
fn one_at_a_time() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let sign = Arc::new(AtomicBool::new(false));
    let threads = [0, 1].map(|_| {
        let sign = Arc::clone(&sign);
        start(&gil, move |gil| {
            // Whether it found a sign that was not its own.
            let run_bytecode = || {
                let found = sign.swap(true, SeqCst);
                sign.store(false, SeqCst);
                found
            };
            gil.run(|py| {
                let first = run_bytecode();
                py.checkpoint();
                let second = run_bytecode();
                py.allow_threads(|| ());
                [first, second, run_bytecode()]
            })
        })
    });
    for found in threads.map(finish) {
        assert_eq!(
            found, [false; 3],
            "whether it met another thread that ran bytecode [at first, after the checkpoint, after \
             allow_threads]"
        );
    }
}

/// Three threads run bytecode with a checkpoint in between, and the first one gives the Gil up
/// besides. All of them must get through, and leave the Gil free for the next. A thread that is
/// forgotten waits for ever, and nothing in the program tells you.
#[test]
fn everybody_gets_through() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let first = start(&gil, |gil| gil.run(|py| py.allow_threads(|| 1)));
    let others = [2, 3].map(|number| {
        start(&gil, move |gil| {
            gil.run(|py| {
                py.checkpoint();
                number
            })
        })
    });
    assert_eq!(finish(first), 1, "what the first thread's bytecode returned");
    assert_eq!(others.map(finish), [2, 3], "what the other threads' bytecode returned");
    assert_eq!(gil.run(|_| 4), 4, "what the bytecode of the last one returned");
}

/// A thread's bytecode panics, while two others may be waiting for the Gil. The panic must reach
/// whoever called `run`, with what it was raised with, and the Gil must be there for the others: for one
/// of them, and then for the next. One script with a bug must not stop all the rest, nor throw the door
/// open for them.
#[test]
fn a_panic_in_the_bytecode() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let inside = Arc::new(AtomicU32::new(0));
    let unlucky =
        start(&gil, |gil| panics_with::<&str, _>(|| gil.run(|_| panic!("a bug, on purpose"))));
    let other = start(&gil, {
        let inside = Arc::clone(&inside);
        move |gil| gil.run(|_| run_bytecode(&inside))
    });
    let met = [gil.run(|_| run_bytecode(&inside)), finish(other)];
    assert_eq!(met, [0, 0], "threads that the main thread's bytecode met, and the other thread's");
    assert_eq!(finish(unlucky), Some("a bug, on purpose"), "the panic that came out of run()");
    assert_eq!(gil.run(|_| 6), 6, "bytecode that runs after the panic");
}

/// What runs in `allow_threads` panics, and the bytecode that called it catches the panic and goes
/// on, as an `except` clause does. Then it happens again, and nobody catches it. Bytecode that sees
/// a panic is bytecode still: it must have the Gil again, and give it up once, at its end. Another
/// thread runs bytecode meanwhile, and the two must not meet. And what the panic carries, here the
/// number of an error, must still be there.
#[test]
fn a_panic_while_others_run() {
    const DISK_FULL: i32 = 28;
    let gil = Arc::new(Gil::new(INTERVAL));
    let inside = Arc::new(AtomicU32::new(0));
    let write = || panic::panic_any(DISK_FULL);
    let other = start(&gil, {
        let inside = Arc::clone(&inside);
        move |gil| gil.run(|_| run_bytecode(&inside))
    });
    let (caught, met) = gil.run(|py| {
        let caught = panics_with(|| py.allow_threads(write));
        (caught, run_bytecode(&inside))
    });
    assert_eq!(caught, Some(DISK_FULL), "the panic that came out of allow_threads()");
    assert_eq!(met, 0, "threads that the bytecode met after it had caught the panic");
    assert_eq!(finish(other), 0, "threads that the other thread's bytecode met");

    let passed_on = panics_with(|| gil.run(|py| py.allow_threads(write)));
    assert_eq!(passed_on, Some(DISK_FULL), "the panic that came out of allow_threads() and run()");
    assert_eq!(finish(start(&gil, |gil| gil.run(|_| 7))), 7, "bytecode that runs after the panics");
}
