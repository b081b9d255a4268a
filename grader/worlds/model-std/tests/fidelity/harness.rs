use record::{Budget, Order};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// What a case observes.
type Case = fn() -> String;

const BUDGET: Budget =
    Budget { preemptions: 2, systematic: 2_000, random: 50, rounds: 1, seed: 7, ..Budget::DEFAULT };

thread_local! {
    static CASE: Cell<Option<Case>> = const { Cell::new(None) };
    static OBSERVED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// What the case observes under the model's schedules.
fn observe(case: Case) -> BTreeSet<String> {
    CASE.set(Some(case));
    OBSERVED.take();
    let order = Order { budget: BUDGET, ..Order::default() };
    let outcome = explorer::explore(&order, body, &mut || ());
    assert_eq!(outcome.failure, None, "the model fails the case");
    OBSERVED.take()
}

fn body() {
    let case = CASE.get().expect("there is a case");
    let observed = case();
    OBSERVED.with_borrow_mut(|all| all.insert(observed));
}

/// Asserts that every schedule of the model observes what the real std does.
pub(crate) fn same(real: Case, model: Case) {
    let expected = real();
    for observed in observe(model) {
        assert_eq!(observed, expected, "left: the model, right: std");
    }
}

/// Asserts that the model observes all of `allowed` and nothing else, and the real std one of them.
pub(crate) fn one_of(real: Case, model: Case, allowed: &[&str]) {
    let observed = observe(model);
    let observed: BTreeSet<&str> = observed.iter().map(String::as_str).collect();
    assert_eq!(observed, allowed.iter().copied().collect());
    let real = real();
    assert!(allowed.contains(&real.as_str()), "{real}");
}
