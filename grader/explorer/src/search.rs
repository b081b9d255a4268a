//! The search: runs the strategies one after another, until one finds a schedule that fails or all
//! have spent their budgets.

use crate::decisive::PointOfNoReturn;
use crate::recorder::Recorder;
use crate::runs::{Found, run};
use crate::schedule::{Base, Schedule};
use crate::session::{Most, Session};
use crate::strategy::bounded::Bounded;
use crate::strategy::lockstep::Lockstep;
use crate::strategy::priority::Priorities;
use crate::strategy::random::RandomWalk;
use crate::strategy::replay::Replay;
use crate::strategy::sleep_sets::SleepSets;
use crate::strategy::uniform::UniformWalk;
use crate::strategy::{Shared, Strategy};
use crate::{decisive, panics, shrink, token};
use record::{Coverage, Decisive, Failure, Interleavings, Order, Outcome, Task, TimeMode};
use std::cell::RefCell;
use std::rc::Rc;

/// The longest turn, in steps, that the lockstep strategy tries.
const LOCKSTEP: u32 = 8;

/// The search by preemptions begins with schedules that have no more of them than this.
const FEW_PREEMPTIONS: u32 = 1;

/// These first schedules, all interleavings, and the rest of the search by preemptions each have one part of
/// the systematic budget, and the last has what the others leave.
const SHARES: u64 = 3;

/// How many strategies pick schedules at random, each with its own budget.
const RANDOM_STRATEGIES: u64 = 3;

/// Runs the check `body` as `order` says. `replaying` is called before the one run whose trace is
/// kept, so that the output of that run can be told apart from the output of the search.
pub fn explore(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    panics::install_hook(run_nothing);
    match &order.task {
        Task::Search => search(order, body, replaying),
        Task::Replay(token) => replay(order, token, body, replaying),
    }
}

/// Runs an empty program once, to get the engine's first-run setup out of the way.
fn run_nothing() {
    let schedule = Schedule { base: Base::RunOn, deviations: Vec::new() };
    run(Box::new(Replay::new(schedule)), Most::runs(1), TimeMode::Exact, None, || {});
}

fn search(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    Session::with(|session| session.is_patient = true);
    let budget = order.budget;
    let mut coverage = Coverage::default();
    if let Some(found) = search_systematically(order, body, &mut coverage) {
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
        let phase = run(strategy, Most::runs(u64::MAX), order.time, None, body);
        coverage.random += phase.runs;
        if let Some(found) = phase.found {
            return fail(found, coverage, order.time, body, replaying);
        }
    }
    Outcome { coverage, ..Outcome::default() }
}

/// Searches by preemptions and, if the order asks for it, all interleavings. The first schedules are those
/// with the fewest preemptions, since a failure in one of them is the simplest to read. Then come all interleavings, as far
/// as the budget goes; only what they have not covered is worth any more preemptions.
fn search_systematically(order: &Order, body: fn(), coverage: &mut Coverage) -> Option<Found> {
    let budget = order.budget;
    let by_chance = RANDOM_STRATEGIES * budget.random;
    let share = budget.systematic.div_ceil(SHARES);
    let first = budget.preemptions.min(FEW_PREEMPTIONS);
    let alone = budget.interleavings == Interleavings::None;
    let (last, small) = if alone { (budget.preemptions, by_chance) } else { (first, 0) };
    let bounded = Rc::new(RefCell::new(Bounded::new(last, budget.systematic, small)));
    let go_on = |coverage: &mut Coverage, most: u64| {
        let phase =
            run(Box::new(Shared(bounded.clone())), Most::runs(most), order.time, None, body);
        coverage.systematic += phase.runs;
        (coverage.bound, coverage.exhausted) = phase.covered;
        phase.found
    };
    if alone {
        return go_on(coverage, budget.systematic);
    }
    let found = go_on(coverage, share);
    if found.is_some() || coverage.exhausted {
        return found;
    }
    let reduces = budget.interleavings == Interleavings::Distinct;
    let most = (budget.systematic - coverage.systematic).min(share.max(1));
    let sleep_sets = Box::new(SleepSets::new(reduces, budget.odd_events, most));
    let phase = run(sleep_sets, Most::runs(most), order.time, None, body);
    coverage.systematic += phase.runs;
    coverage.odd_events = phase.odd_events.0;
    if phase.found.is_some() || phase.odd_events.1 {
        coverage.exhausted = phase.odd_events.1;
        return phase.found;
    }
    // Each preemption and each odd event counts against the same bound.
    if coverage.odd_events.is_some_and(|most| most >= budget.preemptions) {
        coverage.bound = coverage.bound.max(coverage.odd_events);
        return None;
    }
    bounded.borrow_mut().go_on_to(budget.preemptions);
    go_on(coverage, budget.systematic - coverage.systematic)
}

/// A schedule failed: shrinks it, finds its decisive step, then runs it once more with tracing on.
fn fail(
    found: Found,
    coverage: Coverage,
    time: TimeMode,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Outcome {
    be_patient_unless_loops(Some(&found.failure));
    if matches!(found.failure, Failure::Refused { .. } | Failure::TooLarge { .. }) {
        // The failure is not the schedule's doing, and may not recur when the schedule is run
        // alone.
        return Outcome { failure: Some(found.failure), coverage, ..Outcome::default() };
    }
    let small = shrink::shrink(found, time, body);
    // Run once more before showing it: from then on, everything the process prints must come from
    // the run that is shown.
    let again =
        run(Box::new(Replay::new(small.schedule.clone())), Most::runs(1), time, None, body).found;
    let shown = show(&small.schedule, time, body, replaying);
    if !repeats(&small, again.as_ref(), &shown) {
        // A trace of some other behaviour would contradict what was found.
        let failure = Some(small.failure);
        return Outcome { failure, coverage, nondeterministic: true, ..Outcome::default() };
    }
    let replay = Some(token::encode(&small.schedule));
    Outcome { coverage, replay, ..shown.outcome }
}

/// If a failure is a loop, an execution that seems to loop is known to loop from here on. Otherwise one
/// that seemed to loop on its way to the failure must get there again.
fn be_patient_unless_loops(failure: Option<&Failure>) {
    let loops = matches!(failure, Some(Failure::BusyWait { .. } | Failure::Livelock { .. }));
    Session::with(|session| session.is_patient = !loops);
}

fn replay(order: &Order, token: &str, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    let coverage = Coverage { systematic: 1, ..Coverage::default() };
    let Ok(schedule) = token::decode(token) else {
        return Outcome { coverage, ..Outcome::default() };
    };
    Session::with(|session| session.is_patient = true);
    let strategy = Box::new(Replay::new(schedule.clone()));
    let found = run(strategy, Most::runs(1), order.time, None, body).found;
    be_patient_unless_loops(found.as_ref().map(|found| &found.failure));
    let shown = show(&schedule, order.time, body, replaying);
    Outcome { coverage, replay: Some(token.to_owned()), ..shown.outcome }
}

/// The result of running a schedule with tracing on.
struct Shown {
    outcome: Outcome,
    steps: u32,
}

/// Finds the decisive step of `schedule`, if it fails, and runs it with tracing on.
fn show(schedule: &Schedule, time: TimeMode, body: fn(), replaying: &mut dyn FnMut()) -> Shown {
    let lost = decisive::find(schedule, time, body);
    replaying();
    let wanted = match lost {
        Some(PointOfNoReturn::Decision(decision)) => Some(decision),
        Some(PointOfNoReturn::Start) | None => None,
    };
    let recorder = Some(Recorder::looking_for(wanted));
    let phase = run(Box::new(Replay::new(schedule.clone())), Most::runs(1), time, recorder, body);
    let (trace, step) = phase.trace.unzip();
    let decisive = match lost {
        Some(PointOfNoReturn::Start) => Some(Decisive::Start),
        _ => step.flatten().map(Decisive::Step),
    };
    let steps = phase.found.as_ref().map_or(0, |found| found.steps);
    let failure = phase.found.map(|found| found.failure);
    let decisive = decisive.filter(|_| failure.is_some());
    Shown { outcome: Outcome { failure, trace, decisive, ..Outcome::default() }, steps }
}

/// Whether the program behaves the same when it is run again under the failing schedule, with
/// tracing and without. A program whose behaviour depends on a memory address, or on what an
/// earlier execution left in a `static`, may not.
fn repeats(small: &Found, again: Option<&Found>, shown: &Shown) -> bool {
    let same = |failure: Option<&Failure>, steps: u32| {
        failure.is_some_and(|failure| shrink::same(failure, &small.failure)) && steps == small.steps
    };
    same(shown.outcome.failure.as_ref(), shown.steps)
        && same(again.map(|found| &found.failure), again.map_or(0, |found| found.steps))
}
