use super::lib::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use super::lib::sync::{PoisonError, RwLock, RwLockWriteGuard};
use super::lib::thread;
use super::panic_of;
use std::fmt::Debug;

fn poison<T: Send + Sync>(lock: &RwLock<T>) {
    let _ = panic_of(|| {
        let _guard = lock.write();
        panic!("poison");
    });
}

pub(crate) fn values() -> String {
    let mut lock = RwLock::new(1);
    let mut seen = vec![format!("{lock:?}")];
    {
        let mut guard = lock.write().unwrap();
        *guard += 1;
        seen.push(format!("{lock:?} {guard} {guard:?}"));
    }
    {
        let guard = lock.read().unwrap();
        // A thread that is reading may read again while no writer waits.
        let again = lock.read().unwrap();
        seen.push(format!("{lock:?} {guard} {again:?}"));
    }
    *lock.get_mut().unwrap() += 1;
    seen.push(format!(
        "{:?} {:?} {:?}",
        RwLock::<u8>::default(),
        RwLock::from('x'),
        lock.into_inner()
    ));
    seen.join("\n")
}

pub(crate) fn sharing() -> String {
    let (lock, writes) = (RwLock::new(0), AtomicUsize::new(0));
    let read = || {
        let guard = lock.read().unwrap();
        let (before, writing) = (*guard, writes.load(SeqCst));
        thread::yield_now();
        assert_eq!(before, *guard);
        writing % 2
    };
    let write = || {
        let mut guard = lock.write().unwrap();
        writes.fetch_add(1, SeqCst);
        *guard += 1;
        writes.fetch_add(1, SeqCst);
    };
    let seen = thread::scope(|s| {
        let (a, b) = (s.spawn(read), s.spawn(write));
        write();
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{seen:?} {lock:?}")
}

pub(crate) fn poison_by_writers_only() -> String {
    let mut lock = RwLock::new(3);
    let _ = panic_of(|| {
        let _guard = lock.read();
        panic!("reading");
    });
    let mut seen = vec![lock.is_poisoned().to_string()];
    poison(&lock);
    let error = lock.read().unwrap_err();
    seen.push(format!("{error} {error:?} {}", **error.get_ref()));
    drop(error);
    let error = lock.write().unwrap_err();
    seen.push(format!("{error} {error:?} {}", **error.get_ref()));
    drop(error);
    *lock.write().unwrap_or_else(PoisonError::into_inner) += 1;
    seen.push(format!("{lock:?}"));
    seen.push(format!("{:?}", lock.get_mut()));
    lock.clear_poison();
    seen.push(format!("{} {:?}", lock.is_poisoned(), lock.read().map(|guard| *guard)));
    poison(&lock);
    seen.push(format!("{:?}", lock.into_inner()));
    seen.join("\n")
}

/// A guard made while the thread unwinds does not poison.
pub(crate) fn panic_before_locking() -> String {
    struct LockInDrop<'a>(&'a RwLock<u8>);
    impl Drop for LockInDrop<'_> {
        fn drop(&mut self) {
            *self.0.write().unwrap() += 1;
        }
    }
    let lock = RwLock::new(0);
    let message = panic_of(|| {
        let _in_drop = LockInDrop(&lock);
        panic!("outside");
    });
    format!("{message} {lock:?}")
}

pub(crate) fn trying() -> String {
    let lock = RwLock::new(1);
    let mut seen = Vec::new();
    {
        let _reader = lock.read().unwrap();
        seen.push(format!("{:?} {:?}", lock.try_read(), lock.try_write()));
    }
    {
        let _writer = lock.try_write().unwrap();
        let error = lock.try_read().unwrap_err();
        seen.push(format!("{error} {error:?} {:?}", lock.try_write()));
    }
    poison(&lock);
    seen.push(format!("{:?} {:?}", lock.try_read(), lock.try_write()));
    seen.join("\n")
}

pub(crate) fn downgrading() -> String {
    let lock = RwLock::new(1);
    let mut writer = lock.write().unwrap();
    *writer += 1;
    let reader = RwLockWriteGuard::downgrade(writer);
    let seen = format!("{:?} {:?} {reader}", lock.try_read(), lock.try_write());
    drop(reader);
    format!("{seen} {:?}", lock.try_write())
}

pub(crate) fn unsized_values() -> String {
    let array = RwLock::new([1, 2]);
    let slice: &RwLock<[i32]> = &array;
    slice.write().unwrap()[0] = 5;
    let object: &RwLock<dyn Debug> = &RwLock::new("x");
    format!("{slice:?} {:?} {object:?}", slice.read().unwrap())
}

pub(crate) fn reader_against_writer() -> String {
    let lock = RwLock::new(0);
    thread::scope(|s| {
        s.spawn(|| *lock.write().unwrap() = 1);
        let seen = *lock.read().unwrap();
        seen.to_string()
    })
}
