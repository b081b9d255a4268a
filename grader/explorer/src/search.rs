//! The search: strategies one after another, until one finds a schedule that fails or all have
//! spent their budgets.

use crate::decisive::Lost;
use crate::recorder::Recorder;
use crate::schedule::{Base, Schedule};
use crate::session::Session;
use crate::strategy::Strategy;
use crate::strategy::bounded::Bounded;
use crate::strategy::lockstep::Lockstep;
use crate::strategy::priority::Priorities;
use crate::strategy::random::RandomWalk;
use crate::strategy::replay::Replay;
use crate::strategy::uniform::UniformWalk;
use crate::{decisive, engine, panics, shrink, threads, token};
use record::{Coverage, Decisive, Failure, Order, Outcome, Task, TimeMode, Trace};

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
    Session::with(|session| session.is_patient = true);
    let budget = order.budget;
    let mut coverage = Coverage::default();
    let by_chance = RANDOM_STRATEGIES * budget.random;
    let bounded = Box::new(Bounded::new(budget.preemptions, budget.systematic, by_chance));
    let phase = run(bounded, budget.systematic, order.time, None, body);
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
        let phase = run(strategy, u64::MAX, order.time, None, body);
        coverage.random += phase.runs;
        if let Some(found) = phase.found {
            return fail(found, coverage, order.time, body, replaying);
        }
    }
    Outcome { coverage, ..Outcome::default() }
}

/// A schedule failed: shrink it, find where it was lost, then run it once more with tracing on.
fn fail(
    found: Found,
    coverage: Coverage,
    time: TimeMode,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Outcome {
    // From here on, what goes round is known to.
    Session::with(|session| session.is_patient = false);
    if matches!(found.failure, Failure::Refused { .. } | Failure::TooLarge { .. }) {
        // Not the schedule's doing, and gone when it is run alone.
        return Outcome { failure: Some(found.failure), coverage, ..Outcome::default() };
    }
    let small = shrink::shrink(found, time, body);
    // Once more before it is shown: what the process prints from then on must be the shown run's own.
    let again = run(Box::new(Replay::new(small.schedule.clone())), 1, time, None, body).found;
    let shown = show(&small.schedule, time, body, replaying);
    if !repeats(&small, again.as_ref(), &shown) {
        // A picture of something else would contradict what was found.
        let failure = Some(small.failure);
        return Outcome { failure, coverage, nondeterministic: true, ..Outcome::default() };
    }
    let replay = Some(token::encode(&small.schedule));
    Outcome { coverage, replay, ..shown.outcome }
}

fn replay(order: &Order, token: &str, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    let coverage = Coverage { systematic: 1, ..Coverage::default() };
    let Ok(schedule) = token::decode(token) else {
        return Outcome { coverage, ..Outcome::default() };
    };
    let shown = show(&schedule, order.time, body, replaying);
    Outcome { coverage, replay: Some(token.to_owned()), ..shown.outcome }
}

/// A schedule that was run with tracing on.
struct Shown {
    outcome: Outcome,
    steps: u32,
}

/// Find where `schedule` was lost, if it fails, and run it with tracing on.
fn show(schedule: &Schedule, time: TimeMode, body: fn(), replaying: &mut dyn FnMut()) -> Shown {
    let lost = decisive::find(schedule, time, body);
    replaying();
    let wanted = match lost {
        Some(Lost::Decision(decision)) => Some(decision),
        Some(Lost::Start) | None => None,
    };
    let recorder = Some(Recorder::looking_for(wanted));
    let phase = run(Box::new(Replay::new(schedule.clone())), 1, time, recorder, body);
    let (trace, step) = phase.trace.unzip();
    let decisive = match lost {
        Some(Lost::Start) => Some(Decisive::Start),
        _ => step.flatten().map(Decisive::Step),
    };
    let steps = phase.found.as_ref().map_or(0, |found| found.steps);
    let failure = phase.found.map(|found| found.failure);
    let decisive = decisive.filter(|_| failure.is_some());
    Shown { outcome: Outcome { failure, trace, decisive, ..Outcome::default() }, steps }
}

/// Whether a program does the same when it is run again under the schedule that failed, with tracing
/// and without. A program whose behaviour depends on a memory address or on what an earlier execution
/// left in a `static` may not.
fn repeats(small: &Found, again: Option<&Found>, shown: &Shown) -> bool {
    let same = |failure: Option<&Failure>, steps: u32| {
        failure.is_some_and(|failure| shrink::same(failure, &small.failure)) && steps == small.steps
    };
    same(shown.outcome.failure.as_ref(), shown.steps)
        && same(again.map(|found| &found.failure), again.map_or(0, |found| found.steps))
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
    /// The trace, and the step that its recorder looked for.
    pub(crate) trace: Option<(Trace, Option<usize>)>,
    /// The bound that was covered and whether that was everything.
    pub(crate) covered: (Option<u32>, bool),
}

/// Run `body` as `strategy` says until it passes once, at most `most_runs` times and for about as many
/// steps as `most_steps` says. Returns whether it passed, the steps that are left, and whether the strategy
/// has nothing else to try.
pub(crate) fn run_until_pass(
    strategy: Box<dyn Strategy>,
    (most_runs, most_steps): (u64, u64),
    time: TimeMode,
    body: fn(),
) -> (bool, u64, bool) {
    Session::with(|session| {
        session.begin(strategy, most_runs, time, None);
        session.until_pass = Some(most_steps);
    });
    drive(body);
    Session::with(|session| {
        session.execution.failure = None;
        let covered = session.strategy.take().map_or((None, false), |strategy| strategy.covered());
        (session.passed, session.until_pass.take().unwrap_or(0), covered.1)
    })
}

/// Run `body` as `strategy` says, at most `most_runs` times.
pub(crate) fn run(
    strategy: Box<dyn Strategy>,
    most_runs: u64,
    time: TimeMode,
    recorder: Option<Recorder>,
    body: fn(),
) -> Phase {
    Session::with(|session| session.begin(strategy, most_runs, time, recorder));
    drive(body);
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

/// Have the engine run the executions that the session asks for.
fn drive(body: fn()) {
    loop {
        let before = Session::with(|session| session.runs);
        let run = std::panic::catch_unwind(|| engine::run(move || threads::main(body)));
        let (ended, failed, goes_on) = Session::with(|session| {
            session.count_execution();
            let ended = std::mem::replace(&mut session.execution.over, true);
            let failed = session.execution.failure.is_some();
            let went_on = session.runs > before;
            (ended, failed, went_on && (!failed || session.until_pass.is_some()))
        });
        match run {
            // The engine fails a run in which a thread was still unwinding when the main thread
            // ended. That is no failure of the program's: go on with the next one.
            Err(_) if ended && goes_on => {}
            // Anything else is a fault, and must never look like a program that passes.
            Err(fault) if !failed => std::panic::resume_unwind(fault),
            _ => break,
        }
    }
}

/// Run an empty program once, for what the engine does at its first execution.
pub(crate) fn run_once_for_nothing() {
    let schedule = Schedule { base: Base::RunOn, deviations: Vec::new() };
    run(Box::new(Replay::new(schedule)), 1, TimeMode::Exact, None, || {});
}
