//! Which threads are waited for at the end, and which are not.

use daemon::{Exited, Threads};
use std::cell::RefCell;
use std::panic::{self, panic_any};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A count shared between threads, and a piece of work that adds one to it.
fn count() -> (Arc<AtomicU32>, impl Fn() + Clone + Send + 'static) {
    let count = Arc::new(AtomicU32::new(0));
    let shared = Arc::clone(&count);
    let add = move || {
        shared.fetch_add(1, SeqCst);
    };
    (count, add)
}

/// Calls a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Starts two threads that are not daemons, then calls `exit`. When `exit` returns, both must have
/// done their work, even if they had not begun when it was called.
///
/// The order has been confirmed to the customer. The thread that writes it down must not be cut off
/// just because the program happens to end.
#[test]
fn exit_waits_for_the_work() {
    let threads = Threads::new();
    let (done, work) = count();
    for _ in 0..2 {
        assert_eq!(threads.spawn(work.clone()), Ok(()), "nobody has asked for the end yet");
    }
    assert_eq!(threads.exit(), 0, "threads that have panicked");
    assert_eq!(
        done.load(SeqCst),
        2,
        "how many of the two threads had done their work when `exit` returned"
    );
}

/// A daemon starts, says so, and waits for something that never comes. A second daemon starts
/// beside it, says so as well, and panics. `exit` must return all the same, and must not count that
/// panic.
///
/// A thread that cleans up every now and then never ends. A program that waits for it never ends
/// either: somebody will kill it, and with it the thread that was writing down an order.
#[test]
fn exit_leaves_daemons_behind() {
    let threads = Threads::new();
    let (alive, is_alive) = mpsc::channel();
    let (never, waits_for) = mpsc::channel::<()>();
    let alive_too = alive.clone();
    let daemon = move || {
        alive.send(()).expect("the main thread listens");
        let _ = waits_for.recv();
    };
    assert_eq!(threads.spawn_daemon(daemon), Ok(()), "nobody has asked for the end yet");
    let unlucky = move || {
        alive_too.send(()).expect("the main thread listens");
        panic!("a daemon's own affair, on purpose");
    };
    assert_eq!(threads.spawn_daemon(unlucky), Ok(()), "nobody has asked for the end yet");
    for _ in 0..2 {
        is_alive.recv().expect("each of the daemons should run");
    }
    assert_eq!(threads.exit(), 0, "threads that were waited for and have panicked");
    drop(never);
}

/// One thread starts a second and ends; the second starts a daemon and a third thread. All the
/// while the main thread waits in `exit`. It must wait for the third thread as well, and none of
/// these starts may be refused, not even the daemon's: as long as one of the threads runs, there is
/// something to wait for.
///
/// Work makes work. The list of threads to wait for, as it was when `exit` was called, is out of
/// date as soon as it is made. And while there is work, it may need a daemon.
#[test]
fn exit_waits_for_those_who_come_late() {
    let threads = Threads::new();
    let (done, work) = count();
    let (first, second) = (threads.clone(), threads.clone());
    let (tell, told) = mpsc::channel();
    let chain = move || {
        let tell_too = tell.clone();
        let next = move || {
            for started in [second.spawn_daemon(|| ()), second.spawn(work)] {
                tell_too.send(started).expect("the main thread listens");
            }
        };
        tell.send(first.spawn(next)).expect("the main thread listens");
    };
    assert_eq!(threads.spawn(chain), Ok(()), "nobody has asked for the end yet");
    assert_eq!(threads.exit(), 0, "threads that have panicked");
    assert_eq!(
        done.load(SeqCst),
        1,
        "how often the third thread had done its work when `exit` returned"
    );
    let started: Vec<_> = told.iter().collect();
    assert_eq!(
        started,
        [Ok(()); 3],
        "the results of three starts, in any order: the second thread, the daemon, the third thread"
    );
}

/// While the main thread calls `exit`, a daemon tries to start a thread. If the thread is started,
/// its work must be done when `exit` returns. If it is refused, its work must never be done.
///
/// A thread that is started and then not waited for is a promise that is not kept: nobody knows
/// whether the order was written down.
#[test]
fn started_means_waited_for() {
    let threads = Threads::new();
    exit_meets_a_late_start(&threads);
}

/// A thread with little to do has been started. While the main thread calls `exit`, a daemon tries
/// to start another, perhaps just when the first has ended. Either the work of the second must be
/// done when `exit` returns, or it must be refused and never done.
///
/// The last thread that ends wakes those who wait in `exit`. Until one of them has woken up, there
/// may be something to wait for again.
#[test]
fn a_moment_without_threads_is_not_the_end() {
    let threads = Threads::new();
    assert_eq!(threads.spawn(|| ()), Ok(()), "nobody has asked for the end yet");
    exit_meets_a_late_start(&threads);
}

/// Calls `exit` while a daemon tries to start a thread.
fn exit_meets_a_late_start(threads: &Threads) {
    let (done, work) = count();
    let late = threads.clone();
    let (tell, told) = mpsc::channel();
    let daemon = move || tell.send(late.spawn(work)).expect("the main thread listens");
    assert_eq!(threads.spawn_daemon(daemon), Ok(()), "nobody has asked for the end yet");
    assert_eq!(threads.exit(), 0, "threads that have panicked");
    let done_at_exit = done.load(SeqCst);
    match told.recv().expect("the daemon tells how it fared") {
        Ok(()) => {
            assert_eq!(done_at_exit, 1, "work that was accepted, and done when exit returned")
        }
        Err(Exited) => assert_eq!(done.load(SeqCst), 0, "work that was refused, and yet done"),
    }
}

/// Of four threads that `exit` waits for, one panics with a text, one with a number, and one with
/// something whose destructor starts another thread; the fourth does its work. `exit` must return,
/// and report that three threads have panicked.
///
/// A thread that panics never reaches its last line. If that is where it signs off, `exit` waits
/// for it until somebody pulls the plug.
#[test]
fn a_panic_is_an_end_too() {
    let threads = Threads::new();
    let (done, work) = count();
    let others = threads.clone();
    let starts_another = OnDrop(move || {
        // After the end it is refused.
        let _ = others.spawn(|| ());
    });
    assert_eq!(threads.spawn(|| panic_any(starts_another)), Ok(()), "before the end");
    assert_eq!(threads.spawn(|| panic_any(7)), Ok(()), "before the end");
    let unlucky = || panic!("in the middle of the work, on purpose");
    assert_eq!(threads.spawn(unlucky), Ok(()), "before the end");
    assert_eq!(threads.spawn(work), Ok(()), "before the end");
    assert_eq!(threads.exit(), 3, "threads that have panicked");
    assert_eq!(done.load(SeqCst), 1, "how many times the other thread had done its work");
    assert_eq!(threads.exit(), 3, "threads that have panicked, asked once more");
}

/// 256 threads are started, and every one of them panics. `exit` must wait for them all, and return
/// 256.
///
/// Whoever reads that number wants to know how bad it was. In 8 bits, 256 threads are as good as
/// none, and so are 256 orders that have gone wrong.
#[test]
fn every_panic_counts() {
    const UNLUCKY: usize = 256;
    let threads = Threads::new();
    // The threads begin when the main thread waits, so that this run is not too long for the grader.
    let panicked = probe::uninterrupted(|| {
        for _ in 0..UNLUCKY {
            let started = threads.spawn(|| panic!("one of many, on purpose"));
            assert_eq!(started, Ok(()), "nobody has asked for the end yet");
        }
        threads.exit()
    });
    assert_eq!(panicked, UNLUCKY, "what exit() returned after 256 threads had panicked");
}

/// Is called at the end of a thread.
type Last = OnDrop<Box<dyn FnMut() + Send>>;

thread_local! {
    static AT_THE_END: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// The main thread and a daemon call `exit` while a third thread works, and a little later the main
/// thread calls it again. Each time `exit` returns, the work must be done. The daemon calls it
/// twice more, in a destructor during a panic, and at its end, in that of a thread-local variable.
///
/// The main thread has come to its end, and at the same moment somebody presses Ctrl-C, for which a
/// daemon waits. The second caller must wait as well, and must not be forgotten.
#[test]
fn everybody_who_asks_waits() {
    let threads = Threads::new();
    let (done, work) = count();
    assert_eq!(threads.spawn(work), Ok(()), "nobody has asked for the end yet");
    let (also, seen) = (threads.clone(), Arc::clone(&done));
    let (tell, told) = mpsc::channel();
    let ask = move || _ = tell.send((also.exit(), seen.load(SeqCst)));
    let daemon = move || {
        ask.clone()();
        AT_THE_END.set(Some(OnDrop(Box::new(ask.clone()))));
        let caught = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _asks_on_the_way_out = OnDrop(ask);
            panic!("a daemon's own affair, on purpose");
        }));
        assert!(caught.is_err(), "the panic was not caught");
    };
    assert_eq!(threads.spawn_daemon(daemon), Ok(()), "nobody has asked for the end yet");
    assert_eq!((threads.exit(), done.load(SeqCst)), (0, 1), "(panics, work done), the main thread");
    let others: Vec<_> = told.iter().collect();
    assert_eq!(
        others,
        [(0, 1); 3],
        "(panics, work done) of the daemon: at first, and in two destructors"
    );
    assert_eq!((threads.exit(), done.load(SeqCst)), (0, 1), "(panics, work done), once more");
}

/// The main thread and 255 daemons call `exit` while a thread works. When it has done its work, all
/// of them must return.
///
/// Usually it is one caller, sometimes two. What has room for 64 of them, or counts them in 8 bits,
/// works until everybody asks at once.
#[test]
fn hundreds_may_ask() {
    let threads = Threads::new();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    // Nothing is ever sent: this ends when the other side is dropped.
    let work = move || _ = may_go_on.recv();
    assert_eq!(threads.spawn(work), Ok(()), "nobody has asked for the end yet");
    let (tell, told) = mpsc::channel();
    for _ in 0..255 {
        let (also, tell) = (threads.clone(), tell.clone());
        let daemon = move || tell.send(also.exit()).expect("the main thread listens");
        assert_eq!(threads.spawn_daemon(daemon), Ok(()), "the work is not done yet");
    }
    drop(tell);
    // On the grader's clock, all daemons get as far as they can in the meantime. Then the work is done.
    let ends = move || {
        thread::sleep(Duration::from_millis(1));
        drop(go_on);
    };
    assert_eq!(threads.spawn_daemon(ends), Ok(()), "the work is not done yet");
    assert_eq!(threads.exit(), 0, "threads that have panicked");
    assert_eq!(told.iter().collect::<Vec<_>>(), [0; 255], "what `exit` returned to the daemons");
}

/// When `exit` has returned, somebody tries to start a thread and a daemon. Both must be refused,
/// and their work must be dropped, not done.
///
/// The program is about to go down. Whatever starts now is cut off in the middle.
#[test]
fn nobody_starts_after_the_end() {
    let threads = Threads::new();
    assert_eq!(threads.exit(), 0, "threads that have panicked (there were none)");
    let (done, work) = count();
    assert_eq!(threads.clone().spawn(work.clone()), Err(Exited), "a thread, after the end");
    assert_eq!(threads.spawn_daemon(work), Err(Exited), "a daemon, after the end");
    assert!(!Exited.to_string().is_empty(), "the error should say in words what is wrong");
    assert_eq!(Arc::strong_count(&done), 1, "handles to the count, once refused work is dropped");
    assert_eq!(done.load(SeqCst), 0, "work that was refused, and yet done");
}

/// While the main thread calls `exit`, another thread makes four starts, one after another: a thread, a
/// daemon, a thread and a daemon. Once one has been refused, all that follow must be refused.
///
/// The end comes once, and for both kinds at the same moment. A daemon that starts after it is cut off
/// in the middle, and somebody who has just been told that it is the end does not expect it.
#[test]
fn a_refusal_is_for_good() {
    let threads = Threads::new();
    let same = threads.clone();
    let other = thread::spawn(move || {
        let thread = || same.spawn(|| ());
        let daemon = || same.spawn_daemon(|| ());
        [thread(), daemon(), thread(), daemon()]
    });
    assert_eq!(threads.exit(), 0, "threads that have panicked");
    let results = other.join().expect("starting a thread should not panic");
    let mut after_a_refusal = results.iter().skip_while(|result| result.is_ok());
    assert!(
        after_a_refusal.all(|result| *result == Err(Exited)),
        "a start that followed a refusal was not refused: {results:?}"
    );
}

/// When `exit` has returned, somebody tries to start a thread and a daemon. Both must be refused,
/// and their work dropped. Something in that work has a destructor, which tries to start two more
/// and calls `exit`: these must be refused as well, and `exit` must return 0.
///
/// What is dropped is foreign code. Here it is a guest who is turned away, and wants somebody to
/// note it.
#[test]
fn refused_work_may_ask_again() {
    let threads = Threads::new();
    assert_eq!(threads.exit(), 0, "threads that have panicked (there were none)");
    let (tell, told) = mpsc::channel();
    let work = || {
        let (tell, threads) = (tell.clone(), threads.clone());
        let guest = OnDrop(move || {
            let refused = [threads.spawn(|| ()), threads.spawn_daemon(|| ())];
            tell.send((refused, threads.exit())).expect("the main thread listens");
        });
        move || drop(guest)
    };
    assert_eq!(threads.spawn(work()), Err(Exited), "a thread, after the end");
    assert_eq!(threads.spawn_daemon(work()), Err(Exited), "a daemon, after the end");
    let told: Vec<_> = told.try_iter().collect();
    let refused = ([Err(Exited); 2], 0);
    assert_eq!(
        told, [refused; 2],
        "(start of a thread and of a daemon, exit()), called when refused work is dropped"
    );
}

/// The main thread panics, and catches the panic. In between, a destructor starts a thread and a
/// daemon. Neither of them panics, nor any other thread that `exit` waits for: it must return 0.
/// Then the same once more, after the end: now both must be refused, and `exit` must still return
/// 0.
///
/// A program's exit code says whether its work was done. It must not depend on the troubles of
/// somebody who has only asked for a thread.
#[test]
fn who_starts_a_thread_may_panic() {
    let threads = Threads::new();
    let (done, work) = count();
    let in_a_panic = || {
        let mut results = Vec::new();
        let caught = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _writes_it_down = OnDrop(|| {
                results.push(threads.spawn(work.clone()));
                results.push(threads.spawn_daemon(|| ()));
            });
            panic!("nothing to do with those threads, on purpose");
        }));
        assert!(caught.is_err(), "the panic was not caught");
        results
    };
    assert_eq!(in_a_panic(), [Ok(()); 2], "a thread and a daemon, started during a panic");
    assert_eq!(threads.exit(), 0, "threads that were waited for and have panicked");
    assert_eq!(done.load(SeqCst), 1, "how often the thread had done its work when `exit` returned");
    assert_eq!(in_a_panic(), [Err(Exited); 2], "a thread and a daemon, after the end");
    assert_eq!(threads.exit(), 0, "threads that were waited for and have panicked, asked again");
    assert_eq!(done.load(SeqCst), 1, "how many times the work was done, in the end");
}

/// A thread works for a little over 20 ms, and returns. `exit` must return at the very moment it
/// ends, and sleep until then. The same must hold for a thread that panics at the end of its work,
/// and, on the grader's clock, for one that works for a hundred days.
///
/// A thread that panics leaves out the lines that would wake somebody. It is no remedy to look
/// again every now and then: that is late, and whoever looks ten times a second looks 86 million
/// times in a hundred days.
#[test]
fn waiting_for_the_end_is_sleep() {
    // A little over 20 ms, so that a thread that looks every millisecond is late.
    let moment = Duration::from_nanos(20_000_123);
    // On an exact clock months pass at once, unless a thread wakes up every now and then.
    let months = Duration::from_secs(100 * 24 * 60 * 60);
    for (length, panics) in [(moment, false), (moment, true), (months, false)] {
        let threads = Threads::new();
        let (tell, told) = mpsc::channel();
        let work = move || {
            let started = Instant::now();
            thread::sleep(length);
            tell.send((started, Instant::now())).expect("the main thread listens");
            assert!(!panics, "at the end of the work, on purpose");
        };
        assert_eq!(threads.spawn(work), Ok(()), "nobody has asked for the end yet");
        assert_eq!(threads.exit(), usize::from(panics), "threads that have panicked");
        let returned = Instant::now();
        let (started, ended) =
            told.try_recv().expect("the work should be done when `exit` returns");
        // No real clock is exact; the work's own sleep has shown how far off this one is. The grader's
        // clock is exact.
        let tolerance = 100 * (ended - started).saturating_sub(length);
        let late = returned - ended;
        assert!(late <= tolerance, "`exit` returned {late:?} after the last thread had ended");
        if !tolerance.is_zero() {
            // Nobody waits for months by a real clock.
            break;
        }
    }
}
