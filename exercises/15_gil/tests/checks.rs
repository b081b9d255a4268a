//! Who runs bytecode: one thread at a time, every thread in the end, and all that despite panics.

use gil::Gil;
use probe as _; // Names the checks that hang at your desk.
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

/// Waits for the thread to end and returns its result.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the Gil should not have panicked")
}

/// Whether `f` panics.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    panic::catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// What `f` panics with, if it panics.
fn panics_with<T: 'static, R>(f: impl FnOnce() -> R) -> Option<T> {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).err()?;
    payload.downcast().ok().map(|payload| *payload)
}

/// Runs bytecode, and returns how many other threads were running it at that moment.
fn run_bytecode(inside: &AtomicU32) -> u32 {
    let others = inside.fetch_add(1, SeqCst);
    inside.fetch_sub(1, SeqCst);
    others
}

/// One thread has the Gil to itself. It runs bytecode twice, comes to a checkpoint, and releases the
/// Gil for a moment, during which it runs some other bytecode. It must never wait for itself, and must get
/// back what its code returned. A switch interval of zero must be refused with a panic, as CPython
/// refuses it: every holder would be asked to yield all the time. Any other interval is allowed.
#[test]
fn a_thread_alone() {
    assert!(panics(|| Gil::new(Duration::ZERO)), "a switch interval of zero must be refused");
    assert!(!panics(|| Gil::new(Duration::from_nanos(1))), "an interval of 1 ns is not zero");
    assert!(!panics(|| Gil::new(Duration::MAX)), "an interval may be as long as it likes");

    let gil = Gil::new(INTERVAL);
    assert_eq!(gil.run(|_| "spam"), "spam", "what the bytecode returned");
    let meal = gil.run(|py| {
        py.checkpoint();
        let eggs = py.allow_threads(|| gil.run(|_| "eggs"));
        py.checkpoint();
        ("spam", eggs)
    });
    assert_eq!(meal, ("spam", "eggs"), "what the outer and the inner bytecode returned");
}

/// There are two Gils, each for an interpreter of its own. The main thread holds one of them. Meanwhile another
/// thread runs bytecode with the other one, and so does the main thread itself. Then it is the other way
/// round. Neither thread may have to wait, and nothing may panic: the two Gils know nothing of each other.
///
/// A program with two interpreters runs two threads at once. That is why CPython has had a lock for each
/// since 3.12.
#[test]
fn two_gils() {
    let gils = [0; 2].map(|_| Arc::new(Gil::new(INTERVAL)));
    for (one, other) in [(&gils[0], &gils[1]), (&gils[1], &gils[0])] {
        let met = one.run(|py| {
            let thread = start(other, |other| other.run(|_| "eggs"));
            let eggs = finish(thread);
            py.checkpoint();
            (other.run(|_| "spam"), eggs)
        });
        assert_eq!(met, ("spam", "eggs"), "what bytecode returned that ran with the other Gil");
    }
}

/// Two threads run bytecode, come to a checkpoint, release the Gil for a moment, and run on. While
/// one of them runs bytecode, it puts up a sign that says so. Neither may ever find the other's sign.
///
/// This is what the lock is for. The interpreter's own data, beginning with the reference counts of
/// all objects, is changed without any other lock.
#[test]
fn one_at_a_time() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let sign = Arc::new(AtomicBool::new(false));
    let threads = [0, 1].map(|_| {
        let sign = Arc::clone(&sign);
        start(&gil, move |gil| {
            // Whether it found the other thread's sign.
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

/// Three threads run bytecode. Two come to a checkpoint on the way; the first one releases the Gil
/// in `allow_threads`, and runs some other bytecode there. All of them must get through, whoever waits
/// meanwhile, and leave the Gil free for the next thread. A thread that is forgotten waits for ever, and
/// nothing in the program tells you.
#[test]
fn everybody_gets_through() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let first = start(&gil, |gil| gil.run(|py| py.allow_threads(|| gil.run(|_| 1))));
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
    assert_eq!(gil.run(|_| 4), 4, "what the last thread's bytecode returned");
}

/// The main thread holds the Gil while two others begin to wait, and then releases it. One of them
/// computes, with a checkpoint after each of a hundred switch intervals. The other one must get in before
/// the last, even if the first was slow to wake up when it got the Gil.
///
/// A request must not get lost because it comes before the new holder has begun to work.
#[test]
fn a_request_is_not_lost() {
    let gil = Arc::new(Gil::new(INTERVAL));
    let done = Arc::new(AtomicBool::new(false));
    let (computes, waits) = gil.run(|_| {
        let computes = start(&gil, {
            let done = Arc::clone(&done);
            move |gil| {
                gil.run(|py| {
                    (0..100).any(|_| {
                        thread::sleep(INTERVAL);
                        py.checkpoint();
                        done.load(SeqCst)
                    })
                })
            }
        });
        let waits = start(&gil, {
            let done = Arc::clone(&done);
            move |gil| gil.run(|_| done.store(true, SeqCst))
        });
        (computes, waits)
    });
    let let_in = finish(computes);
    finish(waits);
    assert!(let_in, "the waiting thread did not get in at any of a hundred checkpoints");
}

/// The bytecode of one thread panics while two others may be waiting for the Gil. The panic must
/// reach the caller of `run` with its payload, and the Gil must be there for the others: for one of
/// them, and then for the next. One script with a bug must not stop all the rest, and must not let
/// them all in at once either.
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
    assert_eq!(met, [0, 0], "other threads running bytecode when each of [main, other] began");
    assert_eq!(finish(unlucky), Some("a bug, on purpose"), "the panic that came out of run()");
    assert_eq!(gil.run(|_| 6), 6, "bytecode that runs after the panic");
}

/// Code in `allow_threads` panics, and the bytecode that called it catches the panic and goes on.
/// It must hold the Gil then: no other thread may run bytecode at the same time. Then the code
/// panics again, and the panic leaves `run`, too. Both times the payload, here an error number,
/// must arrive unchanged, and in the end the Gil must be free.
///
/// Bytecode that catches a panic, as an `except` clause does, is still bytecode: it must hold the
/// Gil again, and release it once, at its end.
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
    assert_eq!(met, 0, "other threads running bytecode when main had caught the panic");
    assert_eq!(finish(other), 0, "threads running bytecode when the other thread began");

    let passed_on = panics_with(|| gil.run(|py| py.allow_threads(write)));
    assert_eq!(passed_on, Some(DISK_FULL), "the panic that came out of allow_threads() and run()");
    assert_eq!(finish(start(&gil, |gil| gil.run(|_| 7))), 7, "bytecode that runs after the panics");
}
