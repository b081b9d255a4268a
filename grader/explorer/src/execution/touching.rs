//! What the steps of an execution touch.

use super::Execution;
use crate::choice::ChoiceKind;
use crate::footprint::{Footprint, Place};
use crate::operation::{Announcement, ObjectId, ThreadId, Until};
use record::Operation;

impl Execution {
    /// A step begins: `thread` does what it has announced.
    pub(super) fn step_on(&mut self, thread: ThreadId, pending: &Announcement, kind: ChoiceKind) {
        self.known = self.objects.len();
        self.footprint = Footprint::NOTHING;
        if pending.operation == Operation::Statement {
            self.widened |= !std::mem::replace(&mut self.counts_matter, true);
        }
        let footprint = &mut self.footprint;
        // Nobody can come between its steps; and any step of a program that looks at the counts of its
        // `Arc`s may change one of them, or look at it.
        if self.uninterrupted.is_some() || self.counts_matter {
            footprint.change_everything();
        }
        if let Some(object) = pending.object.map(Place::object) {
            if looks_only(pending.operation) {
                footprint.look(object);
            } else {
                footprint.change(object);
            }
        }
        if let Until::Notified { mutex, .. } = pending.until {
            footprint.change(Place::object(mutex));
        }
        match (pending.operation, pending.target) {
            // Which of two that join a scoped thread comes first decides whether its panic counts.
            (Operation::Join | Operation::ScopeEnd, Some(other)) => {
                footprint.change(Place::thread(other));
            }
            (Operation::IsFinished, Some(other)) => footprint.look(Place::thread(other)),
            (Operation::Unpark, Some(other)) => footprint.change(Place::permit(other)),
            (Operation::Spawn, _) => {
                footprint.change(Place::Numbers);
                footprint.look(Place::Living);
            }
            _ => {}
        }
        if pending.until == Until::Unparked {
            footprint.change(Place::permit(thread));
        }
        if kind == ChoiceKind::TimeOut {
            footprint.change(Place::Clock);
        }
    }

    /// The step that is under way finds out whether `thread` has to wait for what it does next.
    pub(super) fn look_ahead(&mut self, thread: ThreadId) {
        let pending = self.threads[thread].pending;
        let place = match pending.until {
            Until::Open(_) | Until::Notified { .. } => pending.object.map(Place::object),
            Until::Finished(other) | Until::Returned(other) => Some(Place::thread(other)),
            Until::Unparked => Some(Place::permit(thread)),
            Until::Now | Until::Never | Until::Free(_) | Until::Shared(_) => None,
        };
        match (place, pending.object) {
            (Some(Place::Object(_)), Some(object)) if object >= self.known => {
                self.footprint.change_everything();
            }
            (Some(place), _) => self.footprint.look(place),
            (None, _) => {}
        }
        if let Until::Notified { mutex, .. } = pending.until {
            self.footprint.look(Place::object(mutex));
        }
    }

    /// The step that is under way changes `object`.
    pub(crate) fn change_object(&mut self, object: ObjectId) {
        if object < self.known {
            self.footprint.change(Place::object(object));
        } else {
            // Objects are numbered in order of their first use. Had another step come first, this one
            // might have another number.
            self.footprint.change_everything();
        }
    }
}

/// Whether an operation on an object changes nothing that another such operation would notice.
fn looks_only(operation: Operation) -> bool {
    use Operation::{Get, Load, Read, TryRead};
    matches!(operation, Get | Load | Read | TryRead)
}
