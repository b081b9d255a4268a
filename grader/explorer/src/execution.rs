//! One run of the program under one schedule: its threads, its objects, its clock.
//!
//! This is the state that decides which threads are enabled. It has no strategy and formats no
//! text.

mod enabled;
pub(crate) mod limits;
mod stands;
mod touching;

use crate::choice::{Choice, ChoiceKind};
use crate::footprint::Footprint;
use crate::object::{Handle, Object, Place, Use};
use crate::operation::{Announcement, ObjectId, ThreadId, Until, WaitResult};
use crate::recorder::{Recorder, TRACED};
use crate::system_clock::SystemClock;
use crate::thread::Thread;
use record::{Failure, ObjectKind, Operation, Panic, TimeMode};
use std::panic::Location;

/// The most threads that may live at one time in an execution; the next one is refused.
pub const MAX_THREADS: usize = 300;

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
    pub(crate) system_clock: SystemClock,
    pub(crate) time: TimeMode,
    pub(crate) current: ThreadId,
    /// Steps taken so far.
    pub(crate) steps: u32,
    /// Steps that do not count against the limits: there was nothing to decide, because the thread
    /// was the only one, or the check had asked that it be not interrupted.
    uncounted: u32,
    /// The most recent steps that were no operations, only the ends of statements.
    statements: u32,
    /// The largest number of threads that have been alive at once.
    pub(crate) most_living: u32,
    /// The thread that runs without interruption for as long as it can run.
    pub(crate) uninterrupted: Option<ThreadId>,
    /// Steps the current thread has taken in a row.
    turn: u32,
    /// Steps the current thread has taken in a row while no other thread was enabled.
    pub(crate) alone: u32,
    /// What the step that is under way has touched so far.
    pub(crate) footprint: Footprint,
    /// How many objects there were when it began.
    known: usize,
    /// Whether the program has ever asked how often a thread has gone to sleep. If so, whoever announces
    /// an operation looks at what it may have to wait for.
    pub(crate) sleep_matters: bool,
    /// Whether the program has ever ended a statement, as only those do that look at the count of an `Arc`.
    pub(crate) counts_matter: bool,
    /// One of these two has become so in this execution.
    pub(crate) widened: bool,
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
    /// How many operations destructors have attempted since then, in threads that have not been
    /// abandoned.
    pub(crate) after_end: u32,
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
            system_clock: SystemClock::default(),
            time: TimeMode::Exact,
            current: 0,
            steps: 0,
            uncounted: 0,
            statements: 0,
            most_living: 1,
            uninterrupted: None,
            turn: 0,
            alone: 0,
            footprint: Footprint::NOTHING,
            known: 0,
            sleep_matters: false,
            counts_matter: false,
            widened: false,
            recent: Vec::new(),
            time_moved: 0,
            suspicion: None,
            suspicious_at: None,
            over: true,
            after_end: 0,
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
        self.statements = 0;
        self.most_living = 1;
        self.uninterrupted = None;
        self.turn = 0;
        self.alone = 0;
        self.footprint = Footprint::NOTHING;
        self.known = 0;
        self.widened = false;
        self.recent.clear();
        self.time_moved = 0;
        self.suspicion = None;
        self.suspicious_at = None;
        self.over = false;
        self.after_end = 0;
        self.failure = None;
        self.panics.clear();
        TRACED.set(recorder.is_some());
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
        match next.until {
            Until::Notified { condvar, .. } => {
                self.objects[condvar].arrive(me);
                self.change_object(condvar);
            }
            // Who wants to write may hold up those who want to read.
            Until::Free(object) if self.objects[object].kind == ObjectKind::RwLock => {
                self.change_object(object);
            }
            _ => {}
        }
        if self.sleep_matters {
            self.look_ahead(me);
        }
        if !self.ready(me) {
            self.threads[me].sleeps += u32::from(next.until.is_sleep());
            if self.recorder.is_some() {
                self.record_blocked(me);
            }
        }
    }

    /// Carries out the schedule's choice: the chosen thread continues.
    pub(crate) fn take(&mut self, choice: Choice, preempts: bool, others_enabled: bool) {
        let thread = choice.thread;
        let alone = thread == self.current && !others_enabled;
        self.count_step(thread, alone);
        self.current = thread;
        self.steps += 1;
        let pending = self.threads[thread].pending;
        if pending.operation != Operation::Statement || self.only_statements() {
            self.note_recent(Recent { thread, operation: pending.operation, at: pending.at });
        }
        self.step_on(thread, &pending, choice.kind);
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

    /// Wakes every thread that waits to be notified.
    pub(crate) fn wake_waiting(&mut self) {
        for thread in &mut self.threads {
            match thread.pending.until {
                _ if thread.finished => {}
                Until::Notified { condvar, .. } => {
                    self.objects[condvar].notify_all();
                }
                Until::Unparked => thread.unparked = true,
                _ => {}
            }
        }
    }

    fn note_recent(&mut self, step: Recent) {
        if self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.push(step);
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
}
