use crate::{explore, failure, passes, see, seen};
use model_std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use model_std::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
use model_std::thread;
use record::Failure;
use std::cell::{Cell, RefCell};

#[test]
fn what_can_start_fresh_does() {
    static ATOMIC: AtomicU8 = AtomicU8::new(5);
    static CELL: OnceLock<u8> = OnceLock::new();
    static ONCE: Once = Once::new();
    static LAZY: LazyLock<AtomicU8> = LazyLock::new(|| AtomicU8::new(ATOMIC.fetch_add(1, SeqCst)));
    static BARRIER: Barrier = Barrier::new(2);
    static CHANGED: Condvar = Condvar::new();
    model_std::thread_local! {
        static LOCAL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let body = || {
        CHANGED.notify_all();
        see(format!("{LAZY:?} {CELL:?} {ATOMIC:?}"));
        let mut calls = 0;
        ONCE.call_once(|| calls += 1);
        LOCAL.with_borrow_mut(|local| local.push(calls));
        thread::scope(|s| {
            s.spawn(|| {
                CELL.get_or_init(|| LAZY.fetch_add(1, SeqCst));
                BARRIER.wait().is_leader()
            });
            CELL.get_or_init(|| LAZY.fetch_add(1, SeqCst));
            BARRIER.wait();
        });
        see(format!("{LAZY:?} {CELL:?} {ATOMIC:?} {:?}", LOCAL.take()));
        // This thread still waits at the barrier when the execution ends. It must not count as
        // having arrived in the next one.
        thread::spawn(|| BARRIER.wait().is_leader());
        thread::yield_now();
    };
    let before = "LazyLock(<uninit>) OnceLock(<uninit>) 5";
    assert_eq!(seen(body), ["LazyLock(6) OnceLock(5) 6 [1]", before]);
}

#[test]
fn a_value_is_that_of_its_own_execution() {
    static CELL: OnceLock<u32> = OnceLock::new();
    static LAZY: LazyLock<u32> = LazyLock::new(|| RUN.get());
    std::thread_local! {
        static RUN: Cell<u32> = const { Cell::new(0) };
    }
    passes(|| {
        RUN.set(RUN.get() + 1);
        thread::scope(|s| {
            s.spawn(|| assert_eq!(*CELL.get_or_init(|| RUN.get()), RUN.get()));
            s.spawn(|| assert_eq!(*LAZY, RUN.get()));
        });
    });
    assert!(RUN.get() > 1);
}

#[test]
fn a_lock_in_a_static_starts_afresh() {
    static LIST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static NAME: RwLock<&str> = RwLock::new("first");
    let coverage = passes(|| {
        assert!(LIST.lock().unwrap().is_empty() && *NAME.read().unwrap() == "first");
        thread::scope(|s| {
            s.spawn(|| LIST.lock().unwrap().push(1));
            LIST.lock().unwrap().push(2);
            *NAME.write().unwrap() = "second";
        });
        assert_eq!((LIST.lock().unwrap().len(), *NAME.read().unwrap()), (2, "second"));
    });
    assert!(coverage.systematic > 1);
}

/// The last execution may have ended while a thread held it, or poisoned it.
#[test]
fn a_lock_in_a_static_starts_free_and_whole() {
    static HELD: Mutex<u8> = Mutex::new(7);
    static READ: RwLock<u8> = RwLock::new(8);
    passes(|| {
        assert_eq!((*HELD.lock().unwrap(), *READ.write().unwrap()), (7, 8));
        thread::spawn(|| {
            let _held = (HELD.lock(), READ.read());
            panic!("with both in hand");
        });
    });
}

/// A lock that a static holds only by a pointer was made by no constant.
#[test]
fn a_leaked_lock_is_refused() {
    std::thread_local! {
        static LEAKED: Cell<Option<&'static Mutex<u8>>> = const { Cell::new(None) };
    }
    let failure = failure(|| {
        thread::spawn(|| ());
        let lock = LEAKED.get().unwrap_or_else(|| Box::leak(Box::new(Mutex::new(0))));
        LEAKED.set(Some(lock));
        drop(lock.lock()); // the second time
    });
    let Failure::Refused { message, at } = failure else { panic!("{failure:?}") };
    assert!(message.starts_with("a `Mutex` that was made in one schedule"), "{message}");
    assert!(crate::line(include_str!("statics.rs"), &at).contains("the second time"));
}

#[test]
fn a_lock_in_a_lazy_static_starts_afresh() {
    static COUNT: LazyLock<Mutex<u8>> = LazyLock::new(Mutex::default);
    let coverage = passes(|| {
        thread::scope(|s| {
            s.spawn(|| *COUNT.lock().unwrap() += 1);
            *COUNT.lock().unwrap() += 1;
        });
        assert_eq!(*COUNT.lock().unwrap(), 2);
    });
    assert!(coverage.systematic > 1);
}

/// A value from an earlier execution is leaked, so a reference kept from then can still be read.
#[test]
fn a_reference_to_an_earlier_value_stays_valid() {
    static NAME: LazyLock<String> = LazyLock::new(|| "name".repeat(3));
    static CELL: OnceLock<Vec<u8>> = OnceLock::new();
    std::thread_local! {
        static KEPT: RefCell<Vec<(&'static str, &'static [u8])>> = const { RefCell::new(Vec::new()) };
    }
    passes(|| {
        let kept = (NAME.as_str(), CELL.get_or_init(|| vec![7; 3]).as_slice());
        KEPT.with_borrow_mut(|all| all.push(kept));
        thread::scope(|s| {
            s.spawn(|| NAME.len());
            s.spawn(|| NAME.len());
        });
    });
    let kept = KEPT.take();
    assert!(kept.len() > 1);
    assert!(kept.iter().all(|&(name, cell)| name == "namenamename" && cell == [7; 3]));
    assert!(kept.windows(2).all(|pair| !std::ptr::eq(pair[0].0, pair[1].0)));
}

/// An initialiser that captures can be used only once.
#[test]
fn a_lazy_static_needs_a_plain_initialiser() {
    struct Once(u8);
    impl Once {
        fn leak(self) -> &'static LazyLock<u8, impl FnOnce() -> u8> {
            Box::leak(Box::new(LazyLock::new(move || self.0)))
        }
    }
    std::thread_local! {
        static LEAKED: RefCell<Option<Box<dyn Fn() -> u8>>> = const { RefCell::new(None) };
    }
    let lazy = Once(3).leak();
    LEAKED.set(Some(Box::new(|| **lazy)));
    let outcome = explore(|| {
        thread::scope(|s| {
            s.spawn(|| ());
            s.spawn(|| ());
        });
        LEAKED.with_borrow(|lazy| assert_eq!(lazy.as_ref().expect("it is set")(), 3));
    });
    let Some(Failure::Refused { message, .. }) = outcome.failure else { panic!("{outcome:?}") };
    assert!(message.contains("plain `fn() -> T`"), "{message}");
}

/// A program that iterates over a map behaves the same in each execution.
#[test]
fn hash_maps_have_the_same_order_in_each_execution() {
    let body = || {
        thread::scope(|s| {
            s.spawn(|| ());
            s.spawn(|| ());
        });
        let map: model_std::collections::HashMap<u32, ()> = (0..100).map(|n| (n, ())).collect();
        see(format!("{:?}", map.keys().collect::<Vec<_>>()));
    };
    assert_eq!(seen(body).len(), 1);
}
