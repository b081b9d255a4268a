//! The result of a grading run: stored facts and the verdicts derived from them. Every report is a
//! rendering of [`Graded`].
//!
//! The path in a [`Location`] is relative to the exercise's folder, wherever the program was
//! staged: [`ANSWER`](crate::world::ANSWER) for the learner's file, `tests/checks.rs` for a check
//! file.

use crate::course::Mistake;
use crate::focus::{self, Place};
use crate::verdict::Verdict;
use crate::world::World;
use record::marks::Standing;
use record::{Coverage, Failure, Location, Outcome};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::SystemTime;

/// The result of a grading run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded {
    /// The graded exercises, in the order of their numbers.
    pub exercises: Vec<GradedExercise>,
    /// The folder names of exercises that were not graded because they are unfinished or broken.
    #[serde(default)]
    pub left_out: Vec<String>,
}

impl From<Vec<GradedExercise>> for Graded {
    fn from(exercises: Vec<GradedExercise>) -> Self {
        Self { exercises, left_out: Vec::new() }
    }
}

/// One graded exercise.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GradedExercise {
    /// The folder's name, such as `08_rlock`.
    pub id: String,
    /// The number in the folder's name.
    pub number: u32,
    /// The package, such as `rlock`.
    pub name: String,
    /// The title in `exercise.yaml`.
    pub title: String,
    /// The path of the learner's file, as shown to them: relative to the current folder.
    pub answer_path: PathBuf,
    /// The content of the learner's file, as graded.
    pub answer_text: String,
    /// Whether the learner's file is still the unchanged starter.
    pub is_starter: bool,
    /// When the learner's file was last changed, if known. Only used to guess which exercise the
    /// learner is working on: no verdict depends on it, and no report shows it.
    #[serde(skip)]
    pub changed: Option<SystemTime>,
    /// The check files, with the paths used in the locations of records (`tests/checks.rs`).
    pub check_files: Vec<SourceFile>,
    /// An easy mistake to make in this exercise, shown to a learner who has solved it. It does not
    /// affect the grade.
    #[serde(skip)]
    pub mistake: Option<Mistake>,
    /// rustc's messages if the answer does not compile, with the path of the learner's file.
    pub compile_error: Option<CompileError>,
    /// The checks in the order of `exercise.yaml`.
    pub checks: Vec<GradedCheck>,
}

/// A source file that a report may quote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceFile {
    /// Path, relative to the exercise's folder.
    pub path: PathBuf,
    /// Content.
    pub text: String,
}

/// Why an answer was not built.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompileError {
    /// The diagnostics as rustc renders them, without colour.
    pub rendered: String,
    /// Names of `std` items that the answer uses and the worlds do not have (`std::fs`, …).
    pub missing_std: Vec<String>,
}

/// One check of one exercise.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GradedCheck {
    /// The `#[test]` function's name.
    pub name: String,
    /// Its doc comment, shown to the learner when it fails.
    pub doc: String,
    /// Points earned.
    pub points: u32,
    /// Points for passing it.
    pub max_points: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// The world that decided the verdict: the one in which the check failed, or else the last one.
    /// `None` if nothing ran.
    pub world: Option<World>,
    /// What happened there.
    pub facts: Facts,
    /// What was tried in each world that ran to its end, in the order in which they ran. Reports
    /// use it to say how much a pass is worth.
    pub coverage: Vec<(World, Coverage)>,
    /// The token for `grader replay`, if a schedule failed.
    pub replay: Option<String>,
    /// What the failing run printed (its own output only), cut to a readable length.
    pub output: String,
    /// The last known position of each thread of the failing run in the learner's file, if no
    /// schedule shows it.
    #[serde(default)]
    pub standing: Vec<Standing>,
}

/// A broken contract and the program that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenContract {
    /// The program, relative to the exercise's folder.
    pub program: String,
    /// What is broken and why that matters, in the author's words.
    pub broken: String,
    /// Whether rustc refuses the program, as it should, but for another reason.
    #[serde(default)]
    pub is_refused: bool,
    /// rustc's errors about the answer. Empty if there are none, or if they are about the program
    /// rather than the answer.
    pub errors: Vec<String>,
    /// The part of the answer that the contract is about.
    pub at: Option<Location>,
}

/// What happened to a check, before it is judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    /// The submission contains no answer to this exercise.
    NotSubmitted,
    /// The answer was refused before it was compiled: it uses something that the course does not
    /// allow, or it is not a plain source file. At least one reason, in the order of the source.
    Refused(Vec<Refusal>),
    /// The answer did not compile, so nothing ran.
    NotBuilt,
    /// The check ran to its end and left a record.
    Ended(Box<Outcome>),
    /// The process ended without a complete record.
    Died(Exit),
    /// The compile-time contracts that were broken, at least one.
    ContractBroken(Vec<BrokenContract>),
    /// The grader itself failed.
    Fault(String),
}

impl Facts {
    /// Whether the check ran to its end without a failure.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Ended(outcome) if outcome.failure.is_none())
    }

    /// Whether the answer failed the check.
    pub fn fails(&self) -> bool {
        !self.passes() && !matches!(self, Self::Fault(_))
    }

    /// Where the panic arose that is the failure, if it is one.
    pub fn panicked_at(&self) -> Option<&Location> {
        let Self::Ended(outcome) = self else { return None };
        match outcome.failure.as_ref()? {
            Failure::Panicked { panic, .. } => Some(&panic.at),
            _ => None,
        }
    }

    /// Whether it had to be stopped because it ran for too long.
    pub fn hangs(&self) -> bool {
        match self {
            Self::Ended(outcome) => matches!(outcome.failure, Some(Failure::EndlessLoop { .. })),
            Self::Died(exit) => exit.is_hang(),
            _ => false,
        }
    }
}

/// Why an answer was refused before it was compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was found, and what to do instead.
    pub message: String,
    /// The location in the answer. `None` if the reason concerns the whole file.
    pub at: Option<Location>,
}

/// How a process ended without leaving a complete record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It exited by itself, with this code.
    Code(i32),
    /// A signal ended it, by number.
    Signal(i32),
    /// It was killed at its limit of wall time (seconds).
    WallTime(u64),
    /// It was killed because all its threads slept and nothing woke them.
    Still,
    /// It was killed at its limit of processor time (seconds).
    CpuTime(u64),
    /// It exceeded its output limit (bytes).
    Output(u64),
    /// It exceeded its memory limit (bytes).
    Memory(u64),
}

impl Exit {
    /// Whether it had to be stopped, because it would not end.
    pub fn is_hang(&self) -> bool {
        matches!(self, Self::WallTime(_) | Self::Still | Self::CpuTime(_))
    }
}

impl Graded {
    /// Points earned over all exercises.
    pub fn score(&self) -> u32 {
        self.exercises.iter().map(GradedExercise::score).sum()
    }

    /// Points available over all exercises.
    pub fn max_score(&self) -> u32 {
        self.exercises.iter().map(GradedExercise::max_score).sum()
    }

    /// The index of the exercise that the learner is working on. `None` if all are solved.
    pub fn current(&self) -> Option<usize> {
        focus::current(self.exercises.iter().map(|exercise| Place {
            is_solved: exercise.verdict().is_pass(),
            is_begun: !exercise.is_starter,
            changed: exercise.changed,
        }))
    }

    /// Whether any check could not be graded because the grader itself failed.
    pub fn has_fault(&self) -> bool {
        self.exercises.iter().flat_map(|e| &e.checks).any(|c| c.verdict == Verdict::GraderFault)
    }
}

impl GradedExercise {
    /// Points earned.
    pub fn score(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    /// Points available.
    pub fn max_score(&self) -> u32 {
        self.checks.iter().map(|check| check.max_points).sum()
    }

    /// The exercise's verdict: that of the first check that did not pass, or pass.
    pub fn verdict(&self) -> Verdict {
        let failed = self.checks.iter().find(|check| !check.verdict.is_pass());
        failed.map_or(Verdict::Pass, |check| check.verdict)
    }
}
