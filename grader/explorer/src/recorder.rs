//! Writes down what happens in one execution. Only a replay has a recorder; a search runs without
//! one.

use crate::operation::ThreadId;
use record::{Call, Location, Operation, Step, StepStatus, Value};
use std::cell::Cell;
use std::collections::BTreeMap;

thread_local! {
    /// Whether the execution that runs now has a recorder. Answers ask before each of their statements,
    /// so asking must cost next to nothing.
    pub(crate) static TRACED: Cell<bool> = const { Cell::new(false) };
}

/// The most steps a trace keeps. A longer one is cut in the middle, because its end is what
/// matters. Few are: an execution has at most 6,000 steps that count, and about half as many more.
const KEEP: usize = 12_000;

/// The most calls a trace keeps. Later ones are left out: a program that makes so many calls is
/// not shown call by call.
const KEEP_CALLS: usize = 10_000;

#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) steps: Vec<Step>,
    pub(crate) dropped: u64,
    /// The calls that have begun. Their steps are counted over the whole execution; a call that has
    /// not returned ends at `usize::MAX`.
    calls: Vec<Noted>,
    /// For each thread, the calls that have not ended, as indices; the innermost is the last.
    open: BTreeMap<ThreadId, Vec<usize>>,
    /// The decision, counted from 1, whose step is wanted.
    pub(crate) wanted: Option<u32>,
    /// The index of that step in `steps`.
    pub(crate) found: Option<usize>,
}

struct Noted {
    call: Call,
    /// The name of the function.
    name: &'static str,
    /// How many panics were unwinding on its thread when it began.
    panics: usize,
    /// How many calls had begun when it ended.
    ended: usize,
    /// It ended in a panic, so it has no result.
    panicked: bool,
}

impl Recorder {
    /// A recorder that notes which step belongs to decision `wanted`.
    pub(crate) fn looking_for(wanted: Option<u32>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Notes that `thread` has called a function, at the statement `called_from` of the answer's if that
    /// was running, while that many `panics` were unwinding there. Returns the call's index, for
    /// [`end_call`](Self::end_call).
    pub(crate) fn begin_call(
        &mut self,
        thread: ThreadId,
        name: &'static str,
        function: Location,
        arguments: Vec<Option<String>>,
        called_from: Option<Location>,
        panics: usize,
    ) -> Option<usize> {
        let steps = self.taken()..usize::MAX;
        let call = Call {
            thread,
            function,
            arguments,
            steps,
            called_from,
            ended_at: None,
            ended_in: None,
            result: None,
            lines: Vec::new(),
        };
        (self.calls.len() < KEEP_CALLS).then(|| {
            self.calls.push(Noted { call, name, panics, ended: usize::MAX, panicked: false });
            let call = self.calls.len() - 1;
            self.open.entry(thread).or_default().push(call);
            call
        })
    }

    /// Notes that a call has returned, or has panicked if more `panics` are unwinding than when it began.
    /// `ends` are its last statement and that of the function of the answer's which that one has
    /// called.
    pub(crate) fn end_call(&mut self, call: usize, panics: usize, ends: [Option<Location>; 2]) {
        let (taken, begun) = (self.taken(), self.calls.len());
        if let Some(noted) = self.calls.get_mut(call) {
            let panicked = panics > noted.panics;
            if let Some(open) = self.open.get_mut(&noted.call.thread) {
                open.retain(|&other| other < call);
            }
            noted.call.steps.end = taken;
            if !panicked {
                [noted.call.ended_at, noted.call.ended_in] = ends;
            }
            noted.ended = begun;
            noted.panicked = panicked;
        }
    }

    /// Notes that `thread` has come to a statement of the answer's at `line`.
    pub(crate) fn note_line(&mut self, thread: ThreadId, line: u32) {
        let innermost = self.open.get(&thread).and_then(|open| open.last());
        if let Some(noted) = innermost.and_then(|&call| self.calls.get_mut(call))
            && let Err(place) = noted.call.lines.binary_search(&line)
        {
            noted.call.lines.insert(place, line);
        }
    }

    /// Notes a step for a call that has ended, if it had none and is not within another call: without
    /// one, nobody would know of it.
    pub(crate) fn note_step_of_call(&mut self, call: usize, clock: u64) {
        let taken = self.taken();
        let Some(Noted { call: its, .. }) = self.calls.get(call) else { return };
        let is_open = |noted: &Noted| noted.ended == usize::MAX && noted.call.thread == its.thread;
        if its.steps.start < taken || self.calls[..call].iter().any(is_open) {
            return;
        }
        let (thread, at) = (its.thread, its.function.clone());
        self.calls[call].call.steps.end = taken + 1;
        self.push_fact(thread, Operation::Call, at, clock);
    }

    /// Adds a step that is no scheduling point. Returns its index, counted over the whole execution.
    pub(crate) fn push_fact(
        &mut self,
        thread: ThreadId,
        operation: Operation,
        at: Location,
        clock: u64,
    ) -> usize {
        let index = self.taken();
        self.push(Step {
            thread,
            operation,
            object: None,
            target: None,
            at,
            how: StepStatus::Done,
            value: None,
            preempts: false,
            clock,
            called_from: None,
            below: None,
            gone_at: None,
        });
        index
    }

    /// The number of calls that have begun.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Notes the result of the last call that `thread` has made since there were `before` calls, not
    /// counting calls within others.
    pub(crate) fn note_result(
        &mut self,
        thread: ThreadId,
        before: usize,
        name: &str,
        result: String,
    ) {
        // One that begins before another one of the same thread has ended is within that one.
        let mut last: Option<usize> = None;
        for (index, noted) in self.calls.iter().enumerate().skip(before) {
            let is_within = last.is_some_and(|last| index < self.calls[last].ended);
            if noted.call.thread == thread && !is_within {
                last = Some(index);
            }
        }
        // If it panicked, this is the result of something around it. If it has another name, then a function
        // that is not noted was called last.
        let is_its = |last: &usize| {
            let noted = &self.calls[*last];
            !noted.panicked && noted.name == name
        };
        if let Some(last) = last.filter(is_its) {
            self.calls[last].call.result = Some(result);
        }
    }

    /// The calls, their steps counted as in `steps`.
    pub(crate) fn take_calls(&mut self) -> Vec<Call> {
        let (kept, dropped) = (self.steps.len(), self.dropped as usize);
        // The steps in front of those that were dropped have kept their index.
        let index = |step: usize| match step < KEEP / 4 {
            true => step,
            false => step.saturating_sub(dropped).max(KEEP / 4),
        };
        let calls = std::mem::take(&mut self.calls);
        let calls = calls.into_iter().map(|Noted { call, .. }| {
            let steps = index(call.steps.start).min(kept)..index(call.steps.end).min(kept);
            Call { steps, ..call }
        });
        calls.filter(|call| !call.steps.is_empty()).collect()
    }

    /// Notes that the panic of a step, which is counted over the whole execution, was caught.
    pub(crate) fn note_caught(&mut self, step: usize) {
        if let Some(step) = self.kept(step) {
            step.value = Some(Value::Flag(true));
        }
    }

    /// Notes that the panic of a step, which is counted over the whole execution, arose in code that
    /// ran as part of the answer's `statement`. The answer's own panics say themselves where they are.
    pub(crate) fn note_below(&mut self, step: usize, statement: Location) {
        if let Some(step) = self.kept(step)
            && step.at.file != statement.file
        {
            step.below = Some(statement);
        }
    }

    /// Notes the answer's statement that called the function in which a step was taken.
    pub(crate) fn note_caller(&mut self, step: usize, caller: Location) {
        if let Some(step) = self.kept(step) {
            step.called_from = Some(caller);
        }
    }

    /// A step, which is counted over the whole execution, unless it was dropped.
    fn kept(&mut self, step: usize) -> Option<&mut Step> {
        let kept = match step < KEEP / 4 {
            true => Some(step),
            false => step.checked_sub(self.dropped as usize).filter(|&kept| kept >= KEEP / 4),
        };
        self.steps.get_mut(kept?)
    }

    /// The steps of the execution so far.
    fn taken(&self) -> usize {
        self.steps.len() + self.dropped as usize
    }

    pub(crate) fn push(&mut self, step: Step) {
        if self.steps.len() == KEEP {
            self.steps.drain(KEEP / 4..KEEP / 2);
            self.dropped += (KEEP / 4) as u64;
            self.found = match self.found {
                Some(at) if at >= KEEP / 2 => Some(at - KEEP / 4),
                Some(at) if at < KEEP / 4 => Some(at),
                _ => None,
            };
        }
        self.steps.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn at(line: u32) -> Location {
        Location { file: "lib.rs".to_owned(), line, column: 1 }
    }

    fn take_steps(recorder: &mut Recorder, steps: usize) {
        for _ in 0..steps {
            recorder.push(Step {
                thread: 1,
                operation: Operation::Load,
                object: None,
                target: None,
                at: at(1),
                how: StepStatus::Done,
                value: None,
                preempts: false,
                clock: 0,
                called_from: None,
                below: None,
                gone_at: None,
            });
        }
    }

    /// A call with one step before and one after each of `inside`.
    fn call(recorder: &mut Recorder, line: u32, inside: &[u32]) {
        let call = recorder.begin_call(1, "f", at(line), Vec::new(), None, 0).unwrap();
        take_steps(recorder, 1);
        for line in inside {
            self::call(recorder, *line, &[]);
            take_steps(recorder, 1);
        }
        recorder.end_call(call, 0, [None, None]);
    }

    #[test]
    fn a_result_belongs_to_the_last_call_that_is_not_within_another() {
        let mut recorder = Recorder::default();
        call(&mut recorder, 1, &[]);
        let before = recorder.calls();
        call(&mut recorder, 2, &[]);
        call(&mut recorder, 3, &[4, 5]);
        recorder.begin_call(2, "f", at(6), Vec::new(), None, 0);
        recorder.note_result(1, before, "f", "seen".to_owned());
        // Another function was called last, which is not noted.
        recorder.note_result(1, before, "g", "another's".to_owned());
        // Nothing was called in between.
        recorder.note_result(1, recorder.calls(), "f", "lost".to_owned());
        let calls = recorder.take_calls();
        let seen = calls.iter().filter(|call| call.result.is_some());
        assert_eq!(seen.map(|call| call.function.line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_call_that_returns_while_an_older_panic_unwinds_has_a_result() {
        let mut recorder = Recorder::default();
        for (line, panics_at_the_end) in [(1, 1), (2, 2)] {
            let before = recorder.calls();
            let call = recorder.begin_call(1, "f", at(line), Vec::new(), None, 1).unwrap();
            take_steps(&mut recorder, 1);
            recorder.end_call(call, panics_at_the_end, [None, None]);
            recorder.note_result(1, before, "f", "seen".to_owned());
        }
        let results = recorder.take_calls().into_iter().map(|call| call.result);
        assert_eq!(results.collect::<Vec<_>>(), [Some("seen".to_owned()), None]);
    }

    #[test]
    fn a_call_without_a_step_has_one_of_its_own_unless_it_is_within_another() {
        let mut recorder = Recorder::default();
        let outer = recorder.begin_call(1, "f", at(1), Vec::new(), None, 0).unwrap();
        let inner = recorder.begin_call(1, "f", at(2), Vec::new(), None, 0).unwrap();
        for call in [inner, outer] {
            recorder.end_call(call, 0, [None, None]);
            recorder.note_step_of_call(call, 0);
        }
        call(&mut recorder, 4, &[]);
        let lines: Vec<(u32, usize)> =
            recorder.take_calls().iter().map(|it| (it.function.line, it.steps.len())).collect();
        assert_eq!(lines, [(1, 1), (4, 1)]);
    }

    #[test]
    fn a_call_that_panicked_has_no_result() {
        let mut recorder = Recorder::default();
        let panics = recorder.begin_call(1, "f", at(1), Vec::new(), None, 0).unwrap();
        take_steps(&mut recorder, 1);
        recorder.end_call(panics, 1, [None, None]);
        recorder.note_result(1, 0, "f", "None".to_owned());
        assert_eq!(recorder.take_calls()[0].result, None);
    }

    #[test]
    fn a_panic_that_was_caught_is_found_again_when_steps_were_dropped() {
        let mut recorder = Recorder::default();
        let panic = |recorder: &mut Recorder| {
            let step = recorder.taken();
            take_steps(recorder, 1);
            recorder.steps.last_mut().unwrap().operation = Operation::Panic;
            step
        };
        let first = panic(&mut recorder);
        take_steps(&mut recorder, KEEP / 4);
        let lost = panic(&mut recorder);
        take_steps(&mut recorder, KEEP);
        let last = panic(&mut recorder);
        [first, lost, last].into_iter().for_each(|step| recorder.note_caught(step));
        let caught = recorder.steps.iter().filter(|step| step.is_caught()).count();
        let marked = recorder.steps.iter().filter(|step| step.value.is_some()).count();
        assert_eq!((caught, marked), (2, 2));
    }

    #[test]
    fn calls_keep_their_steps_when_others_are_dropped() {
        let mut recorder = Recorder::default();
        call(&mut recorder, 1, &[]);
        take_steps(&mut recorder, KEEP / 4);
        call(&mut recorder, 2, &[]);
        take_steps(&mut recorder, KEEP);
        let last = recorder.begin_call(1, "f", at(3), Vec::new(), None, 0);
        take_steps(&mut recorder, 1);
        assert!(last.is_some() && recorder.dropped > 0);
        let kept = recorder.steps.len();
        let calls = recorder.take_calls();
        // The second one's step is among those that were dropped; the third has not returned.
        let left: Vec<_> = calls.iter().map(|it| (it.function.line, it.steps.clone())).collect();
        assert_eq!(left, [(1, 0..1), (3, kept - 1..kept)]);
    }
}
