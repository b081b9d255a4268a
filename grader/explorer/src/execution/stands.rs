//! Where an execution stands, for somebody who chooses what happens next.

use super::Execution;
use crate::choice::Choice;
use crate::thread::Thread;
use record::{NextStep, Offer, Steered};

impl Execution {
    /// Where the execution stands at a point that has `choices`.
    pub(crate) fn stands(&self, choices: &[Choice]) -> Steered {
        let offer = |choice: &Choice| Offer { pick: choice.pick(), is_odd: choice.lucky };
        let living = |(_, thread): &(usize, &Thread)| !thread.finished;
        let threads = self.threads.iter().enumerate().filter(living);
        let next = |(index, thread): (usize, &Thread)| NextStep {
            thread: index,
            operation: thread.pending.operation,
            object: thread.pending.object,
            at: thread.pending.at.into(),
            statement: thread.position.statement.map(Into::into),
            is_ready: self.ready(index),
            deadline: thread.pending.deadline,
        };
        let held = self.objects.iter().enumerate().flat_map(|(index, object)| {
            let holders = object.holder.iter().chain(&object.sharers);
            holders.map(move |(thread, _)| (index, *thread))
        });
        Steered {
            picks: Vec::new(),
            offers: choices.iter().map(offer).collect(),
            threads: threads.map(next).collect(),
            held: held.collect(),
            clock: self.clock,
        }
    }
}
