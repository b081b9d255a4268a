use super::lib::sync::Mutex;
use super::lib::thread;
use super::{lib, panic_of};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// Records what is dropped, and when.
struct Note(&'static str, Arc<Mutex<Vec<String>>>);

impl Drop for Note {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(format!("drop {}", self.0));
    }
}

type Log = Arc<Mutex<Vec<String>>>;

fn logged(body: impl FnOnce(&Log) + Send + 'static) -> String {
    let log = Log::default();
    let theirs = Arc::clone(&log);
    thread::spawn(move || {
        body(&theirs);
        theirs.lock().unwrap().push("end".to_owned());
    })
    .join()
    .unwrap();
    log.lock().unwrap().join(", ")
}

pub(crate) fn per_thread() -> String {
    lib::thread_local! {
        static COUNT: Cell<u32> = const { Cell::new(1) };
    }
    let work = || {
        COUNT.set(COUNT.get() + 1);
        thread::yield_now();
        COUNT.with(|count| count.replace(count.get() * 10))
    };
    let seen = thread::scope(|s| {
        let (a, b) = (s.spawn(work), s.spawn(work));
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{seen:?} {}", thread::spawn(|| COUNT.take()).join().unwrap())
}

pub(crate) fn laziness() -> String {
    lib::thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
        static LAZY: RefCell<u32> = {
            CALLS.set(CALLS.get() + 1);
            RefCell::new(5)
        };
        static OTHER: Cell<u32> = {
            CALLS.set(CALLS.get() + 1);
            Cell::new(5)
        }
    }
    thread::spawn(|| {
        let before = CALLS.get();
        // Setting replaces initialising.
        LAZY.set(7);
        OTHER.set(8);
        let after = CALLS.get();
        let debug = format!("{LAZY:?}");
        format!("{before} {after} {} {} {debug}", LAZY.take(), OTHER.replace(1))
    })
    .join()
    .unwrap()
}

pub(crate) fn cells() -> String {
    lib::thread_local! {
        static LIST: RefCell<Vec<i32>> = RefCell::default();
        static SHARED: Rc<Cell<i32>> = Rc::default();
    }
    thread::spawn(|| {
        LIST.with_borrow_mut(|list| list.push(1));
        let old = LIST.replace(vec![2, 3]);
        let length = LIST.with_borrow(Vec::len);
        let kept = SHARED.with(Rc::clone);
        kept.set(4);
        let seen = SHARED.try_with(|shared| shared.get());
        let twice = panic_of(|| LIST.with_borrow(|_| LIST.with_borrow_mut(|_| ())));
        format!("{old:?} {length} {:?} {seen:?} {twice}", LIST.take())
    })
    .join()
    .unwrap()
}

/// A value is destroyed before its thread can be joined, and its own destructor cannot access it.
pub(crate) fn destructors() -> String {
    struct Again(RefCell<Option<Log>>);
    impl Drop for Again {
        fn drop(&mut self) {
            let log = self.0.take().unwrap();
            let again = AGAIN.try_with(|_| ());
            let error = again.map(|()| String::new()).map_err(|e| format!("{e} {e:?}"));
            let other = PLAIN.with(Cell::get);
            log.lock().unwrap().push(format!("drop {error:?} {other}"));
            let message = panic_of(|| AGAIN.with(|_| ()));
            log.lock().unwrap().push(message);
        }
    }
    lib::thread_local! {
        static AGAIN: Again = const { Again(RefCell::new(None)) };
        static PLAIN: Cell<u8> = const { Cell::new(1) };
    }
    logged(|log| {
        PLAIN.set(2);
        AGAIN.with(|again| again.0.replace(Some(Arc::clone(log))));
    })
}

/// The newest value is dropped first, as on Linux. A destructor may create another value.
pub(crate) fn destructor_order() -> String {
    struct Late(Log);
    impl Drop for Late {
        fn drop(&mut self) {
            self.0.lock().unwrap().push("drop late".to_owned());
            THIRD.set(Some(Note("third", Arc::clone(&self.0))));
        }
    }
    lib::thread_local! {
        static FIRST: RefCell<Option<Note>> = const { RefCell::new(None) };
        static SECOND: RefCell<Option<Late>> = const { RefCell::new(None) };
        static THIRD: RefCell<Option<Note>> = const { RefCell::new(None) };
    }
    logged(|log| {
        FIRST.set(Some(Note("first", Arc::clone(log))));
        SECOND.set(Some(Late(Arc::clone(log))));
    })
}

pub(crate) fn const_values() -> String {
    lib::thread_local! {
        /// With a doc comment.
        pub(super) static BLOCK: Cell<i32> = const {
            let start = 3;
            Cell::new(start * 2)
        };
        static NONE: Option<String> = const { None };
    }
    lib::thread_local!(static ALONE: Vec<u8> = vec![4]);
    lib::thread_local! {}
    format!("{} {:?} {}", BLOCK.get(), NONE.with(Clone::clone), ALONE.with(Vec::len))
}
