//! The last of several scenes of a check: many checks do one thing, and then another with new
//! objects. If the last one fails, those before it only make the picture longer.

use super::evidence::Evidence;
use record::{Operation, Step, Trace};
use std::collections::BTreeSet;

/// The first step of the last scene, which is the one that fails. A new scene begins where no thread but
/// the check's is alive, no call of the learner's is under way, and nothing that the learner's code has
/// used is used any more.
pub(super) fn begins(evidence: &Evidence<'_>) -> usize {
    let trace = &evidence.trace;
    // After a gap, nobody knows which threads are alive.
    let known = if trace.dropped > 0 { trace.steps.len() / 4 } else { trace.steps.len() };
    let is_own = |step: &Step| evidence.sources.is_answer(&step.at);
    let end = evidence.decisive_step().unwrap_or(trace.steps.len());
    let (mut alive, mut begins) = (0_usize, 0);
    let mut uses = Uses::of(trace, is_own);
    for (index, step) in trace.steps.iter().enumerate().take(known) {
        let is_between = alive == 0 && uses.are_all_over(index) && !is_within_a_call(trace, index);
        // The rest must have something of the learner's to show. What uses no object may depend on
        // anything that came before.
        let tells = |step: &Step| is_own(step) && step.object.is_some();
        let has_own = || trace.steps[index..].iter().any(tells);
        if is_between && index <= end && has_own() {
            begins = index;
        }
        uses.note(step);
        match step.operation {
            Operation::Spawn => alive += 1,
            Operation::Exit => alive = alive.saturating_sub(1),
            _ => {}
        }
    }
    begins
}

fn is_within_a_call(trace: &Trace, index: usize) -> bool {
    trace.calls.iter().any(|call| call.steps.start < index && index < call.steps.end)
}

/// The objects that the learner's code uses.
struct Uses {
    /// Each with its last use.
    last: Vec<(usize, usize)>,
    met: BTreeSet<usize>,
}

impl Uses {
    fn of(trace: &Trace, is_own: impl Fn(&Step) -> bool) -> Self {
        let own: BTreeSet<usize> =
            trace.steps.iter().filter(|step| is_own(step)).filter_map(|step| step.object).collect();
        let last = own.into_iter().map(|object| {
            let last = trace.steps.iter().rposition(|step| step.object == Some(object));
            (object, last.unwrap_or_default())
        });
        Self { last: last.collect(), met: BTreeSet::new() }
    }

    fn note(&mut self, step: &Step) {
        self.met.extend(step.object);
    }

    /// Whether none of those that were used before step `index` is used from there on.
    fn are_all_over(&self, index: usize) -> bool {
        self.last.iter().all(|(object, last)| !self.met.contains(object) || *last < index)
    }
}
