//! Small programs, made at random, do in the model what std allows, and nothing else.
//!
//! Each program runs in three ways: under all the schedules of the model, through a specification of
//! what std documents, and many times on real threads. What the model shows is allowed by the
//! specification; if the model has shown all there is, it has shown everything that is allowed; and
//! what real threads show is among it. A program that can get stuck must get stuck in the model.
//!
//! The programs are the same in every run. `PROGRAMS=100000` tries more of them.

#![expect(clippy::duplicate_mod, reason = "programs run on the real std and on the model")]

mod model;
mod program;
mod real;
mod specification;

use program::{Operation, Outcome, Program, programs};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use record::{Budget, Failure, Order};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How many programs are tried, unless `PROGRAMS` says otherwise.
const PROGRAMS: u32 = 2_000;
/// Programs with more states than this are too large to be compared.
const MOST_STATES: usize = 60_000;
/// Runs of each program on real threads.
const RUNS: usize = 10;

const BUDGET: Budget = Budget { preemptions: 16, systematic: 2_000, random: 0, rounds: 1, seed: 0 };

thread_local! {
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
    static SEEN: RefCell<BTreeSet<Outcome>> = const { RefCell::new(BTreeSet::new()) };
}

fn body() {
    let program = PROGRAM.with_borrow(Clone::clone).expect("there is a program");
    let outcome = model::run::run(&program);
    SEEN.with_borrow_mut(|seen| seen.insert(outcome));
}

/// How many programs were compared in which way.
#[derive(Debug, Default)]
struct Tally {
    /// Too many states.
    skipped: u32,
    /// They can get stuck, and do.
    stuck: u32,
    /// The model has shown all that it can.
    all: u32,
    /// The model had more to show.
    some: u32,
}

fn compare(program: &Program, tally: &mut Tally) {
    let Some(allowed) = specification::behaviour(program, MOST_STATES) else {
        tally.skipped += 1;
        return;
    };
    PROGRAM.set(Some(program.clone()));
    SEEN.take();
    let order = Order { budget: BUDGET, ..Order::default() };
    let found = explorer::explore(&order, body, &mut || ());
    let seen = SEEN.take();
    let beyond: Vec<_> = seen.difference(&allowed.outcomes).collect();
    assert!(beyond.is_empty(), "the model shows what std does not allow: {beyond:?}");
    if allowed.can_get_stuck {
        let stuck =
            matches!(found.failure, Some(Failure::Deadlock { .. } | Failure::LostWakeup { .. }));
        assert!(stuck, "it can get stuck, but in the model: {:?}", found.failure);
        tally.stuck += 1;
        return;
    }
    assert_eq!(found.failure, None, "it cannot get stuck, but in the model");
    if found.coverage.exhausted {
        let missing: Vec<_> = allowed.outcomes.difference(&seen).collect();
        assert!(missing.is_empty(), "std allows what the model does not show: {missing:?}");
        tally.all += 1;
    } else {
        tally.some += 1;
    }
    // std's own channels park, and may use up a token that was meant for the program.
    let has = |wanted: Operation| program.threads.iter().flatten().any(|it| *it == wanted);
    if has(Operation::Park) && has(Operation::RecvAMoment) {
        return;
    }
    for _ in 0..RUNS {
        let outcome = real::run::run(program);
        assert!(
            allowed.outcomes.contains(&outcome),
            "real threads show what the specification does not allow: {outcome:?}"
        );
    }
}

#[test]
fn small_programs_behave_as_std_documents() {
    let cases = std::env::var("PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(PROGRAMS);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = RefCell::new(Tally::default());
    let result = runner.run(&programs(), |program| {
        compare(&program, &mut tally.borrow_mut());
        Ok(())
    });
    let tally = tally.take();
    println!("{tally:?}");
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(
        tally.all > cases / 4 && tally.all + tally.stuck > cases / 2,
        "too few programs were compared to the end: {tally:?}"
    );
    assert!(tally.skipped < cases / 10, "too many programs were too large: {tally:?}");
}
