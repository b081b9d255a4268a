//! Which steps of a failing schedule are shown, and what stands in each row.
//!
//! A schedule has dozens of steps; about twenty rows can be read. What cannot matter goes first
//! (threads that begin and end, objects that one thread alone touches), then rounds of a loop are
//! shown once, then the least telling rows go until the rest fits.

mod events;
mod loops;
mod marks;
mod weight;

use super::scene::Scene;
use super::words::step as words;
use super::words::step::Sign;
use events::Event;
use record::{Failure, How, Operation, Panic, Step};
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

/// Rows that fit on a screen together with what stands round the picture.
const MAX_ROWS: usize = 16;

/// How much of a schedule is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// What matters, on one screen.
    Short,
    /// Every step.
    Whole,
}

/// A schedule as it is shown.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Oldest first.
    pub(super) rows: Vec<Row>,
    /// The threads that occur, in the order of their creation.
    pub(super) threads: Vec<usize>,
    /// The threads that wait for ever at the end.
    pub(super) stuck: Vec<usize>,
    /// For each thread of the trace, from which step to which it waits, where its first step is
    /// shown.
    pub(super) waiting: Vec<Vec<Range<usize>>>,
    /// Steps of the whole schedule.
    pub(super) steps: u64,
    /// The marks that occur and need to be explained.
    pub(super) signs: BTreeSet<Sign>,
    /// A function of the learner's in which several rows are, and which hides its callers.
    pub(super) helper: Option<String>,
}

/// One step as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Index of the step in the trace.
    pub(super) step: usize,
    /// Who.
    pub(super) thread: usize,
    /// The line in the learner's file, `checks.rs:12`, or nothing.
    pub(super) place: Option<String>,
    /// What.
    pub(super) code: String,
    /// The same without arguments.
    pub(super) short: String,
    /// What it read, wrote or found out.
    pub(super) value: Option<String>,
    /// What else happens to the thread.
    pub(super) note: Option<String>,
    /// How much it matters.
    pub(super) mark: Mark,
    /// The thread that could have gone on.
    pub(super) preempted: Option<usize>,
    /// Virtual time that has passed since the row before.
    pub(super) later: Option<Duration>,
    /// Steps left out since the row before, where that must be said.
    pub(super) left_out: usize,
    /// The last so many rows up to this one come so many times more.
    pub(super) again: Option<(usize, u64)>,
}

/// How much a row matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A step like others.
    None,
    /// Here the schedule takes its bad turn.
    Turn,
    /// Here it fails.
    Failure,
}

impl Story {
    /// The schedule of a scene.
    pub(super) fn of(scene: &Scene, length: Length) -> Self {
        let steps = &scene.trace.steps;
        let mut events = events::of(scene, length);
        if length == Length::Short {
            match scene.failure {
                Some(Failure::Livelock { .. }) => loops::last(steps, &mut events),
                Some(Failure::BusyWait { .. }) => loops::up_to_last(steps, &mut events),
                _ => loops::fold(steps, &mut events),
            }
            weight::cut(scene, &mut events, MAX_ROWS);
        }
        let mut rows: Vec<Row> = events.iter().map(|event| row(scene, event)).collect();
        marks::time(scene, &mut rows);
        // Under a fair schedule everybody is preempted all the time.
        if !matches!(scene.failure, Some(Failure::Livelock { .. })) {
            marks::preemptions(steps, &mut rows);
        }
        marks::turn_and_failure(scene, &mut rows);
        let mut threads: BTreeSet<usize> = rows.iter().map(|row| row.thread).collect();
        let stuck = scene.stuck();
        threads.extend(&stuck);
        let signs = marks::signs(scene, &rows);
        let waiting = waiting(scene, &rows);
        let helper = helper(scene, &rows);
        Self {
            rows,
            threads: threads.into_iter().collect(),
            stuck,
            waiting,
            helper,
            steps: scene.recorded,
            signs,
        }
    }

    /// Whether `thread` waits while `step` of the trace is taken.
    pub(super) fn waits(&self, thread: usize, step: usize) -> bool {
        let ranges = self.waiting.get(thread).map(Vec::as_slice).unwrap_or_default();
        ranges.iter().any(|range| range.contains(&step))
    }
}

fn row(scene: &Scene, event: &Event) -> Row {
    let step = &scene.trace.steps[event.step];
    let note = if event.begins_wait && step.how == How::Done {
        Some(words::WAITS_FOR_NOTIFY.to_owned())
    } else if event.resumes && step.how == How::Done {
        let text = match step.operation {
            Operation::Lock | Operation::Read | Operation::Write => words::HAS_IT,
            Operation::Relock | Operation::Park => words::WAKES,
            _ => words::GOES_ON,
        };
        Some(text.to_owned())
    } else {
        words::note(scene, step, event.holder)
    };
    let (code, short) = if step.operation == Operation::Panic {
        let text = words::panics(scene, panic_of(scene, step)).to_owned();
        (text.clone(), text)
    } else {
        words::code(scene, step)
    };
    let unlocks = event.unlocks.then(|| words::AND_UNLOCKS.to_owned());
    Row {
        step: event.step,
        thread: step.thread,
        place: has_place(step).then(|| scene.sources.short(&step.at)).flatten(),
        code,
        short,
        value: words::value(scene, step),
        note: match (note, unlocks) {
            (Some(note), Some(unlocks)) => Some(format!("{note} {unlocks}")),
            (note, unlocks) => note.or(unlocks),
        },
        mark: Mark::None,
        preempted: None,
        later: None,
        left_out: event.left_out,
        again: event.again,
    }
}

/// Whether a step's place is where it happens. That of an unlock is where the lock was taken, that
/// of a thread's beginning is where it was spawned.
pub(super) fn has_place(step: &Step) -> bool {
    !matches!(
        step.operation,
        Operation::Unlock | Operation::Disconnect | Operation::Start | Operation::Exit
    )
}

/// The panic that a step stands for, if it is part of the failure.
fn panic_of<'a>(scene: &Scene<'a>, step: &Step) -> Option<&'a Panic> {
    let Some(Failure::Panicked { panic, earlier }) = scene.failure else {
        return None;
    };
    let mut panics = earlier.iter().chain([panic]);
    panics.find(|panic| panic.thread == step.thread && panic.at == step.at)
}

/// The function in which at least two of the learner's rows are, if it hides from where they come.
fn helper(scene: &Scene, rows: &[Row]) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.place.is_some()) {
        if let Some(helper) = scene.sources.helper(&scene.trace.steps[row.step].at) {
            if seen.contains(&helper) {
                return Some(helper.to_owned());
            }
            seen.push(helper);
        }
    }
    None
}

/// From which step to which each thread waits.
fn waiting(scene: &Scene, rows: &[Row]) -> Vec<Vec<Range<usize>>> {
    let steps = &scene.trace.steps;
    let shown = |step: usize| rows.iter().any(|row| row.step == step);
    let mut waiting = vec![Vec::new(); scene.trace.threads.len()];
    for (thread, ranges) in waiting.iter_mut().enumerate() {
        let mut since = None;
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            if step.how == How::Blocked || step.operation == Operation::Wait {
                since.get_or_insert(index);
            } else if let Some(since) = since.take() {
                ranges.push(since..index);
            }
        }
        if let Some(since) = since {
            ranges.push(since..steps.len());
        }
        ranges.retain(|range| shown(range.start));
    }
    waiting
}
