//! Calls that did less than other calls of the same function.

use super::evidence::Evidence;
use record::{Call, Failure, Operation};

/// If more calls of a function than this end early, that is nothing unusual.
const FEW: usize = 3;

impl Evidence<'_> {
    /// Whether the step at `index` stands for a call of the learner's function that took no other step,
    /// although other calls of that function did: it ended early, which may be the fault. A thread
    /// that goes on and on does so in steps.
    pub(super) fn ends_early(&self, index: usize) -> bool {
        let step = &self.trace.steps[index];
        let goes_on =
            matches!(self.failure, Some(Failure::BusyWait { .. } | Failure::Livelock { .. }));
        let may_matter = step.operation == Operation::Call && !goes_on;
        let Some(call) = self.calls_around(index).next_back().filter(|_| may_matter) else {
            return false;
        };
        let function = &self.trace.calls[call].function;
        let alike = || self.trace.calls.iter().filter(|other| other.function == *function);
        let idle = alike().filter(|call| self.is_idle(call)).take(FEW + 1).count();
        idle <= FEW && alike().any(|call| !self.is_idle(call))
    }

    /// Whether a call took no step but the one that stands for it.
    fn is_idle(&self, call: &Call) -> bool {
        let steps = self.trace.steps.get(call.steps.clone()).unwrap_or_default();
        let mut its = steps.iter().filter(|step| step.thread == call.thread);
        its.all(|step| matches!(step.operation, Operation::Call | Operation::Now))
    }
}
