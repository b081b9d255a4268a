//! Which call of the learner's own functions a step belongs to.

use super::super::evidence::Evidence;
use super::super::safe;
use super::super::words::step as words;
use super::row::Row;
use record::{Call, Location, Operation};

/// The result of a function that only has an effect.
const NOTHING: &str = "()";

/// Between a call and another one within it.
const WITHIN: &str = " › ";

/// The call that the step at `index` of the trace belongs to: `withdraw(70)`. If a function that
/// others call calls another one, both are named. `None` if the step is not the learner's, and no
/// panic within such a call.
pub(super) fn around(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let step = &evidence.trace.steps[index];
    // Where a closure of the check panics, the call that it was given to is what counts.
    if !evidence.sources.is_answer(&step.at) && step.operation != Operation::Panic {
        return None;
    }
    let calls = &evidence.trace.calls;
    let mut around = evidence.calls_around(index).map(|call| &calls[call]);
    let outermost = around.next()?;
    let name = |call: &Call| evidence.sources.function(&call.function);
    match around.next_back() {
        Some(innermost) => Some(format!(
            "{}{WITHIN}{}",
            name(outermost)?,
            words::call(&name(innermost)?, innermost)
        )),
        None => Some(words::call(&name(outermost)?, outermost)),
    }
}

/// Note in the last row of each call what it returned, unless another thread's row comes before
/// that.
pub(super) fn results(evidence: &Evidence<'_>, rows: &mut [Row]) {
    for (index, call) in evidence.trace.calls.iter().enumerate() {
        let Some(result) = call.result.as_deref().filter(|result| *result != NOTHING) else {
            continue;
        };
        let last = rows.iter().rposition(|row| row.step < call.steps.end);
        if let Some(row) = last.map(|last| &mut rows[last])
            && row.own
            && row.again.is_none()
            && row.thread == call.thread
            && call.steps.contains(&row.step)
        {
            let result = words::with_durations(&safe::line(result));
            // What the step itself found needs no repetition.
            let is_said = row.value.as_ref().is_some_and(|value| *value == words::found(&result));
            let function = evidence.sources.function(&call.function);
            let outer = function.filter(|_| row.call_index != Some(index));
            row.returns = (!is_said).then(|| words::returns(outer.as_deref(), &result));
            let says = |at: &&Location| !evidence.sources.is_plain_end(at, result == "Ok(())");
            let line = evidence.end_of_call(call).filter(says).map(|at| at.line);
            let is_new = |line: &u32| row.place.is_none() || row.line != Some(*line);
            row.returned_at = line.filter(|line| !is_said && is_new(line));
        }
    }
}

/// Remove rows that say nothing that the next one does not say: of several steps that one call takes in code
/// that is not the learner's, only those that found or did something count.
pub(super) fn join_steps(evidence: &Evidence<'_>, rows: &mut Vec<Row>) {
    let steps = &evidence.trace.steps;
    let says_nothing = |row: &Row| {
        let is_plain = row.note.is_none() && row.value.is_none() && row.returns.is_none();
        let is_one = row.again.is_none() && row.others == 0;
        is_plain && is_one && evidence.decisive_step() != Some(row.step)
    };
    let is_same_call = |row: &Row, next: &Row| {
        let at = &steps[row.step].at;
        let mut between = steps[row.step..next.step].iter();
        row.own
            && (row.thread, row.call_index, &row.code) == (next.thread, next.call_index, &next.code)
            && *at == steps[next.step].at
            && next.again.is_none()
            && between.all(|step| step.thread == row.thread && step.at == *at)
    };
    let joined: Vec<bool> = (0..rows.len())
        .map(|at| rows.get(at + 1).is_some_and(|next| is_same_call(&rows[at], next)))
        .zip(rows.iter().map(says_nothing))
        .map(|(is_same_call, says_nothing)| is_same_call && says_nothing)
        .collect();
    let mut joined = joined.into_iter();
    rows.retain(|_| joined.next() != Some(true));
}

/// Whether the step at `index` is within a call that one of the learner's other public functions makes,
/// and not a closure of the check's.
pub(super) fn is_within_another(evidence: &Evidence<'_>, index: usize) -> bool {
    let calls = &evidence.trace.calls;
    let mut around = evidence.calls_around(index).rev().map(|call| &calls[call].function);
    let (inner, outer) = (around.next(), around.next());
    inner.zip(outer).is_some_and(|(inner, outer)| evidence.sources.calls(outer, inner))
}
