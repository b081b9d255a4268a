//! The bridge to `shuttle-engine`: coroutines that stand for threads, and the switches between
//! them.
//!
//! The engine is asked to switch only when the schedule has chosen another thread. The engine sees
//! every thread as always runnable; only the explorer knows which ones are enabled. This is the
//! only module that names the engine.

use crate::operation::ThreadId;
use crate::session::{Decision, Session};
use shuttle_engine::runtime::execution::ExecutionState;
use shuttle_engine::runtime::thread::switch;
use shuttle_engine::scheduler::{Schedule, Scheduler, Task, TaskId};
use shuttle_engine::{Config, FailurePersistence, MaxSteps, Runner};
use std::panic::Location;

/// Bytes of stack for each thread of the program. The engine's own 60 KB are not enough for
/// unoptimised formatting code. Pages are mapped only when they are touched.
const STACK: usize = 512 * 1024;

/// Hands the session's decisions to the engine.
struct Driver;

impl Scheduler for Driver {
    fn new_execution(&mut self) -> Option<Schedule> {
        Session::with(Session::next_execution).then(Schedule::default)
    }

    fn next_task(
        &mut self,
        _all: &[&Task],
        _current: Option<TaskId>,
        _yields: bool,
    ) -> Option<TaskId> {
        let next = Session::with(|session| {
            if session.next.is_none() && !session.execution.over {
                // A thread has just finished, or the first one is about to start.
                session.decide();
            }
            session.next.take()
        });
        next.map(TaskId::from)
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// Runs the program under one schedule after another, until the session has seen enough.
pub(crate) fn run(program: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::None;
    config.silence_warnings = true;
    Runner::new(Driver, config).run(program);
}

/// Carries out a decision on behalf of the current thread. Returns when it is that thread's turn
/// again.
pub(crate) fn carry_out(decision: Decision) {
    match decision {
        Decision::Stay => Session::with(|session| session.next = None),
        // On `Stop` the driver names no next thread, and the engine abandons the execution: this
        // thread never resumes.
        Decision::Switch | Decision::Stop => switch(),
    }
}

/// Makes a coroutine for the thread that the session has just registered.
pub(crate) fn spawn(me: ThreadId, body: Box<dyn FnOnce()>, at: &'static Location<'static>) {
    // The engine has a scheduling point here; the explorer has already had its own.
    Session::with(|session| session.next = Some(me));
    let task = ExecutionState::spawn_thread(body, STACK, None, None, at);
    // As in std, threads end with the main thread.
    ExecutionState::with(|state| state.detach(task));
}

/// Whether the engine runs the caller, as it does in the threads of the program, also while it tears
/// them down.
pub(crate) fn is_running() -> bool {
    ExecutionState::try_with(|_| ()).is_ok()
}

/// Abandons the current thread: the execution is over, so what it waits for can no longer happen.
/// The engine leaks its stack.
pub(crate) fn abandon() -> ! {
    loop {
        ExecutionState::with(|state| state.current_mut().block(false));
        switch();
    }
}
