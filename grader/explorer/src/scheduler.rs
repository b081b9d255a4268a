//! The one entry point that every primitive goes through.
//!
//! A primitive announces its next operation and is let through when the schedule says so. From
//! there to its next announcement a thread runs alone, so everything a primitive does in between is
//! atomic. Primitives format no text, wake no threads and know nothing of strategies.

use crate::engine;
use crate::footprint::Place;
use crate::object::{Handle, Use};
use crate::operation::{Announcement, GateId, ObjectId, ThreadId, Until, WaitResult};
use crate::recorder::{Recorder, TRACED};
use crate::session::Session;
use crate::thread::Position;
use record::{Failure, Operation, Value};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The most operations of one destructor after the execution is over. Those of a right answer
/// take a few.
const AFTER_END: u32 = 10_000;

/// The number of operations announced so far, over all executions.
static ANNOUNCED: AtomicU64 = AtomicU64::new(0);

/// How many operations the program has announced, over all executions. A watching OS thread can
/// tell from it whether the program still reaches scheduling points.
pub fn progress() -> u64 {
    ANNOUNCED.load(Relaxed)
}

/// Announces `next` and waits until the schedule lets this thread through.
pub fn announce(next: Announcement) -> WaitResult {
    // Only one OS thread counts, so no update is lost.
    ANNOUNCED.store(ANNOUNCED.load(Relaxed).wrapping_add(1), Relaxed);
    let decision =
        Session::try_with(|session| (!session.execution.over).then(|| session.announce(next)));
    let Some(Some(decision)) = decision else {
        count_after_end();
        return WaitResult::Over;
    };
    engine::carry_out(decision);
    Session::with(|session| {
        if session.execution.over {
            return WaitResult::Over;
        }
        session.execution.threads[session.execution.current].result
    })
}

/// Whether an execution is under way. Outside of one, and while an abandoned one is torn down, only
/// destructors run.
pub fn is_running() -> bool {
    Session::try_with(|session| !session.execution.over).unwrap_or(false)
}

/// The object that `handle` stands for in this execution, and whether the primitive has been used
/// before. `None` if no execution is under way.
pub fn object(handle: &Handle) -> Option<(ObjectId, Use)> {
    let object = Session::try_with(|session| {
        (!session.execution.over).then(|| session.execution.object(handle))
    });
    let object = object.flatten();
    if object.is_none() {
        count_after_end();
    }
    object
}

/// Counts an operation that a destructor attempts after the execution is over. A destructor that
/// goes on and on waits, in a loop, for what can no longer happen, so its thread is abandoned.
fn count_after_end() {
    let is_too_much = Session::try_with(|session| {
        let execution = &mut session.execution;
        execution.after_end += 1;
        let is_too_much = execution.after_end > AFTER_END;
        if is_too_much {
            execution.after_end = 0;
        }
        is_too_much
    });
    if is_too_much == Some(true) && engine::is_running() {
        engine::abandon();
    }
}

/// Abandons the current thread. For a destructor that runs after the execution is over and would
/// have to wait for a thread that no longer runs.
pub fn abandon() -> ! {
    engine::abandon()
}

/// The current thread gives up its exclusive hold on `object`. Not a scheduling point.
pub fn release(object: ObjectId) {
    Session::try_with(|session| {
        session.execution.objects[object].holder = None;
        session.execution.change_object(object);
    });
}

/// The current thread gives up one share of `object`. Not a scheduling point.
pub fn release_share(object: ObjectId) {
    Session::try_with(|session| {
        let me = session.execution.current;
        // Those who want to read notice only if a writer waits in between.
        if session.execution.writer_waiting(object).is_some() {
            session.execution.change_object(object);
        } else {
            session.execution.footprint.look(Place::object(object));
        }
        let sharers = &mut session.execution.objects[object].sharers;
        // A guard may be dropped on a thread other than the one that made it: any share will do.
        let mine = sharers.iter().position(|&(thread, _)| thread == me);
        if !sharers.is_empty() {
            sharers.remove(mine.unwrap_or(0));
        }
    });
}

/// Acquires `object` exclusively if no thread holds it. Not a scheduling point.
pub fn try_acquire(object: ObjectId, at: &'static Location<'static>) -> bool {
    Session::with(|session| {
        let me = session.execution.current;
        let object = &mut session.execution.objects[object];
        let free = object.holder.is_none() && object.sharers.is_empty();
        if free {
            object.holder = Some((me, at));
        }
        free
    })
}

/// Acquires a share of `object` if no thread holds it exclusively. Not a scheduling point.
pub fn try_share(object: ObjectId, at: &'static Location<'static>) -> bool {
    Session::with(|session| {
        let me = session.execution.current;
        let object = &mut session.execution.objects[object];
        let free = object.holder.is_none();
        if free {
            object.sharers.push((me, at));
        }
        free
    })
}

/// From now on, the current thread runs without interruption for as long as it can run; or, if not
/// `on`, it is interrupted like any other. Not a scheduling point.
pub fn set_uninterrupted(on: bool) {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        execution.uninterrupted = on.then_some(execution.current);
        execution.footprint.change_everything();
    });
}

/// The current step changes something that belongs to `object` other than by an operation on it. Not a
/// scheduling point.
pub fn change(object: ObjectId) {
    Session::try_with(|session| session.execution.change_object(object));
}

/// Makes a gate, initially closed. `None` if no execution is under way.
pub fn gate() -> Option<GateId> {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        (!execution.over).then(|| {
            execution.gates.push(false);
            execution.gates.len() - 1
        })
    })
    .flatten()
}

/// Opens or closes `gate`. Not a scheduling point.
pub fn set_open(gate: GateId, open: bool) {
    Session::try_with(|session| {
        if let Some(gate) = session.execution.gates.get_mut(gate) {
            *gate = open;
        }
    });
}

/// Releases `mutex`, waits to be notified by `condvar`, and reacquires the mutex. Releasing and
/// starting to wait are one atomic step.
pub fn wait(
    condvar: ObjectId,
    mutex: ObjectId,
    deadline: Option<u64>,
    at: &'static Location<'static>,
) -> WaitResult {
    if announce(Announcement::new(Operation::Wait, at).on(condvar)) == WaitResult::Over {
        return WaitResult::Over;
    }
    release(mutex);
    let relock = Announcement::new(Operation::Relock, at)
        .on(condvar)
        .until(Until::Notified { condvar, mutex })
        .deadline(deadline);
    let result = announce(relock);
    let back = Session::with(|session| {
        let execution = &session.execution;
        execution.over
            || matches!(execution.objects[mutex].holder, Some((me, _)) if me == execution.current)
    });
    if !back {
        // The deadline passed while another thread held the mutex.
        announce(Announcement::new(Operation::Lock, at).on(mutex).until(Until::Free(mutex)));
    }
    result
}

/// Notifies one thread waiting on `condvar`, or all of them. Not a scheduling point.
pub fn notify(condvar: ObjectId, all: bool) {
    Session::with(|session| {
        let object = &mut session.execution.objects[condvar];
        let woken = if all { object.notify_all() } else { object.notify_one() };
        session.execution.record_value(Value::Woken(woken));
    });
}

/// Notes what the operation that was last let through read, wrote or found out. Kept only while a
/// schedule is being traced.
pub fn note(value: Value) {
    Session::try_with(|session| session.execution.record_value(value));
}

/// Notes that the current thread turned the number `from` into `to`, because `from` does not fit into
/// the type. No scheduling point.
pub fn note_overflow(at: record::Location, from: i128, to: i128) {
    Session::try_with(|session| session.execution.record_overflow(at, from, to));
}

/// Notes that the current thread has called the function `name` at `function`. Returns the call, for
/// [`note_return`], if a trace is being kept.
pub fn note_call(
    name: &'static str,
    function: record::Location,
    arguments: Vec<Option<String>>,
) -> Option<usize> {
    Session::try_with(|session| session.execution.record_call(name, function, arguments)).flatten()
}

/// Notes that a call has returned, or ended in a panic.
pub fn note_return(call: usize) {
    Session::try_with(|session| session.execution.record_return(call));
}

/// The number of calls noted so far in this execution.
pub fn calls() -> usize {
    Session::try_with(|session| session.execution.recorder.as_ref().map_or(0, Recorder::calls))
        .unwrap_or(0)
}

/// Notes what the current thread's last call has returned. Only a call that began after the first
/// `before` ones is meant, and none within it.
pub fn note_result(before: usize, name: &str, result: String) {
    Session::try_with(|session| session.execution.record_result(before, name, result));
}

/// Whether a trace is being kept, so that calling [`note`], [`note_call`] or [`note_position`] is
/// worthwhile.
pub fn is_traced() -> bool {
    TRACED.get()
}

/// Where the current thread is in the answer, as far as it was noted.
pub fn position() -> Position {
    Session::try_with(|session| {
        let execution = &session.execution;
        execution.threads.get(execution.current).map(|thread| thread.position)
    })
    .flatten()
    .unwrap_or_default()
}

/// Notes where the current thread is in the answer. Not a scheduling point.
pub fn note_position(position: Position) {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        if let Some(thread) = execution.threads.get_mut(execution.current) {
            thread.position = position;
        }
    });
}

/// Notes that the current thread has come to a statement of the answer's. Not a scheduling point.
pub fn note_statement(position: Position) {
    Session::try_with(|session| {
        let execution = &mut session.execution;
        let me = execution.current;
        if let Some(thread) = execution.threads.get_mut(me) {
            thread.position = position;
        }
        if let (Some(recorder), Some(at)) = (&mut execution.recorder, position.statement) {
            recorder.note_line(me, at.line());
        }
    });
}

/// Virtual time in nanoseconds since the execution began.
pub fn now() -> u64 {
    let now = |session: &mut Session| {
        session.execution.footprint.look(Place::Clock);
        session.execution.clock
    };
    Session::try_with(now).unwrap_or(0)
}

/// How many nanoseconds the system's clock is behind the virtual time, and whether it has been set back
/// since the last reading. Not a scheduling point.
pub fn system_clock() -> (u64, bool) {
    let read = |session: &mut Session| {
        let execution = &mut session.execution;
        execution.footprint.change(Place::Clock);
        execution.system_clock.read(execution.clock)
    };
    Session::try_with(read).unwrap_or((0, false))
}

/// Advances virtual time by one nanosecond. Not a scheduling point.
pub fn tick() {
    Session::try_with(|session| {
        session.execution.footprint.change(Place::Clock);
        session.execution.clock += 1;
    });
}

/// The current thread.
pub fn me() -> ThreadId {
    Session::try_with(|session| session.execution.current).unwrap_or(0)
}

/// The number of the current execution. A value that has outlived an execution can tell from it
/// that another one has begun.
pub fn epoch() -> u32 {
    Session::try_with(|session| session.execution.epoch).unwrap_or(0)
}

/// Ends the search: the program did something that this world refuses.
pub fn refuse(message: String, at: &'static Location<'static>) -> ! {
    give_up(Failure::Refused { message, at: at.into() })
}

/// Ends the search with a failure that no other schedule could avoid.
pub(crate) fn give_up(failure: Failure) -> ! {
    let decision = Session::with(|session| session.stop(failure));
    engine::carry_out(decision);
    unreachable!("the engine has abandoned the execution")
}
