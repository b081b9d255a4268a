//! Which threads can continue, and so what the schedule can choose.

use super::Execution;
use super::limits::TURN;
use crate::choice::{Choice, ChoiceKind};
use crate::footprint::{Footprint, Place};
use crate::operation::{ObjectId, ThreadId, Until};
use crate::thread::Thread;
use record::{Operation, TimeMode};

impl Execution {
    /// Whether the operation that `thread` announced can be done now.
    pub(crate) fn ready(&self, thread: ThreadId) -> bool {
        let this = &self.threads[thread];
        if this.finished {
            return false;
        }
        match this.pending.until {
            Until::Now => true,
            Until::Free(object) => {
                let object = &self.objects[object];
                object.holder.is_none() && object.sharers.is_empty()
            }
            Until::Shared(object) => {
                self.objects[object].holder.is_none()
                    && !(this.queues && self.writer_waiting(object).is_some())
            }
            Until::Open(gate) => self.gates[gate],
            Until::Finished(other) => self.threads[other].finished,
            Until::Returned(other) => self.threads[other].returned,
            Until::Notified { condvar, mutex } => {
                self.objects[mutex].holder.is_none() && self.objects[condvar].notifies(thread)
            }
            Until::Unparked => this.unparked,
            Until::Never => false,
        }
    }

    /// A thread that waits to hold `object` exclusively, if there is one.
    pub(crate) fn writer_waiting(&self, object: ObjectId) -> Option<ThreadId> {
        let waits =
            |thread: &Thread| !thread.finished && thread.pending.until == Until::Free(object);
        self.threads.iter().position(waits)
    }

    /// Whether a thread waits to write to `object` while others share it. A reader that comes now may
    /// get in, or it may have to stand in line; std leaves open which of them goes first.
    fn has_line(&self, object: ObjectId) -> bool {
        !self.objects[object].sharers.is_empty() && self.writer_waiting(object).is_some()
    }

    /// `thread` stands in line behind a waiting writer.
    pub(crate) fn queue(&mut self, thread: ThreadId) {
        self.steps += 1;
        self.footprint = Footprint::NOTHING;
        if let Some(object) = self.threads[thread].pending.object {
            self.footprint.change(Place::object(object));
        }
        self.threads[thread].queues = true;
        // The same point must not occur twice in a schedule.
        self.threads[self.current].announced += 1;
        if self.recorder.is_some() {
            self.record_queued(thread);
        }
    }

    /// Whether `thread`'s wait may end spuriously.
    fn may_wake_spuriously(&self, thread: ThreadId) -> bool {
        match self.threads[thread].pending.until {
            Until::Notified { condvar, mutex } => {
                self.objects[mutex].holder.is_none() && self.objects[condvar].may_leave(thread)
            }
            Until::Unparked => true,
            _ => false,
        }
    }

    /// Whether `thread` may give up waiting once its deadline has passed.
    fn may_time_out(&self, thread: ThreadId) -> bool {
        match self.threads[thread].pending.until {
            Until::Notified { condvar, .. } => self.objects[condvar].may_leave(thread),
            _ => true,
        }
    }

    /// Lists what the schedule can do next, the default first: continue with the current thread if
    /// it can run, otherwise with the next thread in turn. Empty if no thread can ever run again.
    pub(crate) fn choices(&mut self, choices: &mut Vec<Choice>) {
        choices.clear();
        loop {
            let ready = self.list(choices);
            if ready > 0 {
                return;
            }
            // No thread can run: time passes until the first deadline.
            let waiting = self.threads.iter().filter(|thread| !thread.finished);
            let deadlines = waiting.filter_map(|thread| thread.pending.deadline);
            let Some(next) = deadlines.filter(|&deadline| deadline > self.clock).min() else {
                choices.clear();
                return;
            };
            if self.wake_at(next, choices) {
                return;
            }
            self.clock = next;
            self.footprint.change(Place::Clock);
            self.time_moved = self.steps;
        }
    }

    /// Puts a timeout at the front of `choices` for every thread whose deadline is `next`. The
    /// lucky choices already listed may still happen before that time. Returns whether any thread
    /// can time out at `next`.
    fn wake_at(&self, next: u64, choices: &mut Vec<Choice>) -> bool {
        let due = |&thread: &ThreadId| {
            let this = &self.threads[thread];
            !this.finished && this.pending.deadline == Some(next) && self.may_time_out(thread)
        };
        let woken: Vec<Choice> =
            (0..self.threads.len()).filter(due).map(|thread| Choice::due(thread, 0)).collect();
        choices.retain(|choice| !woken.iter().any(|due| due.is(choice.thread, choice.kind)));
        choices.splice(0..0, woken.iter().copied());
        !woken.is_empty()
    }

    /// Lists the choices at this point. Returns how many of them are not lucky.
    fn list(&self, choices: &mut Vec<Choice>) -> usize {
        if let Some(thread) = self.uninterrupted.filter(|thread| self.ready(*thread)) {
            choices.push(Choice::run(thread, 0));
            return 1;
        }
        let count = self.threads.len();
        let me = self.current;
        let goes_on = self.goes_on(me);
        let fair = self.is_fair();
        let mut ready = 0;
        for offset in 0..count {
            // The current thread comes first if it keeps its turn, otherwise last.
            let thread = if goes_on { (me + offset) % count } else { (me + 1 + offset) % count };
            if self.threads[thread].finished {
                continue;
            }
            let pending = &self.threads[thread].pending;
            if self.ready(thread) {
                let preempts = goes_on && thread != me;
                // Yielding to a thread that is not next in turn has to cost something, or a loop
                // that yields would branch without end.
                let jumps = !goes_on && self.polite(me) && ready > 0;
                choices.push(Choice::run(thread, u32::from(preempts || jumps)));
                let tries = pending.operation == Operation::TryRead;
                let in_vain = tries && pending.object.is_some_and(|object| self.has_line(object));
                if !fair && (pending.may_fail || in_vain) {
                    choices.push(Choice::odd(thread, ChoiceKind::Spurious));
                }
                if let Until::Shared(object) = pending.until
                    && !fair
                    && self.has_line(object)
                {
                    choices.push(Choice::odd(thread, ChoiceKind::Queue));
                }
                ready += 1;
                continue;
            }
            if let Some(deadline) = pending.deadline
                && self.may_time_out(thread)
            {
                let due = deadline <= self.clock;
                if due {
                    choices.push(Choice::due(thread, u32::from(goes_on && thread != me)));
                    ready += 1;
                } else if self.time == TimeMode::Adversarial && !fair {
                    choices.push(Choice::odd(thread, ChoiceKind::TimeOut));
                }
            }
            if !fair && self.may_wake_spuriously(thread) {
                choices.push(Choice::odd(thread, ChoiceKind::Spurious));
            }
        }
        // A lucky choice is never the default.
        if let Some(first) = choices.iter().position(|choice| !choice.lucky) {
            choices[..=first].rotate_right(1);
        }
        ready
    }

    /// Whether the current thread keeps its turn by default.
    fn goes_on(&self, me: ThreadId) -> bool {
        self.ready(me) && !self.polite(me)
    }

    /// Whether the current thread gives up its turn although it could run on.
    fn polite(&self, me: ThreadId) -> bool {
        self.ready(me) && (self.threads[me].pending.yields() || self.turn >= TURN || self.is_fair())
    }
}
