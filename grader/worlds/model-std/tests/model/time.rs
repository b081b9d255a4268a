use crate::{failure, see, seen, seen_in};
use model_std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use model_std::sync::{Condvar, Mutex, mpsc};
use model_std::thread;
use model_std::time::{Duration, Instant, SystemTime};
use record::{Failure, TimeMode};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn durations_are_exact() {
    let body = || {
        let start = Instant::now();
        thread::scope(|s| {
            s.spawn(|| thread::sleep(3 * SECOND));
            s.spawn(|| {
                thread::sleep(SECOND);
                thread::sleep(SECOND);
            });
            let (tx, rx) = mpsc::channel::<()>();
            drop(tx);
            // The sender is gone, so this wait takes no time.
            let _ = rx.recv_timeout(SECOND);
            see(format!("{:?}", start.elapsed()));
        });
        see(format!("{:?}", start.elapsed()));
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["0ns", "3s"]);
}

#[test]
fn every_timed_wait_takes_its_time() {
    let body = || {
        let start = Instant::now();
        let mut took = Vec::new();
        let mut lap = || took.push(start.elapsed().as_secs());
        let (_tx, rx) = mpsc::channel::<()>();
        let _ = rx.recv_timeout(SECOND);
        lap();
        let (lock, changed) = (Mutex::new(()), Condvar::new());
        drop(changed.wait_timeout_while(lock.lock().unwrap(), SECOND, |()| true));
        lap();
        while start.elapsed() < 3 * SECOND {
            thread::park_timeout(3 * SECOND - start.elapsed());
        }
        lap();
        see(format!("{took:?}"));
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["[1, 2, 3]"]);
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    let body = || {
        let order = Mutex::new(Vec::new());
        thread::scope(|s| {
            for seconds in [3, 1, 2] {
                let order = &order;
                s.spawn(move || {
                    thread::sleep(seconds * SECOND);
                    order.lock().unwrap().push(seconds);
                });
            }
        });
        see(format!("{:?}", order.into_inner().unwrap()));
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["[1, 2, 3]"]);
    assert!(seen(body).len() > 1, "a slow machine may run any of them late");
}

/// std's own idiom: the remaining time is `None` only when more than the whole time has passed.
#[test]
fn a_loop_that_waits_for_what_is_left_ends() {
    let body = || {
        let (lock, changed) = (Mutex::new(()), Condvar::new());
        let start = Instant::now();
        let mut guard = lock.lock().unwrap();
        while let Some(left) = SECOND.checked_sub(start.elapsed()) {
            guard = changed.wait_timeout(guard, left).unwrap().0;
        }
        drop(guard);
        while let Some(left) = (2 * SECOND).checked_sub(start.elapsed()) {
            thread::sleep(left);
        }
        let (_tx, rx) = mpsc::channel::<()>();
        while let Some(left) = (3 * SECOND).checked_sub(start.elapsed()) {
            let _ = rx.recv_timeout(left);
        }
        while let Some(left) = (4 * SECOND).checked_sub(start.elapsed()) {
            thread::park_timeout(left);
        }
        see(start.elapsed().as_secs());
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["4"]);
}

#[test]
fn sleeping_is_no_substitute_for_waiting() {
    let body = || {
        let done = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| done.store(true, SeqCst));
            thread::sleep(SECOND);
            see(done.load(SeqCst));
        });
    };
    assert_eq!(seen(body), ["false", "true"]);
    assert_eq!(seen_in(TimeMode::Exact, body), ["true"]);
}

#[test]
fn a_wait_for_ages_has_no_end() {
    let body = || {
        let ages = Duration::from_secs(1 << 40);
        let (lock, changed) = (Mutex::new(0), Condvar::new());
        let (tx, rx) = mpsc::channel();
        thread::scope(|s| {
            s.spawn(|| {
                let (arrived, result) = changed
                    .wait_timeout_while(lock.lock().unwrap(), Duration::MAX, |n| *n == 0)
                    .unwrap();
                see(format!("{} {}", *arrived, result.timed_out()));
            });
            s.spawn(move || see(rx.recv_timeout(ages).is_ok()));
            *lock.lock().unwrap() = 1;
            changed.notify_one();
            tx.send(()).unwrap();
        });
    };
    assert_eq!(seen(body), ["1 false", "true"]);
    let failure = failure(|| {
        let (lock, changed) = (Mutex::new(()), Condvar::new());
        drop(changed.wait_timeout_while(lock.lock().unwrap(), Duration::MAX, |()| true));
    });
    assert!(matches!(failure, Failure::LostWakeup { .. }), "{failure:?}");
}

#[test]
fn the_systems_clock_goes_back_while_time_passes() {
    let body = || {
        let first = SystemTime::now();
        see(format!("{:?}", first.elapsed().map(|passed| passed < SECOND).ok()));
        thread::sleep(SECOND);
        let error = first.elapsed().expect_err("the clock was set back");
        see(format!("{:?}", error.duration().as_secs()));
    };
    assert_eq!(seen_in(TimeMode::Exact, body), ["3599", "Some(true)"]);
}
