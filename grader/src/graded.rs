//! What a grading run produced: stored facts with the verdicts derived from them. Every report is a
//! rendering of [`Graded`].
//!
//! A [`Location`] in it names its file relative to the exercise's folder, wherever the program was
//! staged: [`ANSWER`](crate::world::ANSWER) for the learner's file, `tests/checks.rs` for a check file.

use crate::course::Mistake;
use crate::verdict::Verdict;
use crate::world::World;
use record::marks::Standing;
use record::{Coverage, Failure, Location, Outcome};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::SystemTime;

/// A whole grading run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded {
    /// The exercises that were graded, in the order of their numbers.
    pub exercises: Vec<GradedExercise>,
    /// Exercises of the course that are unfinished or broken and so were not graded, by the names of their
    /// folders.
    #[serde(default)]
    pub left_out: Vec<String>,
}

impl From<Vec<GradedExercise>> for Graded {
    fn from(exercises: Vec<GradedExercise>) -> Self {
        Self { exercises, left_out: Vec::new() }
    }
}

/// One exercise of a grading run.
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
    /// The learner's file, as it should be named to them (relative to where they stand).
    pub answer_path: PathBuf,
    /// The learner's file as it was graded.
    pub answer_text: String,
    /// The learner's file is still the starter that the exercise came with.
    pub is_starter: bool,
    /// When the learner's file was changed last, where that is known. Tells which exercise a learner
    /// is at, and nothing else: no verdict depends on it, and no report names it.
    #[serde(skip)]
    pub changed: Option<SystemTime>,
    /// The check files, by the path that a record's locations name them with (`tests/checks.rs`).
    pub check_files: Vec<SourceFile>,
    /// A mistake that is easily made here, for a learner who has solved the exercise. It has no part in
    /// the grade.
    #[serde(skip)]
    pub mistake: Option<Mistake>,
    /// rustc's own words where the answer does not compile, with the learner's file named in them.
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
    /// Names of `std` items that the worlds do not have and the answer asked for (`std::fs`, …).
    pub missing_std: Vec<String>,
}

/// One check of one exercise.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GradedCheck {
    /// The `#[test]` function's name.
    pub name: String,
    /// Its doc comment: what a learner reads when it fails.
    pub doc: String,
    /// Points earned.
    pub points: u32,
    /// Points to be had.
    pub max_points: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// The world that decided: the one that failed, or the last one that passed. `None` where
    /// nothing ran because the answer does not compile.
    pub world: Option<World>,
    /// What happened there.
    pub facts: Facts,
    /// What was tried in each world that ran to an end, in the order in which they ran. A report
    /// says from this how much a pass is worth.
    pub coverage: Vec<(World, Coverage)>,
    /// The token for `grader replay`, where a schedule failed.
    pub replay: Option<String>,
    /// What the failing run printed (its own output only), cut to a readable length.
    pub output: String,
    /// Where the threads of the failing run were last in the learner's file, where no schedule tells.
    #[serde(default)]
    pub standing: Vec<Standing>,
}

/// A program that shows that a contract is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenContract {
    /// The program, relative to the exercise's folder.
    pub program: String,
    /// What is broken, and why that matters: the author's words.
    pub broken: String,
    /// What rustc says of the answer, one error a line. Empty where it says nothing, or speaks of the
    /// program and not of the answer.
    pub errors: Vec<String>,
    /// The part of the answer that it is about.
    pub at: Option<Location>,
}

/// What happened to a check, before anyone judged it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    /// The submission brings no answer to this exercise.
    NotSubmitted,
    /// The answer was refused before it was compiled: it uses what the course does not allow, or it
    /// is no plain source file. At least one reason, in the order of the source.
    Refused(Vec<Refusal>),
    /// The answer did not compile, so nothing ran.
    NotBuilt,
    /// The check ran to its end and left a record.
    Ended(Box<Outcome>),
    /// The process ended otherwise.
    Died(Exit),
    /// Compile-time contracts were broken. At least one.
    ContractBroken(Vec<BrokenContract>),
    /// The grader could not do its work.
    Fault(String),
}

impl Facts {
    /// Whether the check ran to its end without a failure.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Ended(outcome) if outcome.failure.is_none())
    }

    /// Whether the answer is at fault.
    pub fn fails(&self) -> bool {
        !self.passes() && !matches!(self, Self::Fault(_))
    }

    /// Whether it had to be stopped, because it went on for too long.
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
    /// Where in the answer, `None` where it concerns the file as a whole.
    pub at: Option<Location>,
}

/// How a process that left no record ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It exited by itself, with this code.
    Code(i32),
    /// A signal ended it, by number.
    Signal(i32),
    /// It used up its wall time (seconds) and was killed.
    WallTime(u64),
    /// All its threads slept for so long (seconds) without being woken, and it was killed.
    Still(u64),
    /// It used up its processor time (seconds) and was killed.
    CpuTime(u64),
    /// It wrote more than it may (bytes).
    Output(u64),
    /// It asked for more memory than it may have (bytes).
    Memory(u64),
}

impl Exit {
    /// Whether it had to be stopped, because it would not end.
    pub fn is_hang(&self) -> bool {
        matches!(self, Self::WallTime(_) | Self::Still(_) | Self::CpuTime(_))
    }
}

impl Graded {
    /// Points earned over all exercises.
    pub fn score(&self) -> u32 {
        self.exercises.iter().map(GradedExercise::score).sum()
    }

    /// Points to be had over all exercises.
    pub fn max_score(&self) -> u32 {
        self.exercises.iter().map(GradedExercise::max_score).sum()
    }

    /// Whether any check could not be graded through the grader's own fault.
    pub fn has_fault(&self) -> bool {
        self.exercises.iter().flat_map(|e| &e.checks).any(|c| c.verdict == Verdict::GraderFault)
    }
}

impl GradedExercise {
    /// Points earned.
    pub fn score(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    /// Points to be had.
    pub fn max_score(&self) -> u32 {
        self.checks.iter().map(|check| check.max_points).sum()
    }

    /// The exercise's verdict: pass, or that of its first check that did not.
    pub fn verdict(&self) -> Verdict {
        let failed = self.checks.iter().find(|check| !check.verdict.is_pass());
        failed.map_or(Verdict::Pass, |check| check.verdict)
    }
}
