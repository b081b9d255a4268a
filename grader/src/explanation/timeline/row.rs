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
    /// Steps that were not even recorded.
    pub dropped: u64,
    /// What the words in the picture mean, for those that occur.
    pub legend: Vec<&'static str>,
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
    pub(super) step: usize,
}

/// A loop in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// How many rows a round has.
    pub rows: usize,
    /// How many rounds follow that are not listed; `null` where they were not counted.
    pub times: Option<u64>,
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
