use crate::{failure, panic_message, passes, see, seen, seen_in};
use model_std::sync::{Condvar, Mutex};
use model_std::thread;
use model_std::time::Duration;
use record::{Failure, Operation, TimeMode};

struct Slot {
    value: Mutex<Option<u8>>,
    filled: Condvar,
}

impl Slot {
    fn new() -> Self {
        Self { value: Mutex::new(None), filled: Condvar::new() }
    }

    fn put(&self) {
        *self.value.lock().unwrap() = Some(1);
        self.filled.notify_one();
    }

    fn take(&self) -> u8 {
        let value = self.value.lock().unwrap();
        let mut value = self.filled.wait_while(value, |value| value.is_none()).unwrap();
        value.take().unwrap()
    }
}

#[test]
fn if_for_while_is_found_by_a_spurious_wakeup() {
    let message = panic_message(|| {
        let slot = Slot::new();
        thread::scope(|s| {
            s.spawn(|| {
                thread::yield_now();
                slot.put();
            });
            let mut value = slot.value.lock().unwrap();
            if value.is_none() {
                value = slot.filled.wait(value).unwrap();
            }
            value.take().expect("woken for nothing");
        });
    });
    assert_eq!(message, "woken for nothing");
    passes(|| {
        let slot = Slot::new();
        thread::scope(|s| {
            s.spawn(|| slot.put());
            slot.take();
        });
    });
}

#[test]
fn a_wakeup_that_nobody_sends_is_lost() {
    let failure = failure(|| {
        let slot = Slot::new();
        thread::scope(|s| {
            s.spawn(|| slot.take());
            *slot.value.lock().unwrap() = Some(1);
        });
    });
    let Failure::LostWakeup { waits, in_vain: false } = failure else { panic!("{failure:?}") };
    assert!(waits.iter().any(|wait| wait.operation == Operation::Relock));
}

#[test]
fn a_wakeup_would_be_in_vain_if_what_is_waited_for_never_comes() {
    let failure = failure(|| {
        let slot = Slot::new();
        thread::scope(|s| {
            s.spawn(|| slot.take());
            s.spawn(|| slot.take());
            slot.put();
        });
    });
    let Failure::LostWakeup { waits, in_vain: true } = failure else { panic!("{failure:?}") };
    assert!(waits.iter().any(|wait| wait.operation == Operation::Relock));
}

#[test]
fn waking_all_helps_if_it_helps_one_of_them() {
    let failure = failure(|| {
        let (ours, theirs) = (Slot::new(), Slot::new());
        thread::scope(|s| {
            s.spawn(|| drop(ours.filled.wait(ours.value.lock().unwrap())));
            s.spawn(|| theirs.take());
        });
    });
    assert!(matches!(failure, Failure::LostWakeup { in_vain: false, .. }), "{failure:?}");
}

#[test]
fn a_notify_before_the_wait_is_lost() {
    // The flag is set without the lock, so it may be set between the check and the wait.
    let failure = failure(|| {
        let flag = model_std::sync::atomic::AtomicBool::new(false);
        let (lock, changed) = (Mutex::new(()), Condvar::new());
        let order = model_std::sync::atomic::Ordering::SeqCst;
        thread::scope(|s| {
            s.spawn(|| {
                let mut guard = lock.lock().unwrap();
                while !flag.load(order) {
                    guard = changed.wait(guard).unwrap();
                }
            });
            flag.store(true, order);
            changed.notify_one();
        });
    });
    assert!(matches!(failure, Failure::LostWakeup { in_vain: false, .. }), "{failure:?}");
}

#[test]
fn a_park_without_an_unpark_is_a_lost_wakeup() {
    let failure = failure(thread::park);
    assert!(matches!(failure, Failure::LostWakeup { in_vain: false, .. }), "{failure:?}");
}

#[test]
fn an_unpark_would_be_in_vain_if_the_thread_only_parks_again() {
    let failure = failure(|| {
        loop {
            thread::park();
        }
    });
    assert!(matches!(failure, Failure::LostWakeup { in_vain: true, .. }), "{failure:?}");
}

/// A waiter that is notified and times out at the same moment counts as notified or as timed out,
/// never as both, so the notification is not wasted on it.
#[test]
fn a_timeout_races_with_a_notify() {
    let body = || {
        let slot = Slot::new();
        thread::scope(|s| {
            let waiter = s.spawn(|| {
                let value = slot.value.lock().unwrap();
                let (_value, result) = slot
                    .filled
                    .wait_timeout_while(value, Duration::from_secs(1), |value| value.is_none())
                    .unwrap();
                result.timed_out()
            });
            s.spawn(|| slot.put());
            see(if waiter.join().unwrap() { "late" } else { "in time" });
        });
    };
    assert_eq!(seen(body), ["in time", "late"]);
    assert_eq!(seen_in(TimeMode::Exact, body), ["in time"]);
}

#[test]
fn either_of_two_waiters_may_be_woken() {
    let body = || {
        let (tokens, changed) = (Mutex::new(0), Condvar::new());
        thread::scope(|s| {
            let wait = |name| {
                let tokens = tokens.lock().unwrap();
                let limit = Duration::from_secs(1);
                let (mut tokens, result) =
                    changed.wait_timeout_while(tokens, limit, |tokens| *tokens == 0).unwrap();
                if !result.timed_out() {
                    *tokens -= 1;
                    see(name);
                }
            };
            s.spawn(move || wait("a"));
            s.spawn(move || wait("b"));
            *tokens.lock().unwrap() += 1;
            changed.notify_one();
        });
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["a", "b"]);
}
