use super::lib::sync::LazyLock;
use super::lib::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use super::lib::thread;
use super::panic_of;
use std::sync::Arc;

pub(crate) fn laziness() -> String {
    let calls = AtomicUsize::new(0);
    let lazy = LazyLock::new(|| {
        thread::yield_now();
        calls.fetch_add(1, SeqCst) + 10
    });
    let before = (LazyLock::get(&lazy).copied(), calls.load(SeqCst));
    let values = thread::scope(|s| {
        let (a, b) = (s.spawn(|| *lazy), s.spawn(|| *LazyLock::force(&lazy)));
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{before:?} {values:?} {:?} {calls:?}", LazyLock::get(&lazy))
}

pub(crate) fn unique_access() -> String {
    let mut lazy = LazyLock::new(|| 1);
    let before = LazyLock::get_mut(&mut lazy).copied();
    *LazyLock::force_mut(&mut lazy) += 1;
    *lazy += 1;
    let after = LazyLock::get_mut(&mut lazy).copied();
    let token = Arc::new(());
    let held = Arc::clone(&token);
    let unused = LazyLock::new(move || held);
    let counts = [Arc::strong_count(&token), {
        drop(unused);
        Arc::strong_count(&token)
    }];
    format!("{before:?} {after:?} {} {:?} {counts:?}", *lazy, LazyLock::<u8>::default())
}

pub(crate) fn poison() -> String {
    let lazy: LazyLock<u8> = LazyLock::new(|| panic!("first"));
    let seen = [
        panic_of(|| *lazy),
        panic_of(|| *lazy),
        panic_of(|| *LazyLock::force(&lazy)),
        format!("{:?} {lazy:?}", LazyLock::get(&lazy)),
    ];
    let mut lazy = lazy;
    let unique = panic_of(|| *LazyLock::force_mut(&mut lazy));
    format!("{seen:?} {unique} {:?}", LazyLock::get_mut(&mut lazy))
}

pub(crate) fn poison_by_unique_access() -> String {
    let mut lazy: LazyLock<u8> = LazyLock::new(|| panic!("first"));
    let seen = [panic_of(|| *LazyLock::force_mut(&mut lazy)), panic_of(|| *lazy)];
    format!("{seen:?} {:?}", LazyLock::get(&lazy))
}

pub(crate) fn formatting() -> String {
    let lazy = LazyLock::new(|| vec![1]);
    let before = format!("{lazy:?}");
    let length = lazy.len();
    format!("{before} {length} {lazy:?} {lazy:#?}")
}
