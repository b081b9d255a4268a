//! The search: runs the strategies in turns, until one finds a schedule that fails or all have spent
//! their budgets.

use crate::decisive::PointOfNoReturn;
use crate::recorder::Recorder;
use crate::runs::{Found, run, wakes_in_vain};
use crate::schedule::{Base, Schedule};
use crate::session::{Most, Session};
use crate::strategy::Shared;
use crate::strategy::replay::Replay;
use crate::strategy::turns::Turns;
use crate::{decisive, panics, shrink, steer, token};
use record::{Coverage, Decisive, Failure, Order, Outcome, Task, TimeMode};
use std::cell::RefCell;
use std::rc::Rc;

/// For how many more steps the systematic search goes on when chance has found a failure first.
const MORE_STEPS: u64 = 3_000_000;

/// Runs the check `body` as `order` says. `replaying` is called before the one run whose trace is
/// kept, so that the output of that run can be told apart from the output of the search.
pub fn explore(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    panics::install_hook(run_nothing);
    match &order.task {
        Task::Search => search(order, body, replaying),
        Task::Replay(token) => replay(order, token, body, replaying),
        Task::Steer(steering) => steer::steer(order, steering, body, replaying),
    }
}

/// Runs an empty program once, to get the engine's first-run setup out of the way.
fn run_nothing() {
    let schedule = Schedule { base: Base::RunOn, deviations: Vec::new() };
    run(Box::new(Replay::new(schedule)), Most::runs(1), TimeMode::Exact, None, || {});
}

fn search(order: &Order, body: fn(), replaying: &mut dyn FnMut()) -> Outcome {
    Session::with(|session| session.is_patient = true);
    let turns = Rc::new(RefCell::new(Turns::new(order.budget)));
    let phase = run(Box::new(Shared(turns.clone())), Most::runs(u64::MAX), order.time, None, body);
    let coverage = turns.borrow().coverage();
    let Some(found) = phase.found else {
        return Outcome { coverage, ..Outcome::default() };
    };
    if matches!(found.failure, Failure::Refused { .. } | Failure::TooLarge { .. }) {
        // The failure is not the schedule's doing, and may not recur when the schedule is run
        // alone.
        return Outcome { failure: Some(found.failure), coverage, ..Outcome::default() };
    }
    let is_simplest = turns.borrow().is_simplest_first();
    let simpler = if is_simplest { None } else { go_on(turns, order, body) };
    fail(simpler.unwrap_or(found), coverage, order, body, replaying)
}

/// A schedule failed that may be hard to read. The systematic search goes on by preemptions: what it
/// finds is simpler.
fn go_on(turns: Rc<RefCell<Turns>>, order: &Order, body: fn()) -> Option<Found> {
    let first = Rc::into_inner(turns)?.into_inner().into_systematic().simplest_first();
    let most = Most { runs: u64::MAX, steps: MORE_STEPS };
    run(Box::new(first), most, order.time, None, body).found
}

/// How many schedules may be tried to find a failure. The effort to explain it is in proportion.
fn effort(order: &Order) -> u64 {
    order.budget.systematic.max(order.budget.random)
}

/// A schedule failed: shrinks it, finds its decisive step, then runs it once more with tracing on.
fn fail(
    found: Found,
    coverage: Coverage,
    order: &Order,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Outcome {
    be_patient_unless_loops(Some(&found.failure));
    let time = order.time;
    let small = shrink::shrink(found, effort(order), time, body);
    // Run once more before showing it: from then on, everything the process prints must come from
    // the run that is shown.
    let again =
        run(Box::new(Replay::new(small.schedule.clone())), Most::runs(1), time, None, body).found;
    let shown = show(&small.schedule, Some(&small.failure), order, body, replaying);
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
    let failure = found.map(|found| found.failure);
    let shown = show(&schedule, failure.as_ref(), order, body, replaying);
    Outcome { coverage, replay: Some(token.to_owned()), ..shown.outcome }
}

/// The result of running a schedule with tracing on.
struct Shown {
    outcome: Outcome,
    steps: u32,
}

/// Finds the decisive step of `schedule`, if it fails, which it did with `failure`, and runs it with tracing on.
fn show(
    schedule: &Schedule,
    failure: Option<&Failure>,
    order: &Order,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Shown {
    let time = order.time;
    let lost = decisive::find(schedule, effort(order), time, body);
    let stands_still = matches!(failure, Some(Failure::LostWakeup { .. }));
    let wakes_in_vain = stands_still && wakes_in_vain(schedule, time, body);
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
    let mut failure = phase.found.map(|found| found.failure);
    if let Some(Failure::LostWakeup { in_vain, .. }) = &mut failure {
        *in_vain = wakes_in_vain;
    }
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
