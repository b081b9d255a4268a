use super::lib::sync::Once;
use super::lib::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use super::lib::thread;
use super::panic_of;

pub(crate) fn runs_once() -> String {
    let (once, calls) = (Once::new(), AtomicUsize::new(0));
    let before = once.is_completed();
    let call = || {
        once.call_once(|| {
            thread::yield_now();
            calls.fetch_add(1, SeqCst);
        });
        // Whichever thread did it, it is done.
        (once.is_completed(), calls.load(SeqCst))
    };
    let seen = thread::scope(|s| {
        let (a, b) = (s.spawn(call), s.spawn(call));
        (a.join().unwrap(), b.join().unwrap())
    });
    once.call_once_force(|_| panic!("again"));
    format!("{before} {seen:?} {once:?}")
}

pub(crate) fn poison() -> String {
    let once = Once::new();
    let mut seen = vec![
        panic_of(|| once.call_once(|| panic!("first"))),
        panic_of(|| once.call_once(|| panic!("second"))),
        panic_of(|| once.wait()),
        once.is_completed().to_string(),
        panic_of(|| once.call_once_force(|state| panic!("{state:?}"))),
    ];
    once.call_once_force(|state| seen.push(format!("{} {state:?}", state.is_poisoned())));
    once.call_once(|| panic!("third"));
    let fresh = Once::new();
    fresh.call_once_force(|state| seen.push(format!("{state:?}")));
    once.wait();
    once.wait_force();
    seen.push(once.is_completed().to_string());
    seen.join("\n")
}

pub(crate) fn waiting() -> String {
    let (once, done) = (Once::new(), AtomicUsize::new(0));
    let seen = thread::scope(|s| {
        let a = s.spawn(|| {
            once.wait();
            done.load(SeqCst)
        });
        let b = s.spawn(|| {
            // It waits until the second attempt.
            once.wait_force();
            done.load(SeqCst)
        });
        once.call_once(|| {
            done.store(1, SeqCst);
        });
        (a.join().unwrap(), b.join().unwrap())
    });
    let poisoned = Once::new();
    let second = thread::scope(|s| {
        let waiter = s.spawn(|| {
            poisoned.wait_force();
            poisoned.is_completed()
        });
        let first = panic_of(|| poisoned.call_once(|| panic!("first")));
        poisoned.call_once_force(|_| ());
        (first, waiter.join().unwrap())
    });
    format!("{seen:?} {second:?}")
}
