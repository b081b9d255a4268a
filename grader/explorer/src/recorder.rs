//! Writes down what happens in one execution. Only a replay has a recorder; a search runs without
//! one.

use crate::operation::ThreadId;
use record::{Call, Location, Step};

/// The most steps a trace keeps. A longer one is cut in the middle, because its end is what
/// matters.
const KEEP: usize = 1_000;

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
    /// The decision, counted from 1, whose step is wanted.
    pub(crate) wanted: Option<u32>,
    /// The index of that step in `steps`.
    pub(crate) found: Option<usize>,
}

struct Noted {
    call: Call,
    /// How many calls had begun when it ended.
    ended: usize,
}

impl Recorder {
    /// A recorder that notes which step belongs to decision `wanted`.
    pub(crate) fn looking_for(wanted: Option<u32>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Notes that `thread` has called a function. Returns the call's index, for
    /// [`end_call`](Self::end_call).
    pub(crate) fn begin_call(
        &mut self,
        thread: ThreadId,
        function: Location,
        arguments: Vec<Option<String>>,
    ) -> Option<usize> {
        let steps = self.taken()..usize::MAX;
        let call = Call { thread, function, arguments, steps, result: None };
        (self.calls.len() < KEEP_CALLS).then(|| {
            self.calls.push(Noted { call, ended: usize::MAX });
            self.calls.len() - 1
        })
    }

    /// Notes that a call has returned.
    pub(crate) fn end_call(&mut self, call: usize) {
        let (taken, begun) = (self.taken(), self.calls.len());
        if let Some(noted) = self.calls.get_mut(call) {
            noted.call.steps.end = taken;
            noted.ended = begun;
        }
    }

    /// The number of calls that have begun.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Notes the result of the last call that `thread` has made since there were `before` calls, not
    /// counting calls within others.
    pub(crate) fn note_result(&mut self, thread: ThreadId, before: usize, result: String) {
        // One that begins before another one of the same thread has ended is within that one.
        let mut last: Option<usize> = None;
        for (index, noted) in self.calls.iter().enumerate().skip(before) {
            let is_within = last.is_some_and(|last| index < self.calls[last].ended);
            if noted.call.thread == thread && !is_within {
                last = Some(index);
            }
        }
        if let Some(last) = last {
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
