use super::lib::sync::{Mutex, PoisonError};
use super::lib::thread;
use super::{lib, panic_of};
use std::fmt::Debug;
use std::sync::Arc;

fn poison<T: Send>(mutex: &Mutex<T>) {
    let _ = panic_of(|| {
        let _guard = mutex.lock();
        panic!("poison");
    });
}

pub(crate) fn values() -> String {
    let mut mutex = Mutex::new(1);
    let free = format!("{mutex:?}");
    {
        let mut guard = mutex.lock().unwrap();
        *guard += 1;
        assert_eq!(format!("{mutex:?}"), r#"Mutex { data: "<locked>", poisoned: false, .. }"#);
        assert_eq!(format!("{guard} {guard:?}"), "2 2");
    }
    *mutex.get_mut().unwrap() += 1;
    let others = format!("{:?} {:?}", Mutex::<String>::default(), Mutex::from('x'));
    format!("{free} {others} {:?}", mutex.into_inner())
}

/// A thread that panics poisons the locks it holds, for all other threads.
pub(crate) fn poison_by_a_thread() -> String {
    let mutex = Arc::new(Mutex::new(0));
    let theirs = Arc::clone(&mutex);
    let ended = thread::spawn(move || {
        let mut guard = theirs.lock().unwrap();
        *guard = 1;
        panic!("half way");
    })
    .join();
    format!("{} {:?}", ended.is_err(), mutex.lock().map(|guard| *guard).map_err(|e| **e.get_ref()))
}

pub(crate) fn trying() -> String {
    let mutex = Mutex::new(1);
    let guard = mutex.try_lock().unwrap();
    let held = mutex.try_lock().unwrap_err();
    let mut seen = format!("{held} {held:?}");
    drop(guard);
    poison(&mutex);
    let poisoned = mutex.try_lock().unwrap_err();
    seen += &format!(" {poisoned} {poisoned:?}");
    drop(poisoned);
    let ok = mutex.try_lock().is_ok();
    format!("{seen} {ok}")
}

pub(crate) fn unsized_values() -> String {
    let array = Mutex::new([1, 2]);
    let slice: &Mutex<[i32]> = &array;
    slice.lock().unwrap()[0] = 5;
    let object: Arc<Mutex<dyn Debug + Send>> = Arc::new(Mutex::new("x"));
    format!("{slice:?} {:?} {:?}", object.lock().unwrap(), object)
}

pub(crate) fn poison_is_cleared() -> String {
    let mut mutex = Mutex::new(3);
    let mut seen = vec![mutex.is_poisoned().to_string()];
    poison(&mutex);
    seen.push(format!("{} {mutex:?}", mutex.is_poisoned()));
    let error = mutex.lock().unwrap_err();
    seen.push(format!("{error} {error:?} {}", **error.get_ref()));
    drop(error);
    *mutex.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    seen.push(format!("{:?}", mutex.get_mut()));
    mutex.clear_poison();
    seen.push(format!("{} {:?}", mutex.is_poisoned(), mutex.lock().map(|guard| *guard)));
    poison(&mutex);
    seen.push(format!("{:?}", mutex.into_inner()));
    seen.join("\n")
}

pub(crate) fn counting() -> String {
    let count = Arc::new(Mutex::new(0));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                for _ in 0..2 {
                    *count.lock().unwrap() += 1;
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    format!("{count:?}")
}

/// A guard made while the thread unwinds does not poison, nor does one dropped by a thread whose
/// panic was caught.
pub(crate) fn panic_before_locking() -> String {
    struct LockInDrop<'a>(&'a Mutex<u8>);
    impl Drop for LockInDrop<'_> {
        fn drop(&mut self) {
            assert!(lib::thread::panicking());
            *self.0.lock().unwrap() += 1;
        }
    }
    let mutex = Mutex::new(0);
    let message = panic_of(|| {
        let _in_drop = LockInDrop(&mutex);
        panic!("outside");
    });
    let outer = mutex.lock().unwrap();
    let inner = panic_of(|| panic!("caught"));
    drop(outer);
    format!("{message} {inner} {mutex:?} {}", thread::panicking())
}

pub(crate) fn try_lock_race() -> String {
    let mutex = Mutex::new(());
    thread::scope(|s| {
        s.spawn(|| drop(mutex.lock()));
        match mutex.try_lock() {
            Ok(_) => "got it".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    })
}
