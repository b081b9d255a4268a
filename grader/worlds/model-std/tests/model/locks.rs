use crate::{passes, see, seen};
use model_std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use model_std::sync::{LazyLock, Mutex, Once, OnceLock, RwLock, RwLockWriteGuard};
use model_std::thread;

/// The most threads that were inside at once, in each schedule.
fn together(enter: fn(&RwLock<()>, inside: &dyn Fn())) -> u8 {
    let (lock, now, most) = (RwLock::new(()), AtomicU8::new(0), AtomicU8::new(0));
    let inside = || {
        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        now.fetch_sub(1, SeqCst);
    };
    thread::scope(|s| {
        s.spawn(|| enter(&lock, &inside));
        s.spawn(|| enter(&lock, &inside));
    });
    most.into_inner()
}

#[test]
fn readers_overlap_and_writers_do_not() {
    let reading = || {
        see(together(|lock, inside| {
            let _guard = lock.read();
            inside();
        }));
    };
    let writing = || {
        see(together(|lock, inside| {
            let _guard = lock.write();
            inside();
        }));
    };
    let downgraded = || {
        see(together(|lock, inside| {
            // The second thread can only read.
            if let Ok(writer) = lock.try_write() {
                let _guard = RwLockWriteGuard::downgrade(writer);
                inside();
            } else {
                let _guard = lock.read();
                inside();
            }
        }));
    };
    assert_eq!(seen(reading), ["1", "2"]);
    assert_eq!(seen(writing), ["1"]);
    assert_eq!(seen(downgraded), ["1", "2"]);
}

#[test]
fn a_waiting_writer_does_not_keep_readers_out() {
    passes(|| {
        let lock = RwLock::new(0);
        thread::scope(|s| {
            let _outer = lock.read();
            s.spawn(|| *lock.write().unwrap() = 1);
            thread::yield_now();
            // The writer is waiting now.
            assert_eq!(*lock.read().unwrap(), 0);
        });
    });
}

#[test]
fn a_shared_lock_is_given_up_by_whoever_drops_the_guard() {
    passes(|| {
        let lock = RwLock::new(0);
        let first = lock.read();
        let second = lock.read();
        drop(first);
        assert!(lock.try_write().is_err());
        drop(second);
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn is_poisoned_may_be_old_news() {
    let body = || {
        let lock = Mutex::new(());
        thread::scope(|s| {
            let other = s.spawn(|| {
                let _guard = lock.lock();
                panic!("holding");
            });
            let before = lock.is_poisoned();
            see(format!("{before} {}", lock.lock().is_err()));
            let _ = other.join();
        });
    };
    assert_eq!(seen(body), ["false false", "false true", "true true"]);
}

/// The effects of an initialiser are visible before it is known to be done.
#[test]
fn an_initialiser_is_done_later_than_its_last_step() {
    fn race(init: impl FnOnce(&dyn Fn()) + Send, is_done: impl Fn() -> bool + Sync) {
        let last_step = AtomicU8::new(0);
        thread::scope(|s| {
            s.spawn(|| init(&|| last_step.store(1, SeqCst)));
            if last_step.load(SeqCst) == 1 {
                see(is_done());
            }
        });
    }
    let once = || {
        let once = Once::new();
        race(|step| once.call_once(step), || once.is_completed());
    };
    let cell = || {
        let cell = OnceLock::new();
        race(|step| *cell.get_or_init(step), || cell.get().is_some());
    };
    let lazy = || {
        static STEP: AtomicU8 = AtomicU8::new(0);
        static LAZY: LazyLock<()> = LazyLock::new(|| STEP.store(1, SeqCst));
        thread::scope(|s| {
            s.spawn(|| *LAZY);
            if STEP.load(SeqCst) == 1 {
                see(LazyLock::get(&LAZY).is_some());
            }
        });
    };
    for body in [once, cell, lazy] {
        assert_eq!(seen(body), ["false", "true"]);
    }
}
