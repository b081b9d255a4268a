//! Which way the call went that a failed check is about.

use super::super::super::evidence::Evidence;
use super::super::step;
use record::Call;

/// With more pieces than this, nobody would follow the way.
const MOST_PIECES: usize = 8;

/// Which statements the call that the failed assertion is about has run, and which of the same functions it
/// has not: a condition that is wrong is no step, but what it led to, or kept from happening, is here. Nothing
/// if it has run all, or if no such call is known.
pub(super) fn of_the_call(evidence: &Evidence<'_>) -> Option<String> {
    let call = evidence.asserted().last().map(|&call| &evidence.trace.calls[call]);
    let call = call.or_else(|| last_call(evidence))?;
    let way = evidence.sources.way(&call.lines);
    if way.skipped.is_empty() || way.ran.len() + way.skipped.len() > MOST_PIECES {
        return None;
    }
    let name = evidence.sources.function(&call.function)?;
    let (ran, skipped) = (lines(&way.ran), lines(&way.skipped));
    Some(format!("`{}` ran {ran}, and skipped {skipped}.", step::call(&name, call)))
}

/// The last call by the thread in which the check failed.
fn last_call<'e>(evidence: &'e Evidence<'_>) -> Option<&'e Call> {
    let panic = evidence.first_panic().filter(|_| evidence.needs_no_luck())?;
    let its = evidence.trace.calls.iter().filter(|call| call.thread == panic.thread);
    its.filter(|call| call.steps.end != usize::MAX).max_by_key(|call| call.steps.end)
}

/// `line 24` or `lines 24–32 and 40`.
fn lines(pieces: &[(u32, u32)]) -> String {
    let piece = |&(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    };
    let all: Vec<String> = pieces.iter().map(piece).collect();
    let noun = if matches!(pieces, [(first, last)] if first == last) { "line" } else { "lines" };
    format!("{noun} {}", super::super::list(&all))
}
