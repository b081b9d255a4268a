use crate::{BUDGET, explore, passes};
use model_std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use model_std::sync::{Condvar, Mutex};
use model_std::thread;
use model_std::time::Duration;
use record::{Budget, Coverage, Failure, Interleavings, Order, Outcome, Task, TimeMode};

fn lost_update() {
    let count = AtomicU8::new(0);
    let hit = || count.store(count.load(SeqCst) + 1, SeqCst);
    thread::scope(|s| {
        s.spawn(hit);
        s.spawn(hit);
    });
    assert_eq!(count.into_inner(), 2);
}

fn opposite_orders() {
    let (a, b) = (Mutex::new(()), Mutex::new(()));
    thread::scope(|s| {
        s.spawn(|| (a.lock().is_ok(), b.lock().is_ok()));
        s.spawn(|| (b.lock().is_ok(), a.lock().is_ok()));
    });
}

fn woken_for_nothing() {
    let (flag, changed) = (Mutex::new(false), Condvar::new());
    thread::scope(|s| {
        s.spawn(|| {
            let guard = flag.lock().unwrap();
            let guard = changed.wait_timeout(guard, Duration::from_secs(1)).unwrap().0;
            assert!(*guard, "not yet");
        });
        *flag.lock().unwrap() = true;
        changed.notify_one();
    });
}

/// Each philosopher takes the left fork, finds the right one taken, and puts the left one back.
fn in_step() {
    let forks = [Mutex::new(()), Mutex::new(())];
    thread::scope(|s| {
        for (left, right) in [(0, 1), (1, 0)] {
            let (left, right) = (&forks[left], &forks[right]);
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
}

const FAILING: [fn(); 4] = [lost_update, opposite_orders, woken_for_nothing, in_step];

#[test]
fn a_small_program_is_exhausted() {
    let coverage = passes(|| {
        let count = AtomicU8::new(0);
        thread::scope(|s| {
            s.spawn(|| count.fetch_add(1, SeqCst));
            count.fetch_add(1, SeqCst);
        });
    });
    assert!(coverage.exhausted);
    assert_eq!(coverage.bound, Some(BUDGET.preemptions));
    assert!(coverage.random < coverage.systematic, "{coverage:?}");
}

#[test]
fn the_only_schedule_is_run_once() {
    let coverage = passes(|| assert!(!Mutex::new(()).is_poisoned()));
    assert!(coverage.exhausted);
    assert_eq!(coverage.schedules(), 1);
}

/// Both threads write their letter, three times each.
fn letters() -> String {
    let written = Mutex::new(String::new());
    let write = |letter| (0..3).for_each(|_| written.lock().unwrap().push(letter));
    thread::scope(|s| {
        s.spawn(|| write('a'));
        write('b');
    });
    written.into_inner().unwrap()
}

#[test]
fn what_the_bound_leaves_out_is_run_where_it_is_little() {
    let coverage = passes(|| assert_eq!(letters().len(), 6));
    assert!(coverage.exhausted);
    assert!(coverage.bound > Some(BUDGET.preemptions), "{coverage:?}");
    // The failure needs five preemptions.
    let outcome = explore(|| assert_ne!(letters(), "ababab"));
    assert!(matches!(outcome.failure, Some(Failure::Panicked { .. })));
}

/// The outcome of a search in which systematic schedules and others take turns.
fn outcome_with(interleavings: Interleavings, body: fn()) -> Outcome {
    let budget = Budget { interleavings, ..BUDGET };
    explorer::explore(&Order { budget, ..Order::default() }, body, &mut || ())
}

#[test]
fn interleavings_that_differ_in_nothing_are_left_out() {
    let apart = || {
        let numbers = [const { AtomicU8::new(0) }; 3];
        thread::scope(|s| {
            for number in &numbers {
                s.spawn(|| (0..4).for_each(|_| _ = number.fetch_add(1, SeqCst)));
            }
        });
    };
    let coverage = outcome_with(Interleavings::Distinct, apart).coverage;
    assert!(coverage.exhausted, "{coverage:?}");
    assert!(!outcome_with(Interleavings::None, apart).coverage.exhausted);
}

#[test]
fn spurious_wakeups_are_counted_apart() {
    let outcome = outcome_with(Interleavings::Distinct, || {
        let (flag, changed) = (Mutex::new(false), Condvar::new());
        thread::scope(|s| {
            s.spawn(|| drop(changed.wait_while(flag.lock().unwrap(), |flag| !*flag).unwrap()));
            *flag.lock().unwrap() = true;
            changed.notify_one();
        });
    });
    let Coverage { odd_events, exhausted, .. } = outcome.coverage;
    assert_eq!((odd_events, exhausted), (Some(Budget::DEFAULT.odd_events), false));
}

/// Each of the others sets two variables; one looks at both in between.
fn reordered() {
    let (a, b) = (AtomicU8::new(0), AtomicU8::new(0));
    thread::scope(|s| {
        for _ in 0..9 {
            s.spawn(|| (a.store(1, SeqCst), b.store(1, SeqCst)));
        }
        s.spawn(|| assert_eq!(a.load(SeqCst), b.load(SeqCst)));
    });
}

#[test]
fn what_takes_an_unlikely_order_is_found_by_chance_and_shown_in_few_steps() {
    let outcome = outcome_with(Interleavings::Distinct, reordered);
    assert!(matches!(outcome.failure, Some(Failure::Panicked { .. })));
    let Coverage { random, .. } = outcome.coverage;
    assert!((1..200).contains(&random), "{:?}", outcome.coverage);
}

#[test]
fn bad_luck_without_end_is_not_searched_to_its_end() {
    let coverage = passes(|| {
        let number = AtomicU8::new(0);
        while number.compare_exchange_weak(0, 1, SeqCst, SeqCst).is_err() {}
    });
    assert_eq!((coverage.bound, coverage.exhausted), (Some(16), false));
    assert!(coverage.random > 0);
}

#[test]
fn a_larger_one_is_not_and_says_so() {
    let coverage = passes(|| {
        let count = AtomicU8::new(0);
        let work = || {
            for _ in 0..5 {
                count.fetch_add(1, SeqCst);
            }
        };
        thread::scope(|s| {
            s.spawn(work);
            s.spawn(work);
        });
    });
    assert!(!coverage.exhausted);
    assert_eq!(coverage.bound, Some(BUDGET.preemptions));
    assert!(coverage.random > 0);
}

#[test]
fn the_same_program_has_the_same_outcome() {
    for body in FAILING {
        let (first, second) = (explore(body), explore(body));
        assert!(first.failure.is_some() && first.trace.is_some() && first.replay.is_some());
        assert_eq!(first, second);
    }
}

#[test]
fn a_token_stands_for_the_failing_schedule() {
    for body in FAILING {
        let found = explore(body);
        let token = found.replay.clone().expect("a failure has a token");
        assert!(explorer::is_token(&token));
        let task = Task::Replay(token);
        let order = Order { budget: BUDGET, task, ..Order::default() };
        let mut announced = 0;
        let replayed = explorer::explore(&order, body, &mut || announced += 1);
        assert_eq!((replayed.failure, replayed.trace), (found.failure, found.trace));
        assert_eq!(
            (replayed.replay, replayed.coverage.schedules(), announced),
            (found.replay, 1, 1)
        );
    }
}

#[test]
fn what_is_shown_is_the_failing_run_alone() {
    std::thread_local! {
        static RUNS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    let body = || {
        RUNS.set(RUNS.get() + 1);
        lost_update();
    };
    let order = Order { time: TimeMode::Exact, budget: BUDGET, ..Order::default() };
    let outcome = explorer::explore(&order, body, &mut || RUNS.set(0));
    assert!(matches!(outcome.failure, Some(Failure::Panicked { .. })));
    assert_eq!(RUNS.get(), 1);
}

#[test]
fn what_was_found_in_few_schedules_is_explained_in_few() {
    std::thread_local! {
        static RUNS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    let body = || {
        RUNS.set(RUNS.get() + 1);
        reordered();
    };
    let runs = |schedules| {
        RUNS.set(0);
        let budget = Budget { systematic: schedules, random: schedules, ..BUDGET };
        let order = Order { budget, ..Order::default() };
        let outcome = explorer::explore(&order, body, &mut || ());
        assert!(outcome.failure.is_some() && outcome.trace.is_some());
        RUNS.get()
    };
    assert!(runs(40) < 1_000 && runs(4_000) > 1_000);
}
