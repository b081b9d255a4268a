//! The one door through which every primitive goes.
//!
//! A primitive announces the operation that comes next and is let through when the schedule says
//! so. Between being let through and its next announcement a thread runs alone, so whatever a
//! primitive does there is atomic. Primitives format no text, wake no thread and know no strategy.

use crate::engine;
use crate::object::Handle;
use crate::operation::{Announcement, GateId, ObjectId, Passage, ThreadId, Until};
use crate::session::Session;
use record::{Failure, Operation, Value};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts the operations that were announced, over all executions.
static ANNOUNCED: AtomicU64 = AtomicU64::new(0);

/// How many operations the program has announced, over all executions. An OS thread that watches can
/// tell by it whether the program still comes to scheduling points.
pub fn progress() -> u64 {
    ANNOUNCED.load(Relaxed)
}

/// Announce `next` and wait until the schedule lets this thread through.
pub fn enter(next: Announcement) -> Passage {
    // One OS thread counts, so that no update is lost.
    ANNOUNCED.store(ANNOUNCED.load(Relaxed).wrapping_add(1), Relaxed);
    let decision =
        Session::try_with(|session| (!session.execution.over).then(|| session.announce(next)));
    let Some(Some(decision)) = decision else {
        return Passage::Over;
    };
    engine::carry_out(decision);
    Session::with(|session| {
        if session.execution.over {
            return Passage::Over;
        }
        session.execution.threads[session.execution.current].passage
    })
}

/// Whether an execution is under way. Outside of one, and while an abandoned one is torn down, only
/// destructors run.
pub fn is_open() -> bool {
    Session::try_with(|session| !session.execution.over).unwrap_or(false)
}

/// The object that `handle` stands for in this execution, and whether it has lived through an
/// earlier one, as what sits in a `static` has. `None` while no execution is under way.
pub fn object(handle: &Handle) -> Option<(ObjectId, bool)> {
    Session::try_with(|session| (!session.execution.over).then(|| session.execution.object(handle)))
        .flatten()
}

/// Give up on the current thread. For a destructor that is run after the execution is over and would
/// have to wait for a thread that no longer runs.
pub fn abandon() -> ! {
    engine::abandon()
}

/// The current thread gives up what it holds of `object` in full. No scheduling point.
pub fn release(object: ObjectId) {
    Session::try_with(|session| session.execution.objects[object].holder = None);
}

/// The current thread gives up one share of `object`. No scheduling point.
pub fn release_share(object: ObjectId) {
    Session::try_with(|session| {
        let me = session.execution.current;
        let sharers = &mut session.execution.objects[object].sharers;
        // A guard may be dropped by another thread than the one that made it: any share will do.
        let mine = sharers.iter().position(|&(thread, _)| thread == me);
        if !sharers.is_empty() {
            sharers.remove(mine.unwrap_or(0));
        }
    });
}

/// Acquire `object` exclusively if nobody holds it. No scheduling point.
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

/// Acquire a share of `object` if nobody holds it exclusively. No scheduling point.
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

/// Make a gate, which is closed. `None` while no execution is under way.
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

/// Open or close `gate`. No scheduling point.
pub fn set_open(gate: GateId, open: bool) {
    Session::try_with(|session| {
        if let Some(gate) = session.execution.gates.get_mut(gate) {
            *gate = open;
        }
    });
}

/// Give up `mutex`, wait to be notified by `condvar`, and take the mutex back. Giving up and
/// beginning to wait are one step.
pub fn wait(
    condvar: ObjectId,
    mutex: ObjectId,
    deadline: Option<u64>,
    at: &'static Location<'static>,
) -> Passage {
    if enter(Announcement::new(Operation::Wait, at).on(condvar)) == Passage::Over {
        return Passage::Over;
    }
    release(mutex);
    let relock = Announcement::new(Operation::Relock, at)
        .on(condvar)
        .until(Until::Notified { condvar, mutex })
        .deadline(deadline);
    let passage = enter(relock);
    let back = Session::with(|session| {
        let execution = &session.execution;
        execution.over
            || matches!(execution.objects[mutex].holder, Some((me, _)) if me == execution.current)
    });
    if !back {
        // The deadline passed while somebody held the mutex.
        enter(Announcement::new(Operation::Lock, at).on(mutex).until(Until::Free(mutex)));
    }
    passage
}

/// Notify one thread that waits for `condvar`, or all. No scheduling point.
pub fn notify(condvar: ObjectId, all: bool) {
    Session::with(|session| {
        let object = &mut session.execution.objects[condvar];
        let woken = if all { object.notify_all() } else { object.notify_one() };
        session.execution.record_value(Value::Woken(woken));
    });
}

/// What the operation that was let through last read, wrote or found out. Kept only when a schedule
/// is being traced.
pub fn note(value: Value) {
    Session::try_with(|session| session.execution.record_value(value));
}

/// Whether a trace is being kept, so that [`note`] is worth calling.
pub fn is_traced() -> bool {
    Session::try_with(|session| session.execution.recorder.is_some()).unwrap_or(false)
}

/// Virtual time in nanoseconds since the execution began.
pub fn now() -> u64 {
    Session::try_with(|session| session.execution.clock).unwrap_or(0)
}

/// A nanosecond of virtual time passes. No scheduling point.
pub fn tick() {
    Session::try_with(|session| session.execution.clock += 1);
}

/// The current thread.
pub fn me() -> ThreadId {
    Session::try_with(|session| session.execution.current).unwrap_or(0)
}

/// Counts the executions, so that what outlives one can tell.
pub fn epoch() -> u32 {
    Session::try_with(|session| session.execution.epoch).unwrap_or(0)
}

/// End the search: the program does what this world refuses.
pub fn refuse(message: String, at: &'static Location<'static>) -> ! {
    give_up(Failure::Refused { message, at: at.into() })
}

/// End the search with a failure that no other schedule can do anything about.
pub(crate) fn give_up(failure: Failure) -> ! {
    let decision = Session::with(|session| session.stop(failure));
    engine::carry_out(decision);
    unreachable!("the engine has abandoned the execution")
}
