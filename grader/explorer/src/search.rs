//! The search: strategies one after another, until one finds a schedule that fails or all have
//! spent their budgets.

use crate::schedule::{Base, Schedule};
use crate::session::Session;
use crate::strategy::Strategy;
use crate::strategy::bounded::Bounded;
use crate::strategy::lockstep::Lockstep;
use crate::strategy::priority::Priorities;
use crate::strategy::random::RandomWalk;
use crate::strategy::replay::Replay;
use crate::strategy::uniform::UniformWalk;
use crate::{engine, panics, shrink, threads, token};
use record::{Coverage, Failure, Order, Outcome, Task, TimeMode, Trace};

/// The longest turn that the lockstep strategy tries.
const LOCKSTEP: u32 = 8;

/// How many strategies draw schedules at random, each with a budget of its own.
const RANDOM_STRATEGIES: u64 = 3;

/// Do what `order` asks with the check `body`. `replaying` is called before the one run whose trace
/// is kept, so that what it prints can be told from what the search printed.
pub fn explore(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    panics::install_hook();
    match &order.task {
        Task::Search => search(order, body, replaying),
        Task::Replay(token) => replay(order, token, body, replaying),
    }
}

fn search(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    let budget = order.budget;
    let mut coverage = Coverage::default();
    let by_chance = RANDOM_STRATEGIES * budget.random;
    let bounded = Box::new(Bounded::new(budget.preemptions, budget.systematic, by_chance));
    let phase = run(bounded, budget.systematic, order.time, false, body);
    coverage.systematic = phase.runs;
    (coverage.bound, coverage.exhausted) = phase.covered;
    if let Some(found) = phase.found {
        return fail(found, coverage, order.time, body, replaying);
    }
    if coverage.exhausted {
        return Outcome { coverage, ..Outcome::default() };
    }
    let strategies: [Box<dyn Strategy>; 4] = [
        Box::new(Lockstep::new(LOCKSTEP)),
        Box::new(UniformWalk::new(budget.seed, budget.random)),
        Box::new(RandomWalk::new(budget.seed, budget.random)),
        Box::new(Priorities::new(budget.seed, budget.random)),
    ];
    for strategy in strategies {
        let phase = run(strategy, u64::MAX, order.time, false, body);
        coverage.random += phase.runs;
        if let Some(found) = phase.found {
            return fail(found, coverage, order.time, body, replaying);
        }
    }
    Outcome { coverage, ..Outcome::default() }
}

/// A schedule failed: shrink it, then run it once more with tracing on.
fn fail(
    found: Found,
    coverage: Coverage,
    time: TimeMode,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Outcome {
    if matches!(found.failure, Failure::Refused { .. }) {
        // Not the schedule's doing, and gone when it is run alone.
        let failure = Some(found.failure);
        return Outcome { failure, coverage, ..Outcome::default() };
    }
    let small = shrink::shrink(found, time, body);
    replaying();
    let phase = run(Box::new(Replay::new(small.schedule.clone())), 1, time, true, body);
    let replay = Some(token::encode(&small.schedule));
    let failure = phase.found.map_or(small.failure, |found| found.failure);
    Outcome { failure: Some(failure), coverage, trace: phase.trace, replay, ..Outcome::default() }
}

fn replay(order: &Order, token: &str, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    let coverage = Coverage { systematic: 1, ..Coverage::default() };
    let Ok(schedule) = token::decode(token) else {
        return Outcome { coverage, ..Outcome::default() };
    };
    replaying();
    let phase = run(Box::new(Replay::new(schedule)), 1, order.time, true, body);
    let failure = phase.found.map(|found| found.failure);
    Outcome {
        failure,
        coverage,
        trace: phase.trace,
        replay: Some(token.to_owned()),
        ..Outcome::default()
    }
}

/// A schedule that failed.
pub(crate) struct Found {
    pub(crate) failure: Failure,
    pub(crate) schedule: Schedule,
    pub(crate) steps: u32,
}

/// What one strategy came to.
pub(crate) struct Phase {
    pub(crate) runs: u64,
    pub(crate) found: Option<Found>,
    pub(crate) trace: Option<Trace>,
    /// The bound that was covered and whether that was everything.
    covered: (Option<u32>, bool),
}

/// Run `body` as `strategy` says, at most `most_runs` times.
pub(crate) fn run(
    strategy: Box<dyn Strategy>,
    most_runs: u64,
    time: TimeMode,
    tracing: bool,
    body: fn(),
) -> Phase {
    Session::with(|session| session.begin(strategy, most_runs, time, tracing));
    loop {
        let before = Session::with(|session| session.runs);
        let run = std::panic::catch_unwind(|| engine::run(move || threads::main(body)));
        let (ended, failed, went_on) = Session::with(|session| {
            session.count_execution();
            let ended = std::mem::replace(&mut session.execution.over, true);
            (ended, session.execution.failure.is_some(), session.runs > before)
        });
        match run {
            // The engine fails a run in which a thread was still unwinding when the main thread
            // ended. That is no failure of the program's: go on with the next one.
            Err(_) if ended && !failed && went_on => {}
            // Anything else is a fault, and must never look like a program that passes.
            Err(fault) if !failed => std::panic::resume_unwind(fault),
            _ => break,
        }
    }
    Session::with(|session| {
        let strategy = session.strategy.take();
        let found = session.execution.failure.take().map(|failure| {
            let base = strategy.as_ref().map_or(Base::RunOn, |strategy| strategy.base());
            // Lockstep is what a livelock is about. All else is easier to read as a few
            // preemptions of threads that run on.
            let schedule = match (base, &failure) {
                (Base::Lockstep(_), Failure::Livelock { .. }) => {
                    Schedule { base, deviations: Vec::new() }
                }
                _ => Schedule { base: Base::RunOn, deviations: session.deviations.clone() },
            };
            Found { failure, schedule, steps: session.execution.steps }
        });
        let covered = strategy.map_or((None, false), |s| s.covered());
        Phase { runs: session.runs, found, trace: session.execution.take_trace(), covered }
    })
}

/// Run an empty program once, for what the engine does at its first execution.
pub(crate) fn run_once_for_nothing() {
    let schedule = Schedule { base: Base::RunOn, deviations: Vec::new() };
    run(Box::new(Replay::new(schedule)), 1, TimeMode::Exact, false, || {});
}
