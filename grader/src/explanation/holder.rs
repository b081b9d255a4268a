//! Who holds a lock at a point of the schedule.

use super::evidence::{Evidence, takes};
use record::{Operation, StepStatus};
use std::collections::HashMap;

impl Evidence<'_> {
    /// The thread that holds the lock which the step at `index` tries to acquire, as far as the schedule
    /// shows it. Of several readers, the last.
    pub(super) fn holder(&self, index: usize) -> Option<usize> {
        let lock = self.trace.steps[index].object?;
        if self.trace.dropped > 0 {
            return None;
        }
        let mut holders: Vec<usize> = Vec::new();
        // The lock that each thread acquired last, and the one that it gives back while it waits.
        let mut last: HashMap<usize, usize> = HashMap::new();
        let mut given_back: HashMap<usize, usize> = HashMap::new();
        for step in &self.trace.steps[..index] {
            let Some(object) = step.object else { continue };
            let takes_it = match (step.operation, step.how) {
                (Operation::Wait, _) => {
                    if let Some(&its) = last.get(&step.thread) {
                        given_back.insert(step.thread, its);
                        holders.retain(|&holder| holder != step.thread || its != lock);
                    }
                    false
                }
                (Operation::Relock, StepStatus::Blocked) => false,
                (Operation::Relock, _) => given_back.remove(&step.thread) == Some(lock),
                (Operation::Unlock, _) if object == lock => {
                    holders.retain(|&holder| holder != step.thread);
                    false
                }
                _ if takes(step) => {
                    last.insert(step.thread, object);
                    object == lock
                }
                _ => false,
            };
            if takes_it {
                holders.push(step.thread);
            }
        }
        holders.last().copied()
    }
}
