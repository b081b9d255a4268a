//! The places of a standstill: where threads wait for ever, and what should have let them go on.

use super::super::evidence::Evidence;
use super::super::foreign_code::calls_back;
use super::super::timeline::Timeline;
use super::super::words::failure::{last_holder, telling_notification};
use super::super::words::label;
use super::fact::Fact;
use super::preempted::preemptions;
use record::{Location, Value, Wait};
use std::collections::BTreeSet;

/// The places of a deadlock: what each thread in the cycle holds, and what it waits for.
pub(super) fn deadlock(evidence: &Evidence<'_>, waits: &[Wait]) -> Vec<Fact> {
    let core = evidence.core();
    let mut facts = Vec::new();
    for wait in waits.iter().filter(|wait| core.contains(&wait.thread)) {
        for held in &wait.holds {
            let wanted = waits.iter().any(|other| {
                other.held_by.contains(&wait.thread) && other.object == Some(held.object)
            });
            if wanted {
                let phrase = label::holds(evidence, held.object);
                facts.push(Fact::cause(&held.since, wait.thread, phrase));
            }
        }
        facts.extend(runs_below(evidence, wait));
        facts.push(Fact::failure(&wait.at, wait.thread, label::waits(evidence, wait)));
        facts.extend(comes_back(evidence, wait));
    }
    facts.extend(held_up(evidence, waits, &core));
    facts.extend(callers(evidence, &facts));
    facts
}

/// The learner's statements that call the functions in which threads wait for ever, if there is room for
/// them: a function that waits may be right, and called in the wrong place.
fn callers(evidence: &Evidence<'_>, facts: &[Fact]) -> Vec<Fact> {
    /// With more places than this, more of them only distract.
    const FEW: usize = 2;
    let places: BTreeSet<u32> = facts.iter().map(|fact| fact.at.line).collect();
    if places.len() > FEW {
        return Vec::new();
    }
    let steps = &evidence.trace.steps;
    let caller = |fact: &Fact| {
        let last = steps.iter().rposition(|step| Some(step.thread) == fact.thread)?;
        let step = &steps[last];
        // The function that the check has called says nothing new.
        let call = evidence.calls_around(last).next_back().map(|call| &evidence.trace.calls[call]);
        let of_call = call.and_then(|call| Some((call.called_from.as_ref()?, &call.function)));
        let is_told_apart = |from: &&Location| evidence.sources.is_told_apart_by(&step.at, from);
        let of_step = step.called_from.as_ref().filter(is_told_apart).map(|from| (from, &step.at));
        let (from, called) = of_call.or(of_step)?;
        let here = evidence.sources.call_of(from, called)?;
        let is_it = fact.fails && step.at == fact.at && !places.contains(&here.line);
        let function = evidence.sources.function(called)?;
        is_it.then(|| Fact::cause(&here, step.thread, label::calls(&function)))
    };
    facts.iter().filter_map(caller).take(FEW).collect()
}

/// The threads that the failure is not about, but that wait for ever in the learner's own lines.
fn held_up(evidence: &Evidence<'_>, waits: &[Wait], core: &[usize]) -> Vec<Fact> {
    let outside = waits.iter().filter(|wait| !core.contains(&wait.thread));
    let own = outside.filter(|wait| evidence.sources.is_answer(&wait.at));
    own.map(|wait| Fact::failure(&wait.at, wait.thread, label::waits(evidence, wait))).collect()
}

/// The learner's statement that runs other code, which calls the learner's function that waits for ever.
fn comes_back(evidence: &Evidence<'_>, wait: &Wait) -> Option<Fact> {
    let last = evidence.trace.steps.iter().rposition(|step| step.thread == wait.thread)?;
    let (from, call) = calls_back(evidence, last)?;
    let function = evidence.sources.function(&call.function)?;
    Some(Fact::cause(from, wait.thread, label::calls_back(&function)))
}

/// Where a thread waits for ever.
fn stands(evidence: &Evidence<'_>, wait: &Wait) -> Vec<Fact> {
    let here = Fact::failure(&wait.at, wait.thread, label::waits_for_ever());
    let below = runs_below(evidence, wait);
    below.into_iter().chain([here]).chain(comes_back(evidence, wait)).collect()
}

/// If a thread does not wait for ever in the learner's file: the learner's statement that runs the code
/// that waits.
fn runs_below(evidence: &Evidence<'_>, wait: &Wait) -> Option<Fact> {
    let mut its = evidence.trace.steps.iter().rev();
    let last = its.find(|step| step.thread == wait.thread && step.at == wait.at)?;
    let around = last.called_from.as_ref().filter(|_| !evidence.sources.is_answer(&wait.at))?;
    let is_own = evidence.sources.is_answer(around);
    is_own.then(|| Fact::failure(around, wait.thread, label::waits_below_for_ever()))
}

/// The places of a lost wakeup: where threads wait, and the notification that did not help them, or where
/// one should have been.
pub(super) fn lost_wakeup(
    evidence: &Evidence<'_>,
    shown: &Timeline,
    waits: &[Wait],
    in_vain: bool,
) -> Vec<Fact> {
    let core = evidence.core();
    let stuck: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let mut facts: Vec<Fact> = stuck.iter().flat_map(|wait| stands(evidence, wait)).collect();
    let condvars: Vec<usize> = stuck.iter().filter_map(|wait| wait.object).collect();
    // If one would be in vain, no notification is to blame, nor that there was none.
    let telling = telling_notification(evidence, &condvars).filter(|_| !in_vain);
    if let Some(step) = telling {
        let here = step.object.is_some_and(|object| condvars.contains(&object));
        let unheard = here && step.value == Some(Value::Woken(0));
        facts.push(Fact::cause(&step.at, step.thread, label::notifies(unheard)));
    } else if let Some(step) = last_holder(evidence, &condvars).filter(|_| !in_vain) {
        facts.push(Fact::cause(&step.at, step.thread, label::notifies_nobody()));
    }
    facts.extend(held_up(evidence, waits, &core));
    // The place where a preempted thread continues is most often where it waits.
    let waits_at = |at: &Location| stuck.iter().any(|wait| wait.at == *at);
    facts.extend(preemptions(evidence, shown).into_iter().filter(|fact| !waits_at(&fact.at)));
    facts.extend(callers(evidence, &facts));
    facts
}
