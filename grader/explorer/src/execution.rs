//! One run of the program under one schedule: its threads, its objects, its clock.
//!
//! This is the state that decides which threads are enabled. It has no strategy and formats no
//! text.

use crate::choice::{Choice, ChoiceKind};
use crate::object::{Handle, Object, Place, Use};
use crate::operation::{Announcement, ObjectId, ThreadId, Until, WaitResult};
use crate::recorder::Recorder;
use crate::thread::Thread;
use record::{Failure, Operation, Panic, TimeMode};
use std::panic::Location;

/// The most threads that may live at one time in an execution; the next one is refused.
pub const MAX_THREADS: usize = 300;

/// A thread that runs this many steps while others could run loses its turn: a loop that polls
/// without yielding must not lock the others out forever.
const TURN: u32 = 64;

/// A thread that runs this many steps while all others wait or sleep is busy-waiting.
pub(crate) const BUSY_STEPS: u32 = 1_000;

/// From this step on, an execution is scheduled round robin, so that it ends if it can end at all.
const FAIR_FROM: u32 = 2_000;

/// An execution still running after this many steps is making no progress, unless it has so many
/// threads that it may take [longer](Execution::last_step).
const LAST_STEP: u32 = 6_000;

/// An execution that seems to loop may merely be long. In a search it gets this many more steps, to
/// see whether it ends by itself.
pub(crate) const BENEFIT_OF_DOUBT: u32 = 20_000;

/// The most steps of an execution that do not count against the other limits.
const MOST_UNCOUNTED: u32 = 2_000_000;

/// How many recent source locations are kept, to tell where a thread loops.
const RECENT: usize = 24;

pub(crate) struct Execution {
    /// Counts executions; a handle that carries another epoch belongs to an earlier one.
    pub(crate) epoch: u32,
    pub(crate) threads: Vec<Thread>,
    pub(crate) objects: Vec<Object>,
    /// Which gates are open.
    pub(crate) gates: Vec<bool>,
    /// Virtual time in nanoseconds.
    pub(crate) clock: u64,
    pub(crate) time: TimeMode,
    pub(crate) current: ThreadId,
    /// Steps taken so far.
    pub(crate) steps: u32,
    /// Steps that do not count against the limits: there was nothing to decide, because the thread
    /// was the only one, or the check had asked that it be not interrupted.
    uncounted: u32,
    /// The largest number of threads that have been alive at once.
    pub(crate) most_living: u32,
    /// The thread that runs without interruption for as long as it can run.
    pub(crate) uninterrupted: Option<ThreadId>,
    /// Steps the current thread has taken in a row.
    turn: u32,
    /// Steps the current thread has taken in a row while no other thread was enabled.
    pub(crate) alone: u32,
    /// The most recent steps, oldest first.
    pub(crate) recent: Vec<Recent>,
    /// How many steps had been taken when virtual time last moved.
    time_moved: u32,
    /// The failure to report if the execution does not end soon, and the step at which it was
    /// suspected.
    pub(crate) suspicion: Option<(Failure, u32)>,
    /// Where most of the recent steps had taken place by then.
    pub(crate) suspicious_at: Option<&'static Location<'static>>,
    /// Only destructors still run.
    pub(crate) over: bool,
    pub(crate) failure: Option<Failure>,
    pub(crate) panics: Vec<Panic>,
    pub(crate) recorder: Option<Recorder>,
}

/// One of the most recent steps.
#[derive(Clone, Copy)]
pub(crate) struct Recent {
    pub(crate) thread: ThreadId,
    pub(crate) operation: Operation,
    pub(crate) at: &'static Location<'static>,
}

impl Execution {
    pub(crate) fn idle() -> Self {
        Self {
            epoch: 0,
            threads: Vec::new(),
            objects: Vec::new(),
            gates: Vec::new(),
            clock: 0,
            time: TimeMode::Exact,
            current: 0,
            steps: 0,
            uncounted: 0,
            most_living: 1,
            uninterrupted: None,
            turn: 0,
            alone: 0,
            recent: Vec::new(),
            time_moved: 0,
            suspicion: None,
            suspicious_at: None,
            over: true,
            failure: None,
            panics: Vec::new(),
            recorder: None,
        }
    }

    /// Starts over with one thread, which is about to run the check's body.
    pub(crate) fn begin(&mut self, time: TimeMode, recorder: Option<Recorder>) {
        self.epoch += 1;
        self.threads.clear();
        self.objects.clear();
        self.gates.clear();
        self.clock = 0;
        self.time = time;
        self.current = 0;
        self.steps = 0;
        self.uncounted = 0;
        self.most_living = 1;
        self.uninterrupted = None;
        self.turn = 0;
        self.alone = 0;
        self.recent.clear();
        self.time_moved = 0;
        self.suspicion = None;
        self.suspicious_at = None;
        self.over = false;
        self.failure = None;
        self.panics.clear();
        self.recorder = recorder;
        let start = Announcement::new(Operation::Start, Location::caller());
        self.threads.push(Thread::new(None, None, start));
    }

    // Objects

    /// The object that `handle` stands for in this execution, and whether the primitive has been used
    /// before.
    pub(crate) fn object(&mut self, handle: &Handle) -> (ObjectId, Use) {
        let usage = match handle.place(self.epoch) {
            Place::Known(object) => return (object, Use::Again),
            Place::New => Use::First,
            Place::Stale => Use::Stale,
        };
        let object = self.objects.len();
        self.objects.push(Object::new(handle.kind(), handle.made_at()));
        handle.settle(self.epoch, object);
        (object, usage)
    }

    // Announcing and being let through

    /// The current thread announces its next operation.
    pub(crate) fn announce(&mut self, next: Announcement) {
        let me = self.current;
        let thread = &mut self.threads[me];
        thread.pending = next;
        thread.announced += 1;
        thread.queues = false;
        if let Until::Notified { condvar, .. } = next.until {
            self.objects[condvar].arrive(me);
        }
        if !self.ready(me) {
            self.threads[me].sleeps += u32::from(next.until.is_sleep());
            if self.recorder.is_some() {
                self.record_blocked(me);
            }
        }
    }

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

    /// Carries out the schedule's choice: the chosen thread continues.
    pub(crate) fn take(&mut self, choice: Choice, preempts: bool, others_enabled: bool) {
        let thread = choice.thread;
        let alone = thread == self.current && !others_enabled;
        let free = self.uninterrupted == Some(thread) || alone && !self.lives_beside(thread);
        if free && self.uncounted < MOST_UNCOUNTED {
            self.uncounted += 1;
        } else {
            self.turn = if thread == self.current { self.turn + 1 } else { 0 };
            self.alone = if alone { self.alone + 1 } else { 0 };
        }
        self.current = thread;
        self.steps += 1;
        let pending = self.threads[thread].pending;
        if self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.push(Recent { thread, operation: pending.operation, at: pending.at });
        let before = self.clock;
        let result = match choice.kind {
            ChoiceKind::Run => WaitResult::Ready,
            ChoiceKind::TimeOut => {
                self.clock = self.clock.max(pending.deadline.unwrap_or(0));
                WaitResult::TimedOut
            }
            ChoiceKind::Spurious => WaitResult::Spurious,
            ChoiceKind::Queue => unreachable!("a thread that stands in line is not let through"),
        };
        if self.clock != before {
            self.time_moved = self.steps;
        }
        self.threads[thread].result = result;
        self.pass(thread, pending, result);
        if self.recorder.is_some() {
            self.record_step(thread, result, preempts);
        }
    }

    /// Updates the objects after `thread` was let through.
    fn pass(&mut self, thread: ThreadId, pending: Announcement, result: WaitResult) {
        let at = pending.at;
        match (pending.until, result) {
            (Until::Free(object), WaitResult::Ready) => {
                self.objects[object].holder = Some((thread, at));
            }
            (Until::Shared(object), WaitResult::Ready) => {
                self.objects[object].sharers.push((thread, at));
            }
            (Until::Notified { condvar, mutex }, WaitResult::Ready) => {
                self.objects[condvar].take_notification(thread);
                self.objects[mutex].holder = Some((thread, at));
            }
            (Until::Notified { condvar, mutex }, _) => {
                self.objects[condvar].leave(thread);
                if self.objects[mutex].holder.is_none() {
                    self.objects[mutex].holder = Some((thread, at));
                }
            }
            (Until::Unparked, WaitResult::Ready) => self.threads[thread].unparked = false,
            _ => {}
        }
    }

    /// Whether the execution has run for so long that no strategy decides any more.
    pub(crate) fn is_fair(&self) -> bool {
        self.counted() >= FAIR_FROM
    }

    /// After how many steps an execution is making no progress. If all threads change the same
    /// atomic with `fetch_update` or `compare_exchange`, and take turns, only one succeeds in each
    /// turn, and every other one tries again with two steps. For n threads these are about n² steps
    /// in all. The limit is twice that.
    pub(crate) fn last_step(&self) -> u32 {
        LAST_STEP.max(2 * self.most_living * self.most_living)
    }

    /// The steps that count against the limits.
    pub(crate) fn counted(&self) -> u32 {
        self.steps - self.uncounted
    }

    /// How many threads have not finished.
    pub(crate) fn living(&self) -> usize {
        self.threads.iter().filter(|thread| !thread.finished).count()
    }

    /// Whether any thread other than `me` has not finished.
    pub(crate) fn lives_beside(&self, me: ThreadId) -> bool {
        self.threads.iter().enumerate().any(|(index, thread)| index != me && !thread.finished)
    }

    /// Whether some thread waits for a moment that cannot come while the others keep running like
    /// this: it sleeps, or reads the clock again and again.
    pub(crate) fn holds_up_time(&self) -> bool {
        if self.steps - self.time_moved < BUSY_STEPS {
            return false;
        }
        if self.recent.iter().any(|recent| recent.operation == Operation::Now) {
            return true;
        }
        let waits = |(index, thread): (usize, &Thread)| {
            let later = thread.pending.deadline.is_some_and(|deadline| deadline > self.clock);
            !thread.finished && later && !self.ready(index)
        };
        self.threads.iter().enumerate().any(waits)
    }
}
