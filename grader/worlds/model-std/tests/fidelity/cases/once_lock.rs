use super::lib::sync::OnceLock;
use super::lib::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use super::lib::thread;
use super::panic_of;
use std::sync::Arc;

pub(crate) fn values() -> String {
    let mut cell = OnceLock::new();
    let mut seen = vec![format!("{cell:?} {:?}", cell.get()), format!("{:?}", cell.get_mut())];
    seen.push(format!("{:?} {:?} {cell:?}", cell.set(1), cell.set(2)));
    *cell.get_mut().unwrap() += 1;
    let copy = cell.clone();
    seen.push(format!("{} {} {:?}", copy == cell, copy == OnceLock::new(), cell.take()));
    seen.push(format!("{:?} {:?} {:?}", cell.take(), cell.set(5), cell.into_inner()));
    let empty = OnceLock::<u8>::default();
    seen.push(format!("{:?} {:?} {:?}", OnceLock::from('x'), empty.clone(), empty.into_inner()));
    let token = Arc::new(());
    drop(OnceLock::from(Arc::clone(&token)));
    seen.push(Arc::strong_count(&token).to_string());
    seen.join("\n")
}

pub(crate) fn initialisation() -> String {
    let cell = OnceLock::new();
    let first = *cell.get_or_init(|| 1);
    let second = *cell.get_or_init(|| 2);
    format!("{first} {second} {:?} {:?}", cell.set(3), cell.wait())
}

pub(crate) fn sharing() -> String {
    let (cell, calls) = (OnceLock::new(), AtomicUsize::new(0));
    let get = || {
        *cell.get_or_init(|| {
            thread::yield_now();
            calls.fetch_add(1, SeqCst)
        })
    };
    let seen = thread::scope(|s| {
        let (a, b) = (s.spawn(get), s.spawn(get));
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{seen:?} {calls:?}")
}

pub(crate) fn waiting() -> String {
    let cell = OnceLock::new();
    let seen = thread::scope(|s| {
        let (a, b) = (s.spawn(|| *cell.wait()), s.spawn(|| *cell.wait()));
        cell.set(3).unwrap();
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{seen:?}")
}

/// A panic leaves the cell unchanged.
pub(crate) fn failed_initialisation() -> String {
    let cell = OnceLock::new();
    let message = panic_of(|| *cell.get_or_init(|| panic!("first")));
    let between = format!("{cell:?} {:?}", cell.get());
    let other = thread::scope(|s| {
        let waiter = s.spawn(|| *cell.wait());
        let value = *cell.get_or_init(|| 4);
        (value, waiter.join().unwrap())
    });
    format!("{message} {between} {other:?}")
}

pub(crate) fn racing_initialisers() -> String {
    let cell = OnceLock::new();
    thread::scope(|s| {
        s.spawn(|| *cell.get_or_init(|| "a"));
        s.spawn(|| cell.set("b"));
    });
    cell.into_inner().unwrap().to_owned()
}

/// Dropping the cell does not look at what a reference in it points to.
pub(crate) fn borrowing() -> String {
    let (cell, seen);
    {
        let text = String::from("short-lived");
        cell = OnceLock::from(&text);
        seen = format!("{cell:?}");
    }
    seen
}
