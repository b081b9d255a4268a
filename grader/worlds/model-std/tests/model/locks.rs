use crate::{SEEN, deadlock, explore, passes, see, seen};
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

/// A thread that reads while it reads, with a writer that comes in between.
fn read_twice() {
    let lock = RwLock::new(0);
    thread::scope(|s| {
        let _outer = lock.read();
        s.spawn(|| *lock.write().unwrap() = 1);
        see(*lock.read().unwrap());
    });
}

#[test]
fn a_reader_may_have_to_stand_in_line_behind_a_writer() {
    let (waits, cycle) = deadlock(read_twice);
    let [reader, writer] = [0, 1].map(|thread| &waits[thread]);
    assert_eq!((&reader.held_by, &writer.held_by), (&vec![1], &vec![0]));
    assert_eq!(cycle.len(), 2);
}

#[test]
fn or_it_may_not() {
    SEEN.take();
    explore(read_twice);
    // The schedules before the one that fails.
    assert_eq!(SEEN.take().into_iter().collect::<Vec<_>>(), ["0"]);
}

#[test]
fn try_read_may_fail_if_a_writer_waits_and_only_then() {
    let beside_a_writer = || {
        let lock = RwLock::new(0);
        thread::scope(|s| {
            let _outer = lock.read();
            s.spawn(|| *lock.write().unwrap() = 1);
            see(lock.try_read().is_ok());
        });
    };
    assert_eq!(seen(beside_a_writer), ["false", "true"]);
    passes(|| {
        let lock = RwLock::new(0);
        let _outer = lock.read();
        thread::scope(|s| {
            s.spawn(|| assert!(lock.try_read().is_ok()));
            assert!(lock.try_write().is_err());
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
