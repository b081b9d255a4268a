use crate::{deadlock, explore, failure, panic_message, passes, see, seen};
use model_std::check;
use model_std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use model_std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use model_std::sync::{LazyLock, Mutex, RwLock};
use model_std::thread;
use record::{Failure, Operation, Step};
use std::cell::RefCell;

#[test]
fn a_panic_while_holding_poisons() {
    passes(|| {
        let lock = Mutex::new(());
        thread::scope(|s| {
            let broken = s.spawn(|| {
                let _guard = lock.lock();
                panic!("holding");
            });
            let _ = broken.join();
            assert!(lock.is_poisoned() && lock.lock().is_err());
        });
    });
    let message = panic_message(|| {
        let lock = Mutex::new(());
        thread::scope(|s| {
            let _ = s
                .spawn(|| {
                    let _guard = lock.lock();
                    panic!("holding");
                })
                .join();
        });
        drop(lock.lock().unwrap());
    });
    assert!(message.contains("PoisonError"), "{message}");
}

#[test]
fn a_panic_in_an_initialiser_poisons_for_all() {
    static LAZY: LazyLock<u8> = LazyLock::new(|| panic!("init"));
    passes(|| {
        let force = || catch_unwind(|| *LAZY).unwrap_err();
        let message = |payload: Box<dyn std::any::Any + Send>| {
            *payload.downcast::<&str>().expect("a text without arguments")
        };
        thread::scope(|s| {
            let other = s.spawn(force);
            let mut both = [message(force()), message(other.join().unwrap())];
            both.sort_unstable();
            assert_eq!(both, ["LazyLock instance has previously been poisoned", "init"]);
        });
    });
}

/// Locks in its destructor, as a pool does when it shuts down.
struct LockInDrop<'a>(&'a Mutex<u32>);

impl Drop for LockInDrop<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(|error| error.into_inner()) += 1;
    }
}

/// A thread that unwinds may have to wait. Other threads that run meanwhile do not count as
/// panicking, poison nothing, and may panic and catch their own panics.
#[test]
fn a_thread_that_waits_while_it_unwinds_confuses_nobody() {
    passes(|| {
        let (lock, other) = (Mutex::new(0), Mutex::new(()));
        thread::scope(|s| {
            let unwinding = s.spawn(|| {
                let _in_drop = LockInDrop(&lock);
                panic!("unwinds");
            });
            let calm = s.spawn(|| {
                let guard = lock.lock().unwrap();
                thread::yield_now();
                assert!(!thread::panicking());
                drop(other.lock().unwrap());
                assert!(catch_unwind(AssertUnwindSafe(|| panic!("caught"))).is_err());
                assert!(!thread::panicking());
                drop(guard);
            });
            calm.join().unwrap();
            assert!(unwinding.join().is_err());
        });
        assert!(!lock.is_poisoned() && !other.is_poisoned());
        assert_eq!(lock.into_inner().unwrap(), 1);
    });
}

#[test]
fn two_threads_may_unwind_at_once() {
    passes(|| {
        let lock = Mutex::new(0);
        thread::scope(|s| {
            let unwind = || {
                let _in_drop = LockInDrop(&lock);
                panic!("unwinds");
            };
            let (a, b) = (s.spawn(unwind), s.spawn(unwind));
            let _held = lock.lock();
            thread::yield_now();
            drop(_held);
            assert!(a.join().is_err() && b.join().is_err());
        });
        assert_eq!(lock.into_inner().unwrap(), 2);
    });
}

#[test]
fn a_destructor_that_waits_for_its_own_thread_is_a_deadlock() {
    let (waits, cycle) = deadlock(|| {
        let lock = Mutex::new(0);
        let _guard = lock.lock();
        let _in_drop = LockInDrop(&lock);
        panic!("unwinds");
    });
    assert_eq!((waits.len(), cycle), (1, vec![0]));
}

/// The main thread may end while another one is unwinding.
#[test]
fn main_may_end_while_another_thread_unwinds() {
    let coverage = passes(|| {
        static DONE: AtomicBool = AtomicBool::new(false);
        struct Slow;
        impl Drop for Slow {
            fn drop(&mut self) {
                thread::yield_now();
                DONE.store(true, SeqCst);
            }
        }
        thread::spawn(|| {
            let _slow = Slow;
            panic!("unwinds");
        });
        let _ = DONE.load(SeqCst);
    });
    assert!(coverage.systematic > 1);
}

/// Thread-local values are destroyed when their thread ends. If that panics, std aborts the
/// process.
#[test]
fn a_panic_in_a_thread_local_destructor_is_a_failure() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    model_std::thread_local! {
        static BOMB: RefCell<Option<Bomb>> = const { RefCell::new(None) };
    }
    assert_eq!(panic_message(|| BOMB.set(Some(Bomb))), "bomb");
    let of_child = || {
        let child = thread::spawn(|| BOMB.set(Some(Bomb)));
        let _ = child.join();
    };
    assert_eq!(panic_message(of_child), "bomb");
    let of_result = || {
        let (tx, rx) = model_std::sync::mpsc::channel::<()>();
        drop(thread::spawn(move || (tx, Bomb)));
        let _ = rx.recv();
        thread::yield_now();
    };
    assert_eq!(panic_message(of_result), "bomb");
    // It does not hide why the check failed.
    let after_a_failure = || {
        BOMB.set(Some(Bomb));
        panic!("wrong");
    };
    assert_eq!(panic_message(after_a_failure), "wrong");
}

/// The message is kept even if it comes from another thread's panic, or after one that was caught.
#[test]
fn the_panic_that_ended_the_check_is_told() {
    let failure = failure(|| {
        let _ = catch_unwind(|| panic!("caught"));
        let child = thread::spawn(|| panic!("thrown"));
        resume_unwind(child.join().unwrap_err());
    });
    let Failure::Panicked { panic, earlier } = failure else { panic!("{failure:?}") };
    assert_eq!((panic.thread, panic.message.as_str(), earlier), (1, "thrown", vec![]));
}

/// A destructor that runs while its thread panics can be preempted like any other code.
#[test]
fn who_unwinds_may_be_preempted() {
    struct Cleanup<'a>(&'a AtomicBool, &'a AtomicBool);
    impl Drop for Cleanup<'_> {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
            self.1.store(true, SeqCst);
        }
    }
    let body = || {
        let (first, second) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|s| {
            let broken = s.spawn(|| {
                let _cleanup = Cleanup(&first, &second);
                panic!("and then the destructor");
            });
            let looks = s.spawn(|| {
                let second = second.load(SeqCst);
                assert!(!thread::panicking(), "the panic belongs to another thread");
                (first.load(SeqCst), second)
            });
            see(format!("{:?}", looks.join().unwrap()));
            assert!(broken.join().is_err());
        });
    };
    assert_eq!(seen(body), ["(false, false)", "(true, false)", "(true, true)"]);
}

/// Two threads that panic at the same time do so independently.
#[test]
fn panics_overlap() {
    struct Locks<'a>(&'a Mutex<u32>);
    impl Drop for Locks<'_> {
        fn drop(&mut self) {
            assert!(thread::panicking());
            *self.0.lock().unwrap() += 1;
            thread::yield_now();
        }
    }
    let body = || {
        let count = Mutex::new(0);
        thread::scope(|s| {
            let broken = [1, 2].map(|number| {
                let count = &count;
                s.spawn(move || {
                    let _locks = Locks(count);
                    panic!("number {number}");
                })
            });
            let caught = catch_unwind(AssertUnwindSafe(|| panic!("here, too")));
            assert!(caught.is_err() && !thread::panicking());
            let said =
                broken.map(|thread| *thread.join().unwrap_err().downcast::<String>().unwrap());
            see(format!("{said:?} {count:?}"));
        });
    };
    let all = seen(body);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with(r#"["number 1", "number 2"] Mutex { data: 2, poisoned: "#),
        "{all:?}"
    );
}

/// A panic is caught only if the program catches it: not by the end of its thread, and not by a scope,
/// which passes it on.
#[test]
fn which_panics_were_caught_is_in_the_trace() {
    let outcome = explore(|| {
        let ended = thread::spawn(|| panic!("ends its thread")).join();
        let caught = catch_unwind(|| panic!("caught"));
        let passed_on = catch_unwind(|| {
            thread::scope(|_| panic!("passed on"));
        });
        let scoped = catch_unwind(|| {
            thread::scope(|scope| {
                scope.spawn(|| panic!("ends a scoped thread"));
            });
        });
        assert!(ended.is_err() && caught.is_err() && passed_on.is_err() && scoped.is_err());
        panic!("show it");
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    let panics = trace.steps.iter().filter(|step| step.operation == Operation::Panic);
    let source = include_str!("unwinding.rs");
    let lines: Vec<(&str, bool)> =
        panics.map(|step| (crate::line(source, &step.at), step.is_caught())).collect();
    let is_caught = |text: &str| lines.iter().any(|(line, caught)| line.contains(text) && *caught);
    let ends = |text: &str| lines.iter().any(|(line, caught)| line.contains(text) && !*caught);
    assert!(is_caught("\"caught\""), "{lines:?}");
    assert!(ends("\"ends its thread\"") && ends("\"ends a scoped thread\""), "{lines:?}");
    assert!(ends("\"show it\""), "{lines:?}");
}

/// Where other code panics, as part of which statement, is in the trace. When a function has
/// returned, its caller's statement goes on; a thread that is at no statement says nothing.
#[test]
fn what_ran_when_other_code_panicked_is_in_the_trace() {
    fn calm() {
        let _body = check::body();
        check::at();
    }
    fn runs(other: fn()) {
        let _body = check::body();
        check::at();
        let _calls_it = (calm(), other());
    }
    let outcome = explore(|| {
        assert!(thread::spawn(|| runs(crate::panics)).join().is_err());
        assert!(thread::spawn(|| runs(|| panic!("own"))).join().is_err());
        assert!(thread::spawn(crate::panics).join().is_err());
        calm();
        crate::panics();
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    let panics = trace.steps.iter().filter(|step| step.operation == Operation::Panic);
    let below = panics.map(|step| step.below.as_ref().map(|at| at.line));
    let statement = include_str!("unwinding.rs").lines().position(|it| it.contains("_calls_it"));
    let line = statement.map(|index| index as u32);
    assert_eq!(below.collect::<Vec<_>>(), [line, None, None, None]);
}

/// What a loop runs between two rounds is part of the loop, not of the last statement in it.
#[test]
fn what_a_loop_runs_between_its_rounds_is_told_as_the_loop() {
    let outcome = explore(|| {
        let _body = check::body();
        let mut left = 2;
        let next = move || {
            left -= 1;
            if left == 0 {
                crate::panics();
            }
            (left > 0).then_some(())
        };
        check::at();
        for () in std::iter::from_fn(next) {
            let _round = check::round();
            check::at();
        }
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    let panics = trace.steps.iter().filter(|step| step.operation == Operation::Panic);
    let below = panics.map(|step| step.below.as_ref().map(|at| at.line));
    let text = include_str!("unwinding.rs");
    // The statement after the one that notes it.
    let head = text.lines().position(|it| it.contains("from_fn(next)")).map(|at| at as u32);
    assert_eq!(below.collect::<Vec<_>>(), [head]);
}

/// Which statement called the function that a step is in is in the trace. A closure has no caller.
#[test]
fn what_called_the_function_of_a_step_is_in_the_trace() {
    fn inner(count: &AtomicBool) {
        let _body = check::body();
        count.load(SeqCst);
        let by_a_closure = || {
            let _body = check::closure();
            count.load(SeqCst)
        };
        by_a_closure();
        count.load(SeqCst);
    }
    let outcome = explore(|| {
        let _body = check::body();
        let count = AtomicBool::new(false);
        check::at();
        inner(&count);
        count.load(SeqCst);
        panic!("show it");
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    let loads = trace.steps.iter().filter(|step| step.operation == Operation::Load);
    let callers = loads.map(|step| step.called_from.as_ref().map(|at| at.line));
    let text = include_str!("unwinding.rs");
    // The statement after the one that notes it.
    let call = text.lines().position(|it| it.trim() == "inner(&count);").map(|at| at as u32);
    assert_eq!(callers.collect::<Vec<_>>(), [call, None, call, None]);
}

/// Which release poisons a lock is in the trace: that of a guard whose thread began to unwind while it
/// held the lock.
#[test]
fn which_releases_poison_is_in_the_trace() {
    let outcome = explore(|| {
        let (mutex, lock) = (Mutex::new(()), RwLock::new(()));
        let both = catch_unwind(AssertUnwindSafe(|| {
            let _written = lock.write().unwrap();
            let _held = mutex.lock().unwrap();
            panic!("holding both");
        }));
        let read = catch_unwind(AssertUnwindSafe(|| {
            let _shared = lock.read();
            panic!("reading");
        }));
        assert!(both.is_err() && read.is_err());
        drop(mutex.lock());
        panic!("show it");
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    let releases = trace.steps.iter().filter(|step| step.operation == Operation::Unlock);
    let poisons: Vec<bool> = releases.map(Step::poisons).collect();
    assert_eq!(poisons, [true, true, false, false]);
}

/// The statement with which a call ended is in the trace: also one within a loop, and that of a function
/// whose result the call passes on.
#[test]
fn the_statement_with_which_a_call_ended_is_in_the_trace() {
    fn inner(count: &AtomicBool) -> bool {
        let _body = check::body();
        loop {
            let _round = check::round();
            if !count.load(SeqCst) {
                check::at();
                return false; // in the loop
            }
        }
    }
    fn outer(count: &AtomicBool) -> bool {
        let _call = check::call("f", 1, 1, || []);
        let _body = check::body();
        check::at();
        inner(count) // passed on
    }
    let outcome = explore(|| {
        outer(&AtomicBool::new(false));
        panic!("show it");
    });
    let text = include_str!("unwinding.rs");
    // The statement after the one that notes it.
    let line = |of: &str| text.lines().position(|it| it.ends_with(of)).map(|at| at as u32);
    let calls = outcome.trace.expect("a failing schedule is traced").calls;
    let [call] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!(call.ended_at.as_ref().map(|at| at.line), line("// passed on"));
    assert_eq!(call.ended_in.as_ref().map(|at| at.line), line("// in the loop"));
}

/// Of a call that other code makes, the statement of the answer's that runs this code is in the trace; of
/// a call that a check makes, none.
#[test]
fn the_statement_that_runs_the_code_that_calls_is_in_the_trace() {
    fn inner() {
        let _call = check::call("inner", 1, 1, || []);
        let _body = check::body();
        check::at();
        // A call that takes no step is not in the trace.
        AtomicBool::new(true).load(SeqCst);
    }
    fn outer(callback: impl FnOnce()) {
        let _call = check::call("outer", 2, 1, || []);
        let _body = check::body();
        check::at();
        callback(); // runs the code
    }
    let outcome = explore(|| {
        // This closure stands for one of a check's.
        outer(inner);
        panic!("show it");
    });
    let calls = outcome.trace.expect("a failing schedule is traced").calls;
    let [outer, inner] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!(outer.called_from, None);
    let line = include_str!("unwinding.rs").lines().position(|it| it.ends_with("// runs the code"));
    assert_eq!(inner.called_from.as_ref().map(|at| at.line), line.map(|at| at as u32));
}

/// The text of a mutex is that of its value, and a value that panics instead poisons the mutex: std locks
/// it to look at it.
#[test]
fn a_value_that_panics_when_it_is_printed_poisons() {
    struct Unspeakable;

    impl std::fmt::Debug for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("on purpose")
        }
    }

    let outcome = explore(|| {
        let lock = Mutex::new(Unspeakable);
        let printed = catch_unwind(AssertUnwindSafe(|| format!("{lock:?}")));
        assert!(printed.is_err() && lock.is_poisoned());
        // Whoever panics already poisons nothing.
        lock.clear_poison();
        struct Prints<'a>(&'a Mutex<u8>);
        impl Drop for Prints<'_> {
            fn drop(&mut self) {
                assert_eq!(format!("{:?}", self.0), "Mutex { data: 1, poisoned: false, .. }");
            }
        }
        let other = Mutex::new(1);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _prints = Prints(&other);
            panic!("on purpose");
        }));
        assert!(!other.is_poisoned());
    });
    assert_eq!(outcome.failure, None);
}

/// Wherever a panic ends the text of a mutex, it poisons the mutex if, and only if, std's is poisoned then.
#[test]
fn a_panic_while_a_mutex_is_printed_poisons_as_in_std() {
    /// Takes so many pieces of text. The next one ends in a panic.
    struct Paper(usize);

    impl std::fmt::Write for Paper {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            assert!(self.0 > 0, "no paper left");
            self.0 -= 1;
            Ok(())
        }
    }

    fn print(room: usize, it: &dyn std::fmt::Debug) -> bool {
        let write = || std::fmt::Write::write_fmt(&mut Paper(room), format_args!("{it:?}"));
        catch_unwind(AssertUnwindSafe(write)).is_ok()
    }

    passes(|| {
        let poisoned: Vec<bool> = (0..)
            .map_while(|room| {
                let (model, real) = (Mutex::new(1), std::sync::Mutex::new(1));
                let whole = [print(room, &model), print(room, &real)];
                assert_eq!(model.is_poisoned(), real.is_poisoned(), "after {room} pieces");
                assert_eq!(whole[0], whole[1], "after {room} pieces");
                (!whole[0]).then(|| model.is_poisoned())
            })
            .collect();
        assert!(poisoned.contains(&true) && poisoned.contains(&false));
    });
}
