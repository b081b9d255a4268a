//! What is drawn beside the rows: time that passes, preemptions, the decisive step and the failure.

use super::super::evidence::Evidence;
use super::super::names::{Names, ObjectName};
use super::super::words::step as words;
use super::super::words::step::Sign;
use super::row::{Row, RowMark};
use record::{Failure, Operation, Panic, Step, StepStatus, Value};
use std::collections::BTreeSet;
use std::time::Duration;

/// Note where virtual time has passed.
pub(super) fn time(evidence: &Evidence<'_>, rows: &mut [Row]) {
    let steps = &evidence.trace.steps;
    // Above the first row, nobody could tell since when.
    let first = rows.first().map_or(0, |row| row.step);
    let mut clock = steps.get(first).map_or(0, |step| step.clock);
    for row in rows {
        let now = steps[row.step].clock;
        if now > clock {
            row.later = later(now - clock);
            clock = now;
        }
    }
}

/// The time since the previous row: `300 ms later`.
fn later(nanos: u64) -> Option<String> {
    words::duration(Duration::from_nanos(nanos)).map(|text| format!("{text} later"))
}

/// Note where a thread was preempted: in the first row from the preempting step on, if that row is
/// another thread's.
pub(super) fn preemptions(evidence: &Evidence<'_>, rows: &mut [Row]) {
    for index in 0..evidence.trace.steps.len() {
        let Some(victim) = evidence.preempted(index) else { continue };
        let next = rows.partition_point(|row| row.step < index);
        // If no earlier row shows the thread, a reader cannot know what it was about to do.
        let is_known = rows[..next].iter().any(|row| row.thread == victim);
        if let Some(row) = rows.get_mut(next).filter(|row| is_known && row.thread != victim) {
            row.preempted = Some(victim);
        }
    }
}

/// Note which threads of the learner's code end after their last row, if that is before the end of the
/// picture: whoever counts on such a thread counts in vain.
pub(super) fn ends(evidence: &Evidence<'_>, rows: &mut [Row]) {
    let trace = &evidence.trace;
    let end = match rows.last() {
        // Below the last row, it says who waits for ever.
        Some(_) if evidence.stands_still() => trace.steps.len(),
        Some(row) => row.step,
        None => return,
    };
    for (thread, info) in trace.threads.iter().enumerate() {
        let is_own = info.spawned_at.as_ref().is_some_and(|at| evidence.sources.is_answer(at));
        let exits = |step: &Step| step.thread == thread && step.operation == Operation::Exit;
        let exit = trace.steps.iter().position(exits).filter(|&exit| is_own && exit < end);
        let Some(last) = rows.iter().rposition(|it| it.thread == thread && it.others == 0) else {
            continue;
        };
        // A thread that is said to be preempted later on has not ended.
        let is_preempted = rows[last..].iter().any(|row| row.preempted == Some(thread));
        // Nor has one that waits: something not shown must come first.
        let step = &trace.steps[rows[last].step];
        let waits = step.how == StepStatus::Blocked || step.operation == Operation::Wait;
        // What it does in between would come as a surprise.
        let acts = |step: &Step| {
            let says_little = [Operation::Unlock, Operation::Disconnect, Operation::Now];
            step.thread == thread
                && evidence.sources.is_answer(&step.at)
                && !says_little.contains(&step.operation)
        };
        let at_once = |&exit: &usize| {
            !trace.steps.get(rows[last].step + 1..exit).is_some_and(|it| it.iter().any(acts))
        };
        rows[last].ends = exit.filter(at_once).is_some() && !is_preempted && !waits;
    }
}

/// Mark the row of the decisive step, and the row in which the check fails.
pub(super) fn decisive_and_failure(evidence: &Evidence<'_>, rows: &mut [Row]) {
    let steps = &evidence.trace.steps;
    let fails_at =
        steps.iter().rposition(|step| step.operation == Operation::Panic && fails(evidence, step));
    if let Some(decisive) = evidence.decisive_step() {
        // The step itself, or the row that combines it with others.
        let thread = steps[decisive].thread;
        let is_its = |row: &&mut Row| row.step <= decisive && steps[row.step].thread == thread;
        let row = rows.iter_mut().rev().find(is_its);
        if let Some(row) = row.filter(|row| fails_at.is_none_or(|at| row.step < at)) {
            row.mark = RowMark::Decisive;
        }
    }
    for row in rows {
        let step = &steps[row.step];
        if step.operation == Operation::Panic && fails(evidence, step) {
            row.mark = RowMark::Failure;
        }
    }
}

/// Whether the panic of `step` is the failure, or the one that the failure passes on, as `join` or
/// `scope` returned it. Other panics are not: a check may have raised them on purpose.
fn fails(evidence: &Evidence<'_>, step: &Step) -> bool {
    match (evidence.failure, evidence.panic_of(step)) {
        (Some(Failure::Panicked { panic, .. }), Some(of_step)) => {
            let is = |panic: &Panic| (panic.thread, &panic.at) == (of_step.thread, &of_step.at);
            is(panic) || evidence.passed_on().is_some_and(is)
        }
        _ => false,
    }
}

/// The meaning of each mark that occurs.
pub(super) fn legend(evidence: &Evidence<'_>, rows: &[Row]) -> Vec<&'static str> {
    let mut signs = BTreeSet::new();
    for row in rows {
        let step = &evidence.trace.steps[row.step];
        if row.mark == RowMark::Decisive {
            signs.insert(Sign::Decisive);
        }
        if row.preempted.is_some() {
            signs.insert(Sign::Preempted);
        }
        match step.how {
            StepStatus::Spurious if step.operation == Operation::CompareExchange => {
                signs.insert(Sign::WeakFailure);
            }
            StepStatus::Spurious => {
                signs.insert(Sign::Spurious);
            }
            StepStatus::TimedOut if step.preempts && step.operation != Operation::Sleep => {
                signs.insert(Sign::Early);
            }
            StepStatus::Blocked if words::is_queued(step) => {
                signs.insert(Sign::Queued);
            }
            _ => {}
        }
        // Elsewhere it would only send the reader looking for a lost wakeup.
        let is_lost = matches!(evidence.failure, Some(Failure::LostWakeup { in_vain: false, .. }));
        if step.value == Some(Value::Woken(0)) && is_lost {
            signs.insert(Sign::WakesNobody);
        }
        if step.operation == Operation::SystemNow && step.value == Some(Value::Flag(true)) {
            signs.insert(Sign::SetBack);
        }
        if row.called_from.is_some() {
            signs.insert(Sign::CalledFrom);
        }
        let name = step.object.and_then(|object| evidence.names.object(object));
        if let Some(ObjectName::Lettered(it)) = name
            && row.code.ends_with(&format!("({})", it.letter))
        {
            signs.insert(Sign::Letters);
        }
        if Names::is_numbered(&evidence.names.thread(row.thread)) {
            signs.insert(Sign::Numbered);
        }
    }
    signs.into_iter().map(words::legend).collect()
}
