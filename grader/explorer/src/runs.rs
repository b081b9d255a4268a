//! Runs a program repeatedly, under the schedules that a strategy picks.

use crate::engine;
use crate::recorder::Recorder;
use crate::schedule::{Base, Schedule};
use crate::session::{Most, Session, Waking};
use crate::strategy::Strategy;
use crate::strategy::replay::Replay;
use crate::threads;
use record::{Failure, TimeMode, Trace};

/// A schedule that failed.
pub(crate) struct Found {
    pub(crate) failure: Failure,
    pub(crate) schedule: Schedule,
    pub(crate) steps: u32,
}

/// The result of running one strategy.
pub(crate) struct Phase {
    pub(crate) runs: u64,
    /// Steps of all its executions together.
    pub(crate) steps: u64,
    pub(crate) found: Option<Found>,
    /// The trace, and the index of the step that its recorder was looking for.
    pub(crate) trace: Option<(Trace, Option<usize>)>,
}

/// What came of running a program until it passes.
pub(crate) struct Attempt {
    pub(crate) passed: bool,
    pub(crate) runs: u64,
    /// Steps of all executions together.
    pub(crate) steps: u64,
    /// The strategy has run every schedule there is.
    pub(crate) nothing_left: bool,
}

/// Runs `body` under `strategy` until it passes once or `most` is spent.
pub(crate) fn run_until_pass(
    strategy: Box<dyn Strategy>,
    most: Most,
    time: TimeMode,
    body: fn(),
) -> Attempt {
    Session::with(|session| {
        session.begin(strategy, most, time, None);
        session.until_pass = true;
    });
    drive(body);
    Session::with(|session| {
        session.execution.failure = None;
        let covered = session.strategy.take().map_or((None, false), |strategy| strategy.covered());
        session.until_pass = false;
        Attempt {
            passed: session.passed,
            runs: session.runs,
            steps: session.steps,
            nothing_left: covered.1,
        }
    })
}

/// Runs `body` under `strategy` until it fails or `most` is spent.
pub(crate) fn run(
    strategy: Box<dyn Strategy>,
    most: Most,
    time: TimeMode,
    recorder: Option<Recorder>,
    body: fn(),
) -> Phase {
    Session::with(|session| session.begin(strategy, most, time, recorder));
    drive(body);
    Session::with(|session| {
        let strategy = session.strategy.take();
        let found = session.execution.failure.take().map(|failure| {
            let base = strategy.as_ref().map_or(Base::RunOn, |strategy| strategy.base());
            // Only a livelock needs the lockstep base. Everything else is easier to read as a few
            // preemptions of threads that run on.
            let schedule = match (base, &failure) {
                (Base::Lockstep(_), Failure::Livelock { .. }) => {
                    Schedule { base, deviations: Vec::new() }
                }
                _ => Schedule { base: Base::RunOn, deviations: session.deviations.clone() },
            };
            Found { failure, schedule, steps: session.execution.steps }
        });
        let trace = session.execution.take_trace();
        Phase { runs: session.runs, steps: session.steps, found, trace }
    })
}

/// Runs `body` under `schedule`, which comes to a standstill, and then wakes every thread that waits to be
/// notified. Returns whether all wait again as before.
pub(crate) fn wakes_in_vain(schedule: &Schedule, time: TimeMode, body: fn()) -> bool {
    Session::with(|session| {
        session.begin(Box::new(Replay::new(schedule.clone())), Most::runs(1), time, None);
        session.waking = Waking::Ahead;
    });
    drive(body);
    Session::with(|session| {
        session.execution.failure = None;
        session.strategy = None;
        session.waking == Waking::InVain
    })
}

/// Has the engine run the executions that the session asks for.
fn drive(body: fn()) {
    loop {
        let before = Session::with(|session| session.runs);
        let run = std::panic::catch_unwind(|| engine::run(move || threads::main(body)));
        let (ended, failed, goes_on) = Session::with(|session| {
            session.count_execution();
            let ended = std::mem::replace(&mut session.execution.over, true);
            let failed = session.execution.failure.is_some();
            let went_on = session.runs > before;
            (ended, failed, went_on && (!failed || session.until_pass))
        });
        match run {
            // The engine fails a run if a thread was still unwinding when the main thread ended.
            // That is not a failure of the program: go on with the next run.
            Err(_) if ended && goes_on => {}
            // Anything else is a fault, and must never look like a program that passes.
            Err(fault) if !failed => std::panic::resume_unwind(fault),
            _ => break,
        }
    }
}
