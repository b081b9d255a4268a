//! What an execution records about itself, when a trace is wanted.

use crate::execution::Execution;
use crate::operation::{Announcement, ThreadId, WaitResult};
use crate::recorder::TRACED;
use record::{Location, ObjectInfo, Operation, Step, StepStatus, ThreadInfo, Trace, Value};

impl Execution {
    /// Records that `thread` was let through.
    pub(crate) fn record_step(&mut self, thread: ThreadId, result: WaitResult, preempts: bool) {
        let how = match result {
            WaitResult::Ready | WaitResult::Over => StepStatus::Done,
            WaitResult::TimedOut => StepStatus::TimedOut,
            WaitResult::Spurious => StepStatus::Spurious,
        };
        let pending = self.threads[thread].pending;
        self.record(thread, &pending, how, preempts);
        self.note_wanted();
    }

    /// The step just recorded may be the one that is looked for.
    fn note_wanted(&mut self) {
        let decision = self.steps;
        if let Some(recorder) = &mut self.recorder
            && recorder.wanted == Some(decision)
        {
            recorder.found = Some(recorder.steps.len() - 1);
        }
    }

    /// Records that the current thread announced an operation it cannot do yet.
    pub(crate) fn record_blocked(&mut self, thread: ThreadId) {
        let pending = self.threads[thread].pending;
        self.record(thread, &pending, StepStatus::Blocked, false);
    }

    /// Records that a thread stands in line behind a writer, the step's target.
    pub(crate) fn record_queued(&mut self, thread: ThreadId) {
        let pending = self.threads[thread].pending;
        let target = pending.object.and_then(|object| self.writer_waiting(object));
        self.record(thread, &Announcement { target, ..pending }, StepStatus::Blocked, false);
        self.note_wanted();
    }

    /// Records an event that is not a scheduling point: a thread panicked or finished. Returns the
    /// step's index, counted over the whole execution, if there is a recorder.
    pub(crate) fn record_fact(
        &mut self,
        thread: ThreadId,
        operation: Operation,
        at: Location,
    ) -> Option<usize> {
        let caller = self.caller_of(thread, &at.file);
        let recorder = self.recorder.as_mut()?;
        let step = recorder.push_fact(thread, operation, at, self.clock);
        if let Some(caller) = caller {
            recorder.note_caller(step, caller);
        }
        Some(step)
    }

    /// The statement of the answer's that called the function in which `thread` is, for a step in `file`.
    /// If that is not the answer's, the function is called by the statement that the thread is at.
    fn caller_of(&self, thread: ThreadId, file: &str) -> Option<Location> {
        let position = self.threads.get(thread)?.position;
        let around = position.statement.filter(|statement| statement.file() != file);
        around.or(position.caller).map(Location::from)
    }

    /// Records, of the current thread's panic at `step`, the answer's statement that ran, unless the
    /// panic arose in the answer itself.
    pub(crate) fn record_below(&mut self, step: usize) {
        let statement = self.threads.get(self.current).and_then(|thread| thread.position.statement);
        if let (Some(recorder), Some(statement)) = (&mut self.recorder, statement) {
            recorder.note_below(step, statement.into());
        }
    }

    fn record(&mut self, thread: ThreadId, what: &Announcement, how: StepStatus, preempts: bool) {
        let clock = self.clock;
        let called_from = self.caller_of(thread, what.at.file());
        let goes = matches!(what.operation, Operation::Unlock | Operation::Disconnect);
        let position = self.threads.get(thread).map(|thread| thread.position).unwrap_or_default();
        let statement = position.inside.or(position.statement);
        let gone_at = statement.filter(|_| goes).map(Location::from);
        if let Some(recorder) = &mut self.recorder {
            recorder.push(Step {
                thread,
                operation: what.operation,
                object: what.object,
                target: what.target,
                at: what.at.into(),
                how,
                value: None,
                preempts,
                clock,
                called_from,
                below: None,
                gone_at,
            });
        }
    }

    /// Records what the current thread's last step read, wrote or found out.
    pub(crate) fn record_value(&mut self, value: Value) {
        let me = self.current;
        // The closure of an update may compute with numbers before its value is known.
        let is_it = |step: &Step| step.thread == me && step.operation != Operation::Overflow;
        if let Some(recorder) = &mut self.recorder
            && let Some(step) = recorder.steps.iter_mut().rev().find(|step| is_it(step))
        {
            step.value = Some(value);
        }
    }

    /// Records that the current thread turned the number `from` into `to` at `at`, because `from` does
    /// not fit.
    pub(crate) fn record_overflow(&mut self, at: Location, from: i128, to: i128) {
        let (me, taken) = (self.current, self.record_fact(self.current, Operation::Overflow, at));
        if let (Some(recorder), Some(_)) = (&mut self.recorder, taken)
            && let Some(step) = recorder.steps.last_mut().filter(|step| step.thread == me)
        {
            step.value = Some(Value::Changed { from, to });
        }
    }

    /// Records that the current thread has called one of the answer's public functions.
    pub(crate) fn record_call(
        &mut self,
        name: &'static str,
        function: Location,
        arguments: Vec<Option<String>>,
    ) -> Option<usize> {
        let me = self.current;
        let thread = self.threads.get(me)?;
        let (position, panics) = (thread.position, thread.panics.len());
        let called_from = position.statement.or(position.caller).map(Location::from);
        self.recorder.as_mut()?.begin_call(me, name, function, arguments, called_from, panics)
    }

    /// Records that a call of the current thread has returned or panicked.
    pub(crate) fn record_return(&mut self, call: usize) {
        let me = self.threads.get(self.current);
        let panics = me.map_or(0, |it| it.panics.len());
        let place = |at: Option<&'static std::panic::Location<'static>>| at.map(Location::from);
        let ends = me.map_or([None, None], |it| [it.position.last, it.position.inner].map(place));
        let clock = self.clock;
        if let Some(recorder) = &mut self.recorder {
            recorder.end_call(call, panics, ends);
            recorder.note_step_of_call(call, clock);
        }
    }

    /// Records what the current thread's last call since the first `before` ones has returned.
    pub(crate) fn record_result(&mut self, before: usize, name: &str, result: String) {
        let me = self.current;
        if let Some(recorder) = &mut self.recorder {
            recorder.note_result(me, before, name, result);
        }
    }

    /// The trace, once the execution is over, and the index of the step that was looked for.
    pub(crate) fn take_trace(&mut self) -> Option<(Trace, Option<usize>)> {
        TRACED.set(false);
        let mut recorder = self.recorder.take()?;
        let calls = recorder.take_calls();
        let threads = self.threads.iter().map(|thread| ThreadInfo {
            name: thread.name.clone(),
            spawned_at: thread.spawned_at.map(Location::from),
        });
        let objects = self.objects.iter().map(|object| ObjectInfo {
            kind: object.kind,
            made_at: object.made_at.map(Location::from),
        });
        let trace = Trace {
            threads: threads.collect(),
            objects: objects.collect(),
            steps: recorder.steps,
            calls,
            dropped: recorder.dropped,
        };
        Some((trace, recorder.found))
    }
}
