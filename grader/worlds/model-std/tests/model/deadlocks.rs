use crate::{deadlock, line, passes};
use model_std::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
use model_std::thread;
use record::{Location, Operation, Wait};

/// For each thread in the cycle: the line where it waits, and the lines where it took what it
/// holds.
fn lines(waits: &[Wait], cycle: &[usize]) -> Vec<(&'static str, Vec<&'static str>)> {
    fn of(wait: &Wait) -> (&'static str, Vec<&'static str>) {
        let line = |at: &Location| line(include_str!("deadlocks.rs"), at);
        (line(&wait.at), wait.holds.iter().map(|held| line(&held.since)).collect())
    }
    let mut lines: Vec<_> = cycle.iter().map(|&index| of(&waits[index])).collect();
    lines.sort();
    lines
}

#[test]
fn opposite_orders_are_a_ring_of_two() {
    let (waits, cycle) = deadlock(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        thread::scope(|s| {
            s.spawn(|| {
                let _a = a.lock(); // a first
                let _b = b.lock(); // b second
            });
            s.spawn(|| {
                let _b = b.lock(); // b first
                let _a = a.lock(); // a second
            });
        });
    });
    assert_eq!(
        lines(&waits, &cycle),
        [
            ("let _a = a.lock(); // a second", vec!["let _b = b.lock(); // b first"]),
            ("let _b = b.lock(); // b second", vec!["let _a = a.lock(); // a first"]),
        ]
    );
    // The main thread waits, too, but holds nothing that the others want.
    assert_eq!(waits.len(), 3);
}

#[test]
fn locking_twice_is_a_ring_of_one() {
    let (waits, cycle) = deadlock(|| {
        let lock = Mutex::new(());
        let _first = lock.lock();
        let _second = lock.lock();
    });
    let expected = ("let _second = lock.lock();", vec!["let _first = lock.lock();"]);
    assert_eq!(lines(&waits, &cycle), [expected]);
    assert_eq!(waits[cycle[0]].held_by, [0]);
}

#[test]
fn two_readers_that_want_to_write_are_a_ring() {
    let (waits, cycle) = deadlock(|| {
        let lock = RwLock::new(());
        let upgrade = || {
            let _reader = lock.read();
            let _writer = lock.write();
        };
        thread::scope(|s| {
            s.spawn(upgrade);
            s.spawn(upgrade);
        });
    });
    // Even alone, each would wait for itself.
    assert!(!cycle.is_empty());
    assert!(cycle.iter().all(|&index| waits[index].operation == Operation::Write));
}

#[test]
fn joining_while_holding_what_the_other_needs_is_a_ring() {
    let (waits, cycle) = deadlock(|| {
        let lock = Mutex::new(());
        thread::scope(|s| {
            let guard = lock.lock();
            let other = s.spawn(|| drop(lock.lock()));
            other.join().unwrap();
            drop(guard);
        });
    });
    let mut operations: Vec<_> = cycle.iter().map(|&index| waits[index].operation).collect();
    operations.sort_by_key(|operation| *operation as u8);
    assert_eq!(operations, [Operation::Join, Operation::Lock]);
}

#[test]
fn an_initialiser_that_needs_itself_is_a_ring_of_one() {
    static LAZY: LazyLock<u8> = LazyLock::new(|| *LAZY);
    static CELL: OnceLock<u8> = OnceLock::new();
    static ONCE: Once = Once::new();
    let bodies: [fn(); 3] = [
        || assert_eq!(*LAZY, 0),
        || assert_eq!(CELL.get_or_init(|| *CELL.get_or_init(|| 1)), &1),
        || ONCE.call_once(|| ONCE.call_once(|| ())),
    ];
    for body in bodies {
        let (waits, cycle) = deadlock(body);
        assert_eq!(cycle, [0]);
        assert_eq!((&waits[0].held_by[..], waits[0].holds.len()), (&[0][..], 1));
    }
}

#[test]
fn initialisers_that_need_each_other_are_a_ring() {
    static LEFT: LazyLock<u8> = LazyLock::new(|| *RIGHT);
    static RIGHT: LazyLock<u8> = LazyLock::new(|| *LEFT_AGAIN);
    static LEFT_AGAIN: LazyLock<u8> = LazyLock::new(|| 1);
    passes(|| assert_eq!(*LEFT, 1));

    static A: LazyLock<u8> = LazyLock::new(|| *B);
    static B: LazyLock<u8> = LazyLock::new(|| *A);
    let (waits, cycle) = deadlock(|| {
        thread::scope(|s| {
            s.spawn(|| *A);
            s.spawn(|| *B);
        });
    });
    assert!(!cycle.is_empty());
    assert!(cycle.iter().all(|&index| waits[index].operation == Operation::Get));
}

#[test]
fn waiting_for_what_never_comes_is_no_ring() {
    let bodies: [(fn(), Operation); 4] = [
        (
            || {
                let (_tx, rx) = mpsc::channel::<u8>();
                let _ = rx.recv();
            },
            Operation::Recv,
        ),
        (
            || {
                let (tx, _rx) = mpsc::sync_channel(0);
                let _ = tx.send(1);
            },
            Operation::Send,
        ),
        (|| assert!(Barrier::new(2).wait().is_leader()), Operation::BarrierWait),
        (|| assert_eq!(OnceLock::<u8>::new().wait(), &1), Operation::Get),
    ];
    for (body, operation) in bodies {
        let (waits, cycle) = deadlock(body);
        assert_eq!((waits[0].operation, cycle), (operation, vec![]));
    }
}

#[test]
fn holding_one_lock_while_waiting_for_a_notify_under_another_is_a_deadlock() {
    let (waits, _) = deadlock(|| {
        let (outer, flag, changed) = (Mutex::new(()), Mutex::new(false), Condvar::new());
        thread::scope(|s| {
            s.spawn(|| {
                let _outer = outer.lock();
                let _flag = changed.wait_while(flag.lock().unwrap(), |flag| !*flag);
            });
            s.spawn(|| {
                let _outer = outer.lock();
                *flag.lock().unwrap() = true;
                changed.notify_one();
            });
        });
    });
    assert!(waits.iter().any(|wait| wait.operation == Operation::Lock && wait.held_by.len() == 1));
}
