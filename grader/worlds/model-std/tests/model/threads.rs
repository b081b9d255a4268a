use crate::{explore, failure, panic_message, passes, see, seen};
use model_std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use model_std::sync::{Arc, Mutex};
use model_std::thread::{self, Builder};
use model_std::time::Duration;
use record::{Failure, Size};
use std::cell::RefCell;

#[test]
fn threads_that_nobody_joins_end_with_the_main_thread() {
    let body = || {
        struct Drops(Arc<AtomicU8>);
        impl Drop for Drops {
            fn drop(&mut self) {
                self.0.store(2, SeqCst);
            }
        }
        let state = Arc::new(AtomicU8::new(0));
        let theirs = Drops(Arc::clone(&state));
        thread::spawn(move || {
            theirs.0.store(1, SeqCst);
            thread::sleep(Duration::from_secs(10));
            theirs.0.store(3, SeqCst);
        });
        see(state.load(SeqCst));
    };
    assert_eq!(seen(body), ["0", "1", "2", "3"]);
    passes(|| {
        thread::spawn(|| {
            let lock = Mutex::new(());
            let _first = lock.lock();
            let _second = lock.lock();
        });
    });
}

#[test]
fn a_panic_of_a_child_is_seen_by_join_alone() {
    passes(|| {
        thread::spawn(|| panic!("unseen"));
        let child = thread::spawn(|| panic!("seen"));
        assert!(child.join().is_err());
    });
    let failure = failure(|| thread::spawn(|| panic!("cause")).join().unwrap());
    let Failure::Panicked { panic, earlier } = failure else { panic!("{failure:?}") };
    assert!(panic.message.contains("unwrap"), "{}", panic.message);
    assert_eq!((panic.thread, earlier.len()), (0, 1));
    assert_eq!((earlier[0].thread, earlier[0].message.as_str()), (1, "cause"));
}

#[test]
fn a_scope_passes_on_a_panic_that_nobody_joined() {
    let message = panic_message(|| {
        thread::scope(|s| {
            s.spawn(|| panic!("inside"));
        });
    });
    assert_eq!(message, "a scoped thread panicked");
}

/// An unpark before the park is kept; a second one is not.
#[test]
fn a_park_uses_up_the_token() {
    let body = || {
        let woken = Arc::new(AtomicU8::new(0));
        let theirs = Arc::clone(&woken);
        let sleeper = thread::spawn(move || {
            for _ in 0..2 {
                thread::park_timeout(Duration::from_secs(1));
                theirs.fetch_add(1, SeqCst);
            }
        });
        sleeper.thread().unpark();
        sleeper.thread().unpark();
        sleeper.join().unwrap();
        see(woken.load(SeqCst));
    };
    assert_eq!(seen(body), ["2"]);
    let unparked_once = || {
        thread::current().unpark();
        thread::current().unpark();
        let start = model_std::time::Instant::now();
        thread::park_timeout(Duration::from_secs(1));
        thread::park_timeout(Duration::from_secs(1));
        see(start.elapsed().as_secs());
    };
    // The first park consumes the token. The second waits, or ends spuriously.
    assert_eq!(crate::seen_in(record::TimeMode::Exact, unparked_once), ["0", "1"]);
}

/// One after another, never two at once.
#[test]
fn threads_that_have_ended_do_not_count() {
    passes(|| {
        for _ in 0..2 * explorer::MAX_THREADS {
            thread::spawn(|| ()).join().unwrap();
        }
    });
}

#[test]
fn too_many_threads_are_too_large() {
    let outcome = explore(|| {
        for _ in 0..explorer::MAX_THREADS {
            thread::spawn(|| ());
        }
    });
    let Some(Failure::TooLarge { what, limit, .. }) = outcome.failure else {
        panic!("{outcome:?}")
    };
    assert_eq!((what, limit), (Size::Threads, explorer::MAX_THREADS as u64));
}

#[test]
fn names_and_spawn_lines_are_in_the_trace() {
    let outcome = explore(|| {
        let named = Builder::new().name("worker".to_owned()).spawn(|| ()).unwrap();
        named.join().unwrap();
        panic!("show it");
    });
    let trace = outcome.trace.expect("a failing schedule is traced");
    assert_eq!(trace.threads[0].spawned_at, None);
    assert_eq!(trace.threads[1].name.as_deref(), Some("worker"));
    let at = trace.threads[1].spawned_at.as_ref().expect("it was spawned");
    assert!(crate::line(include_str!("threads.rs"), at).contains("\"worker\""));
}

/// The end of a scope waits for closures and `join` waits for threads, as in std.
#[test]
fn a_scope_does_not_wait_for_thread_locals() {
    struct Coat(Arc<AtomicUsize>);
    impl Drop for Coat {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    model_std::thread_local! {
        static PEG: RefCell<Option<Coat>> = const { RefCell::new(None) };
    }
    fn dropped(joins: bool) -> usize {
        let count = Arc::new(AtomicUsize::new(0));
        thread::scope(|s| {
            let coat = Coat(Arc::clone(&count));
            let thread = s.spawn(move || PEG.set(Some(coat)));
            if joins {
                thread.join().unwrap();
            }
        });
        count.load(SeqCst)
    }
    assert_eq!(seen(|| see(dropped(false))), ["0", "1"]);
    assert_eq!(seen(|| see(dropped(true))), ["1"]);
}
