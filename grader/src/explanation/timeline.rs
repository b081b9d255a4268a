//! Which steps of a schedule are shown, and what stands in each row.
//!
//! A schedule has dozens of steps; some sixteen rows can be read. What cannot matter goes first
//! (threads that begin and end, objects that one thread alone touches), then rounds of a loop are
//! shown once, then the least relevant rows go until the rest fits.

mod events;
mod loops;
mod relevance;
mod signs;

use super::evidence::Evidence;
use super::names::ObjectName;
use super::safe;
use super::words::step as words;
use events::Event;
use record::{Failure, How, Operation, Step};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

/// Rows that fit on a screen together with what stands round the picture.
pub const MAX_ROWS: usize = 16;

/// How much of a schedule is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// What matters, on one screen.
    Short,
    /// Every step.
    Whole,
}

/// A schedule as it is shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// The threads that occur, in the order of their creation.
    pub threads: Vec<Thread>,
    /// Oldest first.
    pub rows: Vec<Row>,
    /// Steps of the whole schedule.
    pub steps: u64,
    /// Steps that were not even recorded.
    pub dropped: u64,
    /// What the words in the picture mean, for those that occur.
    pub legend: Vec<&'static str>,
    /// A function of the learner's in which several rows are, and which hides its callers because it
    /// has no `#[track_caller]`.
    pub hides_callers: Option<String>,
}

/// A thread in a [`Timeline`].
#[derive(Clone, Debug, Serialize)]
pub struct Thread {
    /// Its name, or `thread 2`; `check` is the check's own.
    pub name: String,
    /// The learner's function in which all its rows are; `None` where there are several, or none.
    pub function: Option<String>,
    /// It waits for ever at the end.
    pub stuck: bool,
}

/// One step as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The number of the step in the schedule, from 1: where numbers are missing, steps are.
    pub number: u64,
    /// Who: an index into [`Timeline::threads`].
    pub thread: usize,
    /// The file as the user would open it; `null` for a place inside a library.
    pub file: Option<String>,
    /// Line, from 1; `null` with `file`.
    pub line: Option<u32>,
    /// Column in characters, from 1; `null` with `file`.
    pub column: Option<u32>,
    /// The place in short: the line alone in the learner's file, `checks.rs:12` elsewhere. `null`
    /// where the place is not where it happens, as for an unlock.
    pub place: Option<String>,
    /// It is in the learner's file.
    pub own: bool,
    /// The learner's function that it is in.
    pub function: Option<String>,
    /// The function is not plain from the rows above, so it is to be named in this row.
    pub names_function: bool,
    /// What the source says there, shortened, or the operation in words.
    pub code: String,
    /// The same without arguments.
    pub short: String,
    /// The operation, such as `lock`, `notify-one`, `compare-exchange`.
    pub operation: String,
    /// What the object it is done on is called, where it has one.
    pub object: Option<String>,
    /// `done`; `blocked`, where the thread begins to wait; `timed-out`; `spurious`, where it went on
    /// or failed for no reason.
    pub how: String,
    /// What it read, wrote or found out.
    pub value: Option<String>,
    /// What else happens to the thread.
    pub note: Option<String>,
    /// What the row is to the failure.
    pub mark: RowMark,
    /// The thread that could have gone on when this step was taken instead.
    pub preempted: Option<usize>,
    /// The threads that wait while this step is taken.
    pub waiting: Vec<usize>,
    /// Virtual time that has passed since the row before, in words.
    pub later: Option<String>,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock_ns: u64,
    /// The last rows up to this one come again.
    pub again: Option<Again>,
    /// So many other threads do the same next, which are not listed.
    pub others: u64,
    /// Index of the step in the trace.
    #[serde(skip)]
    step: usize,
}

/// A loop in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// How many rows a round has.
    pub rows: usize,
    /// How many rounds follow that are not listed.
    pub times: u64,
}

/// What a row is to the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowMark {
    /// A step like others.
    None,
    /// The last step before which the check could still have passed.
    Decisive,
    /// Here it fails.
    Failure,
}

impl Timeline {
    /// The schedule of a failed or replayed check.
    pub(super) fn of(evidence: &Evidence<'_>, length: Length) -> Self {
        let steps = &evidence.trace.steps;
        let mut events = events::of(evidence, length);
        if length == Length::Short {
            match evidence.failure {
                Some(Failure::Livelock { .. }) => loops::last(steps, &mut events),
                Some(Failure::BusyWait { .. }) => loops::up_to_last(steps, &mut events),
                _ => loops::fold(steps, &mut events),
            }
            let difference = super::words::failure::is_snapshot(evidence);
            // Where two transcripts differ, the difference says more than any step.
            let most = if difference { MAX_ROWS / 2 } else { MAX_ROWS };
            relevance::cut(evidence, &mut events, most);
        }
        let mut rows: Vec<Row> = events.iter().map(|event| row(evidence, event)).collect();
        signs::time(evidence, &mut rows);
        // Under a fair schedule every thread is preempted all the time, and where any schedule fails
        // it does not matter which one was picked.
        let is_fair = matches!(evidence.failure, Some(Failure::Livelock { .. }));
        let is_any = evidence.needs_no_luck() && length == Length::Short;
        if !is_fair && !is_any {
            signs::preemptions(steps, &mut rows);
        }
        signs::decisive_and_failure(evidence, &mut rows);
        let stuck = evidence.stuck();
        let mut threads: BTreeSet<usize> = rows.iter().map(|row| row.thread).collect();
        threads.extend(&stuck);
        threads.extend(rows.iter().filter_map(|row| row.preempted));
        let threads: Vec<usize> = threads.into_iter().collect();
        waiting(evidence, &mut rows, &threads);
        let functions = name_functions(&mut rows, &threads);
        let legend = signs::legend(evidence, &rows);
        let hides_callers = helper(evidence, &rows);
        let index = |thread: usize| threads.iter().position(|&t| t == thread).unwrap_or(0);
        for row in &mut rows {
            row.thread = index(row.thread);
            row.preempted = row.preempted.map(index);
        }
        let named = threads.iter().zip(functions).map(|(&thread, function)| Thread {
            name: evidence.names.thread(thread),
            function,
            stuck: stuck.contains(&thread),
        });
        Self {
            threads: named.collect(),
            rows,
            steps: evidence.recorded,
            dropped: evidence.trace.dropped,
            legend,
            hides_callers,
        }
    }

    /// How many steps of the schedule are left out of the rows.
    pub fn is_cut(&self) -> bool {
        self.rows.len() as u64 + 1 < self.steps && !self.rows.is_empty()
    }
}

fn row(evidence: &Evidence<'_>, event: &Event) -> Row {
    let step = &evidence.trace.steps[event.step];
    let sources = evidence.sources;
    let note = if event.begins_wait && step.how == How::Done {
        Some(words::waits_for_notify(event.resumes))
    } else if event.resumes && step.how == How::Done {
        let text = match step.operation {
            Operation::Lock | Operation::Read | Operation::Write => words::HAS_IT,
            Operation::Relock | Operation::Park => words::WAKES,
            _ => words::GOES_ON,
        };
        Some(text.to_owned())
    } else {
        words::note(evidence, step, event.holder)
    };
    let (code, short) = if step.operation == Operation::Panic {
        let text = words::panics(evidence, evidence.panic_of(step)).to_owned();
        (text.clone(), text)
    } else {
        words::code(evidence, step)
    };
    let note = match events::poisons(evidence, event.step) {
        true => Some(words::POISONS.to_owned()),
        false => note,
    };
    let unlocks = event.unlocks.then(|| words::AND_UNLOCKS.to_owned());
    let source = sources.find(&step.at);
    let object = step.object.and_then(|object| evidence.names.object(object));
    // What the recorder dropped was dropped from the middle.
    let front = evidence.trace.steps.len() as u64 / 4;
    let dropped = if event.step as u64 >= front { evidence.trace.dropped } else { 0 };
    Row {
        number: event.step as u64 + 1 + dropped,
        thread: step.thread,
        file: source.map(|source| source.path.clone()),
        line: source.map(|_| step.at.line),
        column: source.map(|_| step.at.column),
        place: has_place(step).then(|| sources.short(&step.at)).flatten(),
        own: sources.is_answer(&step.at),
        function: has_place(step).then(|| sources.function(&step.at)).flatten(),
        names_function: false,
        code,
        short,
        operation: kebab(&step.operation),
        object: object.map(ObjectName::to_string).map(|name| safe::line(&name)),
        how: kebab(&step.how),
        value: words::value(evidence, event.step),
        note: match (note, unlocks) {
            (Some(note), Some(unlocks)) => Some(format!("{note} {unlocks}")),
            (note, unlocks) => note.or(unlocks),
        },
        mark: RowMark::None,
        preempted: None,
        waiting: Vec::new(),
        later: None,
        clock_ns: step.clock,
        again: event.again.map(|(rows, times)| Again { rows, times }),
        others: event.others,
        step: event.step,
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

/// The function in which at least two of the learner's rows are, if it hides where it was called.
fn helper(evidence: &Evidence<'_>, rows: &[Row]) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.place.is_some()) {
        if let Some(helper) = evidence.sources.helper(&evidence.trace.steps[row.step].at) {
            if seen.contains(&helper) {
                return Some(helper.to_owned());
            }
            seen.push(helper);
        }
    }
    None
}

/// Say in which rows the function has to be named: where it is another than in the thread's row
/// before. Returns, for each thread, the function that all its rows are in, if there is one; that is
/// said once, over them.
fn name_functions(rows: &mut [Row], threads: &[usize]) -> Vec<Option<String>> {
    let mut functions = Vec::new();
    for &thread in threads {
        let of_thread = |row: &&Row| row.thread == thread && row.function.is_some();
        let all: BTreeSet<&String> =
            rows.iter().filter(of_thread).filter_map(|row| row.function.as_ref()).collect();
        let only = all.first().filter(|_| all.len() == 1).map(|&name| name.clone());
        if only.is_none() {
            let mut last: Option<String> = None;
            for row in rows.iter_mut().filter(|row| row.thread == thread) {
                row.names_function = row.function.is_some() && row.function != last;
                last.clone_from(&row.function);
            }
        }
        functions.push(only);
    }
    functions
}

/// Note for each row which threads wait meanwhile.
fn waiting(evidence: &Evidence<'_>, rows: &mut [Row], threads: &[usize]) {
    let steps = &evidence.trace.steps;
    for (index, &thread) in threads.iter().enumerate() {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut since = None;
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            if step.how == How::Blocked || step.operation == Operation::Wait {
                since.get_or_insert(at);
            } else if let Some(since) = since.take() {
                ranges.push(since..at);
            }
        }
        ranges.extend(since.map(|since| since..steps.len()));
        // A wait whose beginning is not shown would come out of nowhere.
        ranges.retain(|range| rows.iter().any(|row| row.step == range.start));
        for row in rows.iter_mut().filter(|row| row.thread != thread) {
            if ranges.iter().any(|range| range.contains(&row.step)) {
                row.waiting.push(index);
            }
        }
    }
}

/// How long after the row before.
fn later(nanos: u64) -> Option<String> {
    words::duration(Duration::from_nanos(nanos)).map(|text| format!("{text} later"))
}

/// The name that a record gives to one of its kinds.
fn kebab(kind: &impl Serialize) -> String {
    let value = serde_json::to_value(kind).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
