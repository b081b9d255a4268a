//! Runs a program repeatedly, under the schedules that a strategy picks.

use crate::engine;
use crate::recorder::Recorder;
use crate::schedule::{Base, Schedule};
use crate::session::Session;
use crate::strategy::Strategy;
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
    pub(crate) found: Option<Found>,
    /// The trace, and the index of the step that its recorder was looking for.
    pub(crate) trace: Option<(Trace, Option<usize>)>,
    /// The bound that was covered, and whether every schedule was run.
    pub(crate) covered: (Option<u32>, bool),
}

/// Runs `body` under `strategy` until it passes once, at most `most_runs` times and for about
/// `most_steps` steps. Returns whether it passed, the steps that are left, and whether the strategy
/// has nothing left to try.
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

/// Runs `body` under `strategy`, at most `most_runs` times.
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
        let covered = strategy.map_or((None, false), |s| s.covered());
        Phase { runs: session.runs, found, trace: session.execution.take_trace(), covered }
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
            (ended, failed, went_on && (!failed || session.until_pass.is_some()))
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
