use crate::{panic_message, passes, seen};
use model_std::sync::Mutex;
use model_std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use model_std::thread;

#[test]
fn a_lost_update_is_found() {
    let message = panic_message(|| {
        let count = AtomicU8::new(0);
        let hit = || count.store(count.load(SeqCst) + 1, SeqCst);
        thread::scope(|s| {
            s.spawn(hit);
            s.spawn(hit);
        });
        assert_eq!(count.into_inner(), 2);
    });
    assert!(message.ends_with("left: 1\n right: 2"), "{message}");
}

#[test]
fn an_atomic_update_is_not_lost() {
    passes(|| {
        let count = AtomicU8::new(0);
        let hit = || count.fetch_add(1, SeqCst);
        thread::scope(|s| {
            s.spawn(hit);
            s.spawn(hit);
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn a_lock_dropped_between_check_and_use_is_found() {
    let message = panic_message(|| {
        let stock = Mutex::new(1_u8);
        let buy = || {
            if *stock.lock().unwrap() > 0 {
                let mut stock = stock.lock().unwrap();
                *stock = stock.checked_sub(1).expect("sold twice");
            }
        };
        thread::scope(|s| {
            s.spawn(buy);
            buy();
        });
    });
    assert!(message == "sold twice" || message == "a scoped thread panicked", "{message}");
}

#[test]
fn a_weak_exchange_fails_for_no_reason() {
    let once = || {
        let value = AtomicU8::new(0);
        see_result(value.compare_exchange_weak(0, 1, SeqCst, SeqCst));
    };
    assert_eq!(seen(once), ["Err(0)", "Ok(0)"]);
    let looped = || {
        let value = AtomicU8::new(0);
        while value.compare_exchange_weak(0, 1, SeqCst, SeqCst).is_err() {}
        see_result(Ok(value.into_inner()));
    };
    assert_eq!(seen(looped), ["Ok(1)"]);
}

fn see_result(result: Result<u8, u8>) {
    crate::see(format!("{result:?}"));
}
