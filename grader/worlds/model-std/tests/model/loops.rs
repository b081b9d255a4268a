use crate::{explore_in, failure, line, passes};
use model_std::hint;
use model_std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use model_std::sync::{Condvar, Mutex, mpsc};
use model_std::thread;
use model_std::time::Duration;
use record::{Budget, Failure, Order, Size, Task, TimeMode};

#[test]
fn polling_while_the_others_sleep_is_a_busy_wait() {
    let failure = failure(|| {
        let flag = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| while !flag.load(SeqCst) {}); // polls
            thread::sleep(Duration::from_secs(1));
            flag.store(true, SeqCst);
        });
    });
    let Failure::BusyWait { thread, at, waits } = failure else { panic!("{failure:?}") };
    assert_eq!((thread, at.len(), waits.len()), (1, 1, 1));
    assert!(line(include_str!("loops.rs"), &at[0]).contains("// polls"));
}

/// Polls in its destructor.
struct Polls<'a>(fn(&Flags) -> bool, &'a Flags);

#[derive(Default)]
struct Flags {
    atomic: AtomicBool,
    locked: Mutex<bool>,
}

impl Drop for Polls<'_> {
    fn drop(&mut self) {
        while !self.0(self.1) {}
    }
}

/// What a destructor waits for in a loop cannot come any more when the execution has failed. It goes on
/// all the same if its thread unwinds, because that cannot be interrupted.
#[test]
fn a_destructor_that_polls_ends_with_the_execution() {
    fn poll(poll: fn(&Flags) -> bool) {
        let flags = Flags::default();
        thread::scope(|s| {
            s.spawn(|| {
                let _two = [Polls(poll, &flags), Polls(poll, &flags)];
                panic!("unwinds");
            });
            thread::sleep(Duration::from_secs(1));
            flags.atomic.store(true, SeqCst);
            *flags.locked.lock().unwrap() = true;
        });
    }
    let failures = [
        failure(|| poll(|flags| flags.atomic.load(SeqCst))),
        failure(|| {
            poll(|flags| {
                thread::yield_now();
                *flags.locked.lock().unwrap()
            });
        }),
    ];
    for failure in failures {
        assert!(matches!(failure, Failure::BusyWait { thread: 1, .. }), "{failure:?}");
    }
}

#[test]
fn waiting_for_a_thread_that_runs_is_none() {
    fn run(wait: fn(&AtomicBool)) {
        let flag = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| wait(&flag));
            flag.store(true, SeqCst);
        });
    }
    passes(|| run(|flag| while !flag.load(SeqCst) {}));
    passes(|| {
        run(|flag| {
            while !flag.load(SeqCst) {
                hint::spin_loop()
            }
        })
    });
    passes(|| {
        run(|flag| {
            while !flag.load(SeqCst) {
                thread::yield_now()
            }
        })
    });
}

/// Each philosopher takes the left fork, finds the right one taken, and puts the left one back.
#[test]
fn philosophers_who_give_way_in_step_livelock() {
    let failure = failure(|| {
        let forks = [Mutex::new(()), Mutex::new(()), Mutex::new(())];
        thread::scope(|s| {
            for seat in 0..3 {
                let (left, right) = (&forks[seat], &forks[(seat + 1) % 3]);
                s.spawn(move || {
                    loop {
                        let _left = left.lock().unwrap();
                        if right.try_lock().is_ok() {
                            return;
                        }
                    }
                });
            }
        });
    });
    let Failure::Livelock { threads, .. } = failure else { panic!("{failure:?}") };
    assert_eq!(threads, [1, 2, 3]);
}

/// As long as there is only one thread, there is nothing to search.
#[test]
fn many_messages_on_one_thread_are_not_too_many() {
    passes(|| {
        let (send, receive) = mpsc::channel();
        for number in 0..70_000 {
            send.send(number).unwrap();
        }
        assert_eq!(receive.recv(), Ok(0));
    });
}

/// A long program that ends is not a loop.
#[test]
fn many_messages_beside_another_thread_are_too_large_and_no_livelock() {
    let failure = failure(|| {
        let (send, receive) = mpsc::channel();
        thread::scope(|s| {
            s.spawn(|| {
                for number in 0..7_000 {
                    send.send(number).unwrap();
                }
            });
        });
        assert_eq!(receive.recv(), Ok(0));
    });
    let Failure::TooLarge { what, .. } = failure else { panic!("{failure:?}") };
    assert_eq!(what, Size::Steps);
}

#[test]
fn many_messages_while_another_thread_waits_are_no_busy_wait() {
    let outcome = crate::explore_in(TimeMode::Exact, || {
        let (send, receive) = mpsc::channel();
        let (done, finished) = mpsc::channel();
        thread::scope(|s| {
            s.spawn(move || {
                let () = finished.recv().unwrap();
                assert_eq!(receive.iter().count(), 1_100);
            });
            for number in 0..1_100 {
                send.send(number).unwrap();
            }
            done.send(()).unwrap();
            drop(send);
        });
    });
    assert!(!matches!(outcome.failure, Some(Failure::BusyWait { .. })), "{:?}", outcome.failure);
}

/// What seemed to be a loop on the way to another failure is shown, and can be replayed, to its end.
#[test]
fn many_messages_before_a_lost_wakeup_are_shown_with_it() {
    fn body() {
        let (done, changed, calls) = (Mutex::new(false), Condvar::new(), Mutex::new(0));
        thread::scope(|s| {
            s.spawn(|| drop(changed.wait_while(done.lock().unwrap(), |done| !*done).unwrap()));
            thread::sleep(Duration::from_secs(1));
            for _ in 0..1_500 {
                *calls.lock().unwrap() += 1;
            }
        });
    }
    let outcome = explore_in(TimeMode::Exact, body);
    assert!(matches!(outcome.failure, Some(Failure::LostWakeup { .. })), "{:?}", outcome.failure);
    assert!(!outcome.nondeterministic && outcome.trace.is_some());
    let task = Task::Replay(outcome.replay.unwrap());
    let order = Order { task, time: TimeMode::Exact, ..Order::default() };
    let replayed = explorer::explore(&order, body, &mut || ());
    assert!(matches!(replayed.failure, Some(Failure::LostWakeup { .. })), "{:?}", replayed.failure);
}

/// Every thread that does not get the next number tries again. That takes many steps if there are
/// many threads, but each turn is somebody's, so it is no loop.
#[test]
fn hundreds_of_threads_that_compete_for_numbers_are_no_loop() {
    let budget = Budget { systematic: 2, random: 20, ..crate::BUDGET };
    let order = Order { budget, ..Order::default() };
    let body = || {
        let next = AtomicUsize::new(0);
        thread::scope(|s| {
            for _ in 0..290 {
                s.spawn(|| {
                    next.fetch_update(SeqCst, SeqCst, |it| Some(it + 1)).unwrap();
                    thread::sleep(Duration::from_secs(1));
                });
            }
        });
        assert_eq!(next.load(SeqCst), 290);
    };
    assert_eq!(explorer::explore(&order, body, &mut || ()).failure, None);
}
