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
use record::{Budget, Failure, Interleavings, Order};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How many programs are tried, unless `PROGRAMS` says otherwise.
const PROGRAMS: u32 = 2_000;
/// Programs with more states than this are too large to be compared.
const MOST_STATES: usize = 60_000;
/// Runs of each program on real threads.
const RUNS: usize = 10;

const BUDGET: Budget =
    Budget { preemptions: 16, systematic: 2_000, random: 0, rounds: 1, seed: 0, ..Budget::DEFAULT };

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

/// Schedules for each of two searches that are compared.
const MOST: u64 = 20_000;

/// How searches of the same programs compare.
#[derive(Debug, Default)]
struct Reduction {
    /// Searches that came to an end in both ways.
    compared: u32,
    /// Programs that are too large for brute force even without odd events.
    skipped: u32,
    /// Schedules run by brute force.
    all: u64,
    /// Schedules run otherwise.
    reduced: u64,
}

/// All the outcomes that a search of `program` shows.
fn outcomes(
    program: &Program,
    odd_events: u32,
    interleavings: Interleavings,
) -> (record::Outcome, BTreeSet<Outcome>) {
    PROGRAM.set(Some(program.clone()));
    SEEN.take();
    let budget = Budget { preemptions: 0, systematic: MOST, odd_events, interleavings, ..BUDGET };
    let found = explorer::explore(&Order { budget, ..Order::default() }, body, &mut || ());
    (found, SEEN.take())
}

/// Searches `program` with and without equivalent interleavings, for 0, 1 and 2 odd events. Both must show
/// the same.
fn reduce(program: &Program, tally: &mut Reduction) {
    for odd_events in 0..=2 {
        let (all, seen) = outcomes(program, odd_events, Interleavings::Every);
        let stuck = |outcome: &record::Outcome| outcome.failure.is_some();
        if !stuck(&all) && all.coverage.odd_events != Some(odd_events) && !all.coverage.exhausted {
            tally.skipped += u32::from(odd_events == 0);
            return;
        }
        let (reduced, seen_reduced) = outcomes(program, odd_events, Interleavings::Distinct);
        assert_eq!(stuck(&all), stuck(&reduced), "{all:?} {reduced:?}");
        if stuck(&all) {
            return;
        }
        assert_eq!(reduced.coverage.odd_events, all.coverage.odd_events, "{odd_events}");
        assert_eq!(reduced.coverage.exhausted, all.coverage.exhausted);
        assert_eq!(
            seen_reduced, seen,
            "with {odd_events} odd events: {:?} {:?}",
            all.coverage, reduced.coverage
        );
        tally.compared += 1;
        tally.all += all.coverage.systematic;
        tally.reduced += reduced.coverage.systematic;
    }
}

#[test]
fn nothing_is_lost_when_equivalent_interleavings_are_left_out() {
    let cases = std::env::var("PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(PROGRAMS);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = RefCell::new(Reduction::default());
    let result = runner.run(&programs(), |program| {
        reduce(&program, &mut tally.borrow_mut());
        Ok(())
    });
    let tally = tally.take();
    println!("{tally:?}");
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(tally.compared > cases, "too few searches were compared: {tally:?}");
    assert!(tally.reduced < tally.all / 10, "too little was left out: {tally:?}");
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
