//! What the model finds, and what it reports.

mod channels;
mod deadlocks;
mod decisive;
mod locks;
mod loops;
mod races;
mod search;
mod statics;
mod threads;
mod time;
mod unwinding;
mod waking;

use record::{Budget, Coverage, Failure, Location, Order, Outcome, TimeMode, Wait};
use std::cell::RefCell;
use std::collections::BTreeSet;

const BUDGET: Budget = Budget {
    preemptions: 2,
    systematic: 3_000,
    random: 100,
    rounds: 1,
    seed: 1,
    ..Budget::DEFAULT
};

fn explore_in(time: TimeMode, body: fn()) -> Outcome {
    let order = Order { time, budget: BUDGET, ..Order::default() };
    explorer::explore(&order, body, &mut || ())
}

/// Explores with deadlines that may pass early.
fn explore(body: fn()) -> Outcome {
    explore_in(TimeMode::Adversarial, body)
}

/// Panics in this file.
fn panics() {
    panic!("in another file");
}

/// How `body` fails.
fn failure(body: fn()) -> Failure {
    explore(body).failure.expect("some schedule fails")
}

/// The message of the panic that ends `body`.
fn panic_message(body: fn()) -> String {
    match failure(body) {
        Failure::Panicked { panic, .. } => panic.message,
        other => panic!("{other:?}"),
    }
}

/// The threads that are waiting when no thread can continue, and the cycle among them.
fn deadlock(body: fn()) -> (Vec<Wait>, Vec<usize>) {
    match failure(body) {
        Failure::Deadlock { waits, cycle } => (waits, cycle),
        other => panic!("{other:?}"),
    }
}

/// Asserts that no schedule fails.
fn passes(body: fn()) -> Coverage {
    let outcome = explore(body);
    assert_eq!(outcome.failure, None);
    outcome.coverage
}

thread_local! {
    static SEEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Records an observation made by a body.
fn see(what: impl ToString) {
    SEEN.with_borrow_mut(|seen| seen.insert(what.to_string()));
}

/// What `body` observed over all its schedules, none of which fails.
fn seen_in(time: TimeMode, body: fn()) -> Vec<String> {
    SEEN.take();
    assert_eq!(explore_in(time, body).failure, None);
    SEEN.take().into_iter().collect()
}

fn seen(body: fn()) -> Vec<String> {
    seen_in(TimeMode::Adversarial, body)
}

/// The line of `source` that `at` refers to.
fn line<'a>(source: &'a str, at: &Location) -> &'a str {
    source.lines().nth(at.line as usize - 1).unwrap_or_default().trim()
}
