//! What is drawn beside the rows: time that passes, preemptions, the bad turn and the failure.

use super::super::names::ObjectName;
use super::super::scene::Scene;
use super::super::words::failure::seen_through_join;
use super::super::words::step::Sign;
use super::{Mark, Row, panic_of};
use record::{Failure, How, Operation, Step, Value};
use std::collections::BTreeSet;
use std::time::Duration;

/// Say where virtual time has passed.
pub(super) fn time(scene: &Scene, rows: &mut [Row]) {
    let mut clock = 0;
    for row in rows {
        let now = scene.trace.steps[row.step].clock;
        if now > clock {
            row.later = Some(Duration::from_nanos(now - clock));
            clock = now;
        }
    }
}

/// Say where a thread was preempted: at the first row after the preempting step that is another
/// thread's.
pub(super) fn preemptions(steps: &[Step], rows: &mut [Row]) {
    for (index, step) in steps.iter().enumerate() {
        let Some(victim) = index.checked_sub(1).map(|before| steps[before].thread) else {
            continue;
        };
        if !step.preempts || !rows.iter().any(|row| row.thread == victim) {
            continue;
        }
        let next = rows.partition_point(|row| row.step < index);
        if let Some(row) = rows.get_mut(next).filter(|row| row.thread != victim) {
            row.preempted = Some(victim);
        }
    }
}

/// Mark the row where it fails, and the one where the schedule took its bad turn.
pub(super) fn turn_and_failure(scene: &Scene, rows: &mut [Row]) {
    let steps = &scene.trace.steps;
    if let Some(turn) = turn(scene, rows) {
        rows[turn].mark = Mark::Turn;
    }
    for row in rows {
        let step = &steps[row.step];
        if step.operation == Operation::Panic && fails(scene, step) {
            row.mark = Mark::Failure;
        }
    }
}

/// Whether the panic of `step` is the failure. An earlier one, which a check may have raised on
/// purpose, is so only where the check fails with what a join returned.
fn fails(scene: &Scene, step: &Step) -> bool {
    match (scene.failure, panic_of(scene, step)) {
        (Some(Failure::Panicked { panic, .. }), Some(of_step)) => {
            let same = (panic.thread, &panic.at) == (of_step.thread, &of_step.at);
            same || seen_through_join(&panic.message)
        }
        _ => false,
    }
}

/// The row where the schedule takes its bad turn: a notify that nobody heard, a wakeup for no
/// reason, the step that closes a ring of waits, or the first step of a thread that was preempted
/// and goes on with what it knew before.
fn turn(scene: &Scene, rows: &[Row]) -> Option<usize> {
    let step = |row: &Row| &scene.trace.steps[row.step];
    if let Some(Failure::LostWakeup { waits }) = scene.failure {
        let condvars: Vec<usize> = waits.iter().filter_map(|wait| wait.object).collect();
        let notify = super::super::words::failure::last_notification(scene, &condvars);
        let unheard = notify.filter(|step| step.value == Some(Value::Woken(0)))?;
        return rows.iter().rposition(|row| std::ptr::eq(step(row), unheard));
    }
    if let Some(Failure::Deadlock { .. }) = scene.failure {
        let core = scene.core();
        return rows
            .iter()
            .rposition(|row| step(row).how == How::Blocked && core.contains(&row.thread));
    }
    let odd = rows.iter().rposition(|row| {
        step(row).how == How::Spurious
            || step(row).how == How::TimedOut && step(row).operation != Operation::Sleep
    });
    if odd.is_some() {
        return odd;
    }
    let (at, victim) = rows
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, row)| row.preempted.map(|victim| (at, victim)))?;
    (at..rows.len())
        .find(|&row| rows[row].thread == victim && step(&rows[row]).operation != Operation::Panic)
}

/// The marks that occur.
pub(super) fn signs(scene: &Scene, rows: &[Row]) -> BTreeSet<Sign> {
    let mut signs = BTreeSet::new();
    for row in rows {
        let step = &scene.trace.steps[row.step];
        if row.preempted.is_some() {
            signs.insert(Sign::Preempted);
        }
        match step.how {
            How::Spurious if step.operation == Operation::CompareExchange => {
                signs.insert(Sign::WeakFailure);
            }
            How::Spurious => {
                signs.insert(Sign::Spurious);
            }
            How::TimedOut if step.preempts && step.operation != Operation::Sleep => {
                signs.insert(Sign::Early);
            }
            _ => {}
        }
        if step.value == Some(Value::Woken(0)) {
            signs.insert(Sign::WakesNobody);
        }
        let name = step.object.and_then(|object| scene.names.object(object));
        if let Some(ObjectName::Lettered(_, letter)) = name
            && row.code.ends_with(&format!("({letter})"))
        {
            signs.insert(Sign::Letters);
        }
    }
    signs
}
