//! Where threads are preempted, and what runs meanwhile.

use super::super::evidence::Evidence;
use super::super::timeline::{Timeline, has_place};
use super::super::words::label;
use super::fact::{Fact, tells};
use record::{Operation, Step};

/// Where a thread was preempted and where it continued, if it did, both in the learner's file: the last two
/// preemptions that the picture shows. One that it does not show explains nothing.
pub(super) fn preemptions(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    if evidence.needs_no_luck() {
        return Vec::new();
    }
    let steps = &evidence.trace.steps;
    let tells = |step: &&Step| tells(evidence, step);
    let mut facts = Vec::new();
    let all = (1..steps.len()).rev();
    for (index, victim) in all.filter_map(|index| Some((index, evidence.preempted(index)?))) {
        let of_victim = |step: &&Step| step.thread == victim;
        // If the nearest step that has a place is not in the learner's file, a step farther away
        // is not where the thread was preempted or continued.
        let placed = |step: &&Step| of_victim(step) && has_place(step);
        let before = steps[..index].iter().rev().find(placed).filter(tells);
        let after = steps[index..].iter().find(placed);
        if let Some(before) = before
            && after.is_none_or(|after| tells(&after))
            && shown.shows_preemption(index)
        {
            let last = steps[..index].iter().rev().find(of_victim);
            let releases =
                |last: &Step| last.operation == Operation::Unlock && last.object == before.object;
            let release = last.filter(|last| releases(last));
            let gone_at = release.and_then(|last| last.gone_at.as_ref());
            let at =
                gone_at.filter(|at| evidence.sources.is_answer(at) && at.line != before.at.line);
            let phrase = label::preempted(release.is_some() && at.is_none());
            facts.push(Fact::cause(at.unwrap_or(&before.at), victim, phrase));
            facts.extend(after.map(|after| Fact::cause(&after.at, victim, label::goes_on())));
            // One line alone does not say what came in between.
            if after.is_some_and(|after| after.at.line == before.at.line) {
                facts.extend(meanwhile(evidence, shown, (index, victim), before.at.line));
            }
        }
        if facts.len() >= 4 {
            break;
        }
    }
    facts
}

/// What the picture shows of the other threads' steps from step `index` on, until `victim` continues:
/// the first and the last in the learner's file that are not on `line`.
fn meanwhile(
    evidence: &Evidence<'_>,
    shown: &Timeline,
    (index, victim): (usize, usize),
    line: u32,
) -> Vec<Fact> {
    let steps = &evidence.trace.steps;
    let goes_on = steps[index..].iter().position(|step| step.thread == victim);
    let until = goes_on.map_or(steps.len(), |after| index + after);
    let others = shown.shown_steps().filter(|at| (index..until).contains(at));
    // The decisive step is marked anyway.
    let others = others.filter(|&at| evidence.decisive_step() != Some(at)).map(|at| &steps[at]);
    let mut others: Vec<&Step> =
        others.filter(|step| tells(evidence, step) && step.at.line != line).collect();
    // Best of all, what they did to the objects that the victim uses.
    let uses = |object: usize| {
        steps.iter().any(|step| step.thread == victim && step.object == Some(object))
    };
    let concerns = |step: &&Step| step.object.is_some_and(uses);
    if others.iter().any(concerns) {
        others.retain(concerns);
    }
    let last = others.pop();
    let both = others.into_iter().take(1).chain(last);
    both.map(|step| Fact::cause(&step.at, step.thread, label::runs_meanwhile())).collect()
}
