use super::lib::sync::atomic::{AtomicU8, Ordering::SeqCst};
use super::lib::thread::{self, Builder, Thread, ThreadId};
use super::lib::time::{Duration, Instant};
use super::{panic_of, text};
use std::collections::HashSet;
use std::sync::Arc;

pub(crate) fn names() -> String {
    let own = || thread::current().name().map(str::to_owned);
    let unnamed = thread::spawn(own).join().unwrap();
    let named = Builder::new().name("worker".to_owned()).spawn(own).unwrap();
    let handle = named.thread().name().map(str::to_owned);
    let child = named.join().unwrap();
    format!("{unnamed:?} {handle:?} {child:?}")
}

pub(crate) fn results() -> String {
    let handle = thread::spawn(|| vec![1, 2]);
    let debug = format!("{handle:?}");
    let value = handle.join().unwrap();
    let nested = thread::spawn(|| thread::spawn(|| 7).join().unwrap()).join().unwrap();
    format!("{debug} {value:?} {nested}")
}

pub(crate) fn panics() -> String {
    let text_of = |handle: thread::JoinHandle<()>| text(&*handle.join().unwrap_err());
    let number = thread::spawn(|| super::lib::panic::panic_any(5)).join();
    let number: Option<i32> = number.map(|()| 0).unwrap_err().downcast().ok().map(|n| *n);
    // No thread joins, so the panic goes unnoticed.
    drop(thread::spawn(|| panic!("unseen")));
    format!(
        "{} {} {number:?}",
        text_of(thread::spawn(|| panic!("boom"))),
        text_of(thread::spawn(|| panic!("{}", 1 + 1)))
    )
}

/// A token is kept, but only one.
pub(crate) fn parking() -> String {
    let turn = Arc::new(AtomicU8::new(0));
    let theirs = Arc::clone(&turn);
    let parked = thread::spawn(move || {
        while theirs.load(SeqCst) == 0 {
            thread::park();
        }
        theirs.load(SeqCst)
    });
    turn.store(1, SeqCst);
    parked.thread().unpark();
    thread::current().unpark();
    thread::current().unpark();
    thread::park();
    thread::park_timeout(Duration::from_millis(1));
    format!("{:?}", parked.join().unwrap())
}

pub(crate) fn builders() -> String {
    let null = panic_of(|| Builder::new().name("a\0b".to_owned()).spawn(|| ()).map(|_| ()));
    let small = Builder::new().stack_size(64 * 1024).spawn(|| 1).unwrap().join().unwrap();
    let cores = thread::available_parallelism().is_ok_and(|cores| cores.get() >= 1);
    format!("{null} {small} {cores}")
}

pub(crate) fn identity() -> String {
    let own = thread::current().id();
    let others: Vec<_> = (0..2).map(|_| thread::spawn(|| thread::current().id())).collect();
    let known: Vec<_> = others.iter().map(|other| other.thread().id()).collect();
    let told: Vec<_> = others.into_iter().map(|other| other.join().unwrap()).collect();
    let different: HashSet<_> = told.iter().copied().chain([own]).collect();
    let again = thread::current().clone().id() == own;
    let debug = format!("{own:?}").starts_with("ThreadId(");
    format!("{} {} {again} {debug}", known == told, different.len())
}

pub(crate) fn finishing() -> String {
    let handle = thread::spawn(|| ());
    while !handle.is_finished() {
        thread::yield_now();
    }
    format!("{:?}", handle.join())
}

pub(crate) fn is_finished_race() -> String {
    let handle = thread::spawn(|| ());
    let finished = handle.is_finished();
    handle.join().unwrap();
    finished.to_string()
}

/// A park without a token may wait for the other thread, or end spuriously.
pub(crate) fn unpark_race() -> String {
    let flag = Arc::new(AtomicU8::new(0));
    let (theirs, own) = (Arc::clone(&flag), thread::current());
    let other = thread::spawn(move || {
        theirs.store(1, SeqCst);
        own.unpark();
    });
    thread::park();
    let seen = flag.load(SeqCst);
    other.join().unwrap();
    seen.to_string()
}

/// What std promises nowhere, but programs rely on.
pub(crate) fn sizes() -> String {
    let sizes = [
        size_of::<ThreadId>(),
        size_of::<Option<ThreadId>>(),
        size_of::<Thread>(),
        size_of::<Option<Thread>>(),
    ];
    format!("{sizes:?}")
}

#[expect(deprecated, reason = "old programs call them")]
pub(crate) fn old_names() -> String {
    let start = Instant::now();
    thread::sleep_ms(3);
    thread::current().unpark();
    thread::park_timeout_ms(10_000);
    format!("{}", start.elapsed().as_millis() >= 3)
}
