//! Schedules per second: the model against raw shuttle, on the same programs.

use crate::summary::median;
use record::{Budget, Order};
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, FailurePersistence, Runner};
use std::time::Instant;

/// Schedules per measurement.
const SCHEDULES: u64 = 20_000;
/// Measurements per program, alternating between the two sides.
const ROUNDS: usize = 7;

/// The same source, compiled against two sets of primitives.
macro_rules! programs {
    ($module:ident, $root:ident) => {
        mod $module {
            use std::sync::Arc;
            use $root::sync::atomic::{AtomicUsize, Ordering::SeqCst};
            use $root::sync::{Condvar, Mutex};
            use $root::thread;

            /// Three threads each take one lock three times.
            pub fn locks() {
                let total = Arc::new(Mutex::new(0));
                let add = |_| {
                    let total = Arc::clone(&total);
                    thread::spawn(move || (0..3).for_each(|_| *total.lock().unwrap() += 1))
                };
                for thread in [0, 1, 2].map(add) {
                    thread.join().unwrap();
                }
                assert_eq!(*total.lock().unwrap(), 9);
            }

            /// Three threads each change one atomic five times.
            pub fn atomics() {
                let total = Arc::new(AtomicUsize::new(0));
                let add = |_| {
                    let total = Arc::clone(&total);
                    thread::spawn(move || {
                        for _ in 0..5 {
                            total.fetch_add(1, SeqCst);
                        }
                    })
                };
                for thread in [0, 1, 2].map(add) {
                    thread.join().unwrap();
                }
                assert_eq!(total.load(SeqCst), 15);
            }

            /// Two threads each wait for an item; a third supplies the items.
            pub fn queue() {
                let queue = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
                let take = |_| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || {
                        let mut items = queue.0.lock().unwrap();
                        while items.is_empty() {
                            items = queue.1.wait(items).unwrap();
                        }
                        items.pop().unwrap()
                    })
                };
                let takers = [0, 1].map(take);
                for item in 0..2 {
                    queue.0.lock().unwrap().push(item);
                    queue.1.notify_one();
                }
                let taken: usize = takers.map(|taker| taker.join().unwrap()).iter().sum();
                assert_eq!(taken, 1);
            }
        }
    };
}

programs!(model, model_std);
programs!(raw, shuttle);

/// The body of one schedule.
type Program = fn();

pub fn compare() {
    println!("Schedules per second, {SCHEDULES} at a time, median of {ROUNDS} alternating rounds");
    println!("  program   strategy        model   shuttle   ratio");
    let programs: [(&str, Program, Program); 3] = [
        ("locks", model::locks, raw::locks),
        ("atomics", model::atomics, raw::atomics),
        ("queue", model::queue, raw::queue),
    ];
    for (name, model, raw) in programs {
        row(name, "random", || explore(model, false), || shuttle(raw));
        row(name, "bounded", || explore(model, true), || shuttle(raw));
    }
    println!(
        "  model: uniform walk, random walk and priorities in equal parts, or context bounding;"
    );
    println!("  shuttle: random\n");
}

fn row(name: &str, strategy: &str, ours: impl Fn() -> f64, theirs: impl Fn() -> f64) {
    let pairs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (ours(), theirs())).collect();
    let of = |pick: fn(&(f64, f64)) -> f64| median(&pairs.iter().map(pick).collect::<Vec<_>>());
    println!(
        "  {name:<9} {strategy:<9} {:>11.0} {:>9.0}   {:>5.2}",
        of(|pair| pair.0),
        of(|pair| pair.1),
        of(|pair| pair.0 / pair.1),
    );
}

/// Schedules per second in the model.
fn explore(program: fn(), bounded: bool) -> f64 {
    let nothing =
        Budget { preemptions: 0, systematic: 0, random: 0, rounds: 0, seed: 1, ..Budget::DEFAULT };
    let budget = if bounded {
        Budget { preemptions: 8, systematic: SCHEDULES, ..nothing }
    } else {
        Budget { random: SCHEDULES / 3, ..nothing }
    };
    let order = Order { budget, ..Order::default() };
    let start = Instant::now();
    let outcome = explorer::explore(&order, program, &mut || ());
    assert_eq!(outcome.failure, None);
    outcome.coverage.schedules() as f64 / start.elapsed().as_secs_f64()
}

/// Schedules per second in raw shuttle.
fn shuttle(program: fn()) -> f64 {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    let scheduler = RandomScheduler::new_from_seed(1, SCHEDULES as usize);
    let start = Instant::now();
    let schedules = Runner::new(scheduler, config).run(program);
    schedules as f64 / start.elapsed().as_secs_f64()
}
