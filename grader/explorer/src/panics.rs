//! Panics of the program: counted per thread and kept as facts, never printed.

use crate::execution::Execution;
use crate::session::Session;
use record::{Failure, Location, Operation, Panic};
use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::Once;

/// Silences panics and remembers them instead. The engine installs a verbose hook of its own with
/// its first execution, so this runs `first_execution` and then replaces that hook.
pub(crate) fn install_hook(first_execution: fn()) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let default = std::panic::take_hook();
        first_execution();
        std::panic::set_hook(Box::new(move |info| {
            if !remember(info) {
                default(info);
            }
        }));
    });
}

/// Remembers the panic. Returns whether it belongs to an execution.
fn remember(info: &PanicHookInfo) -> bool {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        if execution.over {
            return false;
        }
        let thread = execution.current;
        let at = info.location().map_or_else(nowhere, Location::from);
        let message = text(info.payload());
        let step = execution.record_fact(thread, Operation::Panic, at.clone());
        if let Some(step) = step {
            execution.record_below(step);
        }
        execution.threads[thread].panics.push(step);
        execution.panics.push(Panic { thread, message, at, below: None });
        true
    })
    .unwrap_or(false)
}

fn nowhere() -> Location {
    Location { file: String::new(), line: 0, column: 0 }
}

fn text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "Box<dyn Any>".to_owned()
    }
}

/// The failure for a check that the current thread ended by panicking with `payload`.
pub(crate) fn failure(execution: &Execution, payload: &(dyn Any + Send)) -> Failure {
    let (me, message) = (execution.current, text(payload));
    let mut earlier = execution.panics.clone();
    // `resume_unwind` calls no hook, so its payload may come from another thread. A panic that the
    // thread has caught is not the one that ended it.
    let same = |panic: &Panic| panic.message == message;
    let own = earlier.iter().rposition(|panic| panic.thread == me && same(panic));
    // What other threads did while this one unwound came after the failure.
    earlier.truncate(own.map_or(earlier.len(), |own| own + 1));
    let panic = match own.or_else(|| earlier.iter().rposition(same)) {
        Some(index) => earlier.remove(index),
        None => Panic { thread: me, message, at: nowhere(), below: None },
    };
    earlier.retain(|panic| panic.thread != me);
    Failure::Panicked { panic, earlier }
}

/// Unwinding starts from `resume_unwind`, which calls no panic hook.
pub fn begin() {
    Session::try_with(|session| {
        let me = session.execution.current;
        if let Some(thread) = session.execution.threads.get_mut(me) {
            thread.panics.push(None);
        }
    });
}

/// A panic was caught on the current thread, by the program.
pub fn end() {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        let step = leave(execution);
        if let (Some(step), Some(recorder)) = (step, &mut execution.recorder) {
            recorder.note_caught(step);
        }
    });
}

/// A panic has ended the current thread, or a scope, which will pass it on.
pub fn pass_on() {
    Session::try_with(|session| leave(&mut session.execution));
}

/// The current thread is no longer unwinding from its last panic. Returns that panic's step.
fn leave(execution: &mut Execution) -> Option<usize> {
    let thread = execution.threads.get_mut(execution.current);
    thread.and_then(|thread| thread.panics.pop()).flatten()
}

/// Whether the current thread is unwinding.
pub fn panicking() -> bool {
    Session::try_with(|session| {
        let execution = &session.execution;
        execution.threads.get(execution.current).is_some_and(|thread| !thread.panics.is_empty())
    })
    .unwrap_or_else(std::thread::panicking)
}
