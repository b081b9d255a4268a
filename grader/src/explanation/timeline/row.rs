//! A schedule as it is shown: threads and rows.

use serde::Serialize;

/// A schedule as it is shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// The threads that occur, in the order of their creation.
    pub threads: Vec<Thread>,
    /// Oldest first.
    pub rows: Vec<Row>,
    /// Steps of the whole schedule.
    pub steps: u64,
    /// Steps that were not recorded.
    pub dropped: u64,
    /// What the marks and words in the picture mean, as far as they occur.
    pub legend: Vec<&'static str>,
}

/// A thread in a [`Timeline`].
#[derive(Clone, Debug, Serialize)]
pub struct Thread {
    /// Its name, or `thread 2`; the check's own thread is `check`.
    pub name: String,
    /// The call that all its rows belong to, or the learner's function that they are all in. `None`
    /// if there are several, or none.
    pub function: Option<String>,
    /// It waits for ever at the end.
    pub stuck: bool,
    /// The threads whose end it waits for then: `thread 3`, `its threads`. `null` if it waits for
    /// something else.
    pub joins: Option<String>,
}

/// One step as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The number of the step in the schedule, from 1. Missing numbers are steps not shown.
    pub number: u64,
    /// The thread, as an index into [`Timeline::threads`].
    pub thread: usize,
    /// The file as the user would open it; `null` for a place inside a library.
    pub file: Option<String>,
    /// Line, from 1; `null` with `file`.
    pub line: Option<u32>,
    /// Column in characters, from 1; `null` with `file`.
    pub column: Option<u32>,
    /// The place in short form: only the line in the learner's file, `checks.rs:12` elsewhere.
    /// `null` if the place is not where the step happens, as for an unlock.
    pub place: Option<String>,
    /// The learner's line that called the function that it is in, if that is not the learner's, or if
    /// other lines call it, too; or that ran somebody else's code, which called it. `null` where it is
    /// the same as in the thread's previous row.
    pub called_from: Option<u32>,
    /// It is in the learner's file.
    pub own: bool,
    /// The learner's function that it is in.
    pub function: Option<String>,
    /// The call of a function of the learner's that it belongs to, with its arguments:
    /// `withdraw(70)`, or `total › balance(1)` for one within another. `null` if it is not known, as
    /// in a thread that the answer has spawned.
    pub call: Option<String>,
    /// The call, or else the function, is not clear from the rows above, so it has to be named in
    /// this row.
    pub names_function: bool,
    /// The source code there, shortened, or the operation in words.
    pub code: String,
    /// The same without arguments.
    pub short: String,
    /// The operation, such as `lock`, `notify-one`, `compare-exchange`.
    pub operation: String,
    /// The name of the object that it works on, if there is one.
    pub object: Option<String>,
    /// `done`; `blocked` if the thread begins to wait; `timed-out`; `spurious` if it continued or
    /// failed for no reason.
    pub how: String,
    /// What it read, wrote or returned.
    pub value: Option<String>,
    /// What else happens to the thread.
    pub note: Option<String>,
    /// What the call, or the one that it is within, returns to the check before anything else that is
    /// shown happens: `returns Ok(1)`, or `total returns 3`.
    pub returns: Option<String>,
    /// The line of the statement with which that call ended. `null` with `returns`, where the row is
    /// about this line anyway, and if it is not known.
    pub returned_at: Option<u32>,
    /// The thread does nothing more that is shown, and ends before the next row. Said of threads that
    /// the learner's code has started.
    pub ends: bool,
    /// The row's role in the failure.
    pub mark: RowMark,
    /// The thread that could have continued when this step was taken instead.
    pub preempted: Option<usize>,
    /// The threads that wait while this step is taken.
    pub waiting: Vec<usize>,
    /// Virtual time that has passed since the previous row, in words.
    pub later: Option<String>,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock_ns: u64,
    /// The last rows up to this one are repeated.
    pub again: Option<Repetition>,
    /// How many other threads, which are not listed, do the same next.
    pub others: u64,
    /// Index of the step in the trace.
    #[serde(skip)]
    pub(super) step: usize,
    /// Index of its innermost call in the trace.
    #[serde(skip)]
    pub(super) call_index: Option<usize>,
}

impl Row {
    /// What its code is part of: the call, or else the function.
    pub fn within(&self) -> Option<&str> {
        self.call.as_deref().or(self.function.as_deref())
    }
}

/// A loop in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Repetition {
    /// How many rows a round has.
    pub rows: usize,
    /// How many more rounds follow, which are not listed. `null` if they were not counted.
    pub times: Option<u64>,
}

/// The role of a row in the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowMark {
    /// An ordinary step.
    None,
    /// The last step before which the check could still have passed.
    Decisive,
    /// The step at which the check fails.
    Failure,
}
