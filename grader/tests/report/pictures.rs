//! Schedules of which a picture shows only the part that explains the failure.

use crate::made::{Made, exercise, failed};
use grader::graded::{Facts, GradedExercise};
use grader::verdict::Verdict;
use grader::world::World;
use record::{Failure, ObjectKind, Operation, StepStatus, Value};

const COUNTER: (&str, &str) =
    (include_str!("answers/lost_update.rs"), include_str!("checks/shared_counter.rs"));
const EVENT: (&str, &str) =
    (include_str!("answers/lost_wakeup.rs"), include_str!("checks/event.rs"));

const SPAWN: &str = ".name(name.into()).|spawn";
const LOAD: &str = "let seen = self.hits.|load(";
const STORE: &str = "self.hits.|store(";
const ASSERTION: &str = "|assert_eq!(counter.total()";
const WAIT: &str = "self.changed.|wait(guard)";
const NOTIFY: &str = "self.changed.|notify_all()";
const LOCK: &str = "self.lock.|lock()";

/// Two counters, one after the other. The first one counts as it should.
pub(crate) fn the_second_scene_fails() -> GradedExercise {
    let mut made = Made::new(COUNTER.0, COUNTER.1);
    for (names, lost) in [(["a", "b"], false), (["c", "d"], true)] {
        let hits = made.object(ObjectKind::Atomic);
        let threads = names.map(|name| made.thread(Some(name)));
        let [first, second] = threads;
        for thread in threads {
            made.step(0, Operation::Spawn, SPAWN).of(thread);
        }
        made.step(first, Operation::Load, LOAD).on(hits).value(Value::Unsigned(0));
        if lost {
            made.step(second, Operation::Load, LOAD).on(hits).value(Value::Unsigned(0));
            made.preempts().decisive();
        }
        made.step(first, Operation::Store, STORE).on(hits).value(Value::Unsigned(1));
        made.step(first, Operation::Exit, SPAWN);
        if !lost {
            made.step(second, Operation::Load, LOAD).on(hits).value(Value::Unsigned(1));
        }
        made.step(second, Operation::Store, STORE).on(hits).value(Value::Unsigned(1));
        made.step(second, Operation::Exit, SPAWN);
        for thread in threads {
            made.step(0, Operation::Join, "visitor.|join()").of(thread).later(50);
        }
    }
    made.step(0, Operation::Panic, ASSERTION);
    let message = "assertion `left == right` failed: a hit was lost\n  left: 1\n right: 2";
    fails(&made, message)
}

/// A thread of the check's panics, as it should, and the panic is caught; another panic comes only
/// when the check has failed.
pub(crate) fn panics_that_explain_nothing() -> GradedExercise {
    let mut made = Made::new(COUNTER.0, COUNTER.1);
    let hits = made.object(ObjectKind::Atomic);
    let visitor = made.thread(Some("a"));
    made.step(0, Operation::Spawn, SPAWN).of(visitor);
    made.step(visitor, Operation::Load, LOAD).on(hits).value(Value::Unsigned(0));
    made.step(visitor, Operation::Panic, SPAWN).value(Value::Flag(true));
    made.step(visitor, Operation::Load, LOAD).on(hits).value(Value::Unsigned(0));
    made.step(0, Operation::Load, LOAD).on(hits).value(Value::Unsigned(0));
    made.step(0, Operation::Panic, ASSERTION);
    made.step(visitor, Operation::Panic, SPAWN);
    let message = "assertion `left == right` failed: a hit was lost\n  left: 0\n right: 1";
    fails(&made, message)
}

fn fails(made: &Made, message: &str) -> GradedExercise {
    let panic = made.panic(0, ASSERTION, message);
    let failure = Failure::Panicked { panic, earlier: Vec::new() };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 17)));
    let checks = vec![failed("no_hit_is_lost", Verdict::Wrong, World::Model, facts)];
    exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, checks)
}

/// The same threads wait for ever, but a notification would not help.
pub(crate) fn waits_for_what_never_comes() -> GradedExercise {
    let mut made = woken_in_vain();
    let check = &mut made.checks[0];
    check.verdict = Verdict::Deadlock;
    if let Facts::Ended(outcome) = &mut check.facts
        && let Some(Failure::LostWakeup { in_vain, .. }) = &mut outcome.failure
    {
        *in_vain = true;
    }
    made
}

/// A thread is woken, does not see why, and waits again; a second notification has come in between.
pub(crate) fn woken_in_vain() -> GradedExercise {
    let mut made = Made::new(EVENT.0, EVENT.1);
    let waiter = made.thread(None);
    let lock = made.object(ObjectKind::Mutex);
    let changed = made.object(ObjectKind::Condvar);
    made.step(waiter, Operation::Lock, LOCK).on(lock);
    made.step(waiter, Operation::Wait, WAIT).on(changed);
    made.step(waiter, Operation::Relock, WAIT).on(changed).how(StepStatus::Blocked);
    made.step(0, Operation::NotifyAll, NOTIFY).on(changed).value(Value::Woken(1));
    made.step(0, Operation::NotifyAll, NOTIFY).on(changed).value(Value::Woken(0));
    made.step(0, Operation::Join, "waiter.|join()").of(waiter).how(StepStatus::Blocked);
    made.step(waiter, Operation::Relock, WAIT).on(changed);
    made.step(waiter, Operation::Wait, WAIT).on(changed);
    made.step(waiter, Operation::Relock, WAIT).on(changed).how(StepStatus::Blocked);
    let mut waiting = made.wait(waiter, Operation::Relock, WAIT);
    waiting.object = Some(changed);
    let mut join = made.wait(0, Operation::Join, "waiter.|join()");
    join.joins = Some(waiter);
    let failure = Failure::LostWakeup { waits: vec![join, waiting], in_vain: false };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 1_204)));
    let checks = vec![failed("set_frees_who_waits", Verdict::LostWakeup, World::Model, facts)];
    exercise("10_event", "Event", EVENT.0, EVENT.1, checks)
}
