//! What the grader is asked to do.

use crate::mutants::MutantKinds;
use crate::report::ReportOptions;
use crate::token::Token;
use crate::verify::VerifyOptions;
use std::path::PathBuf;

/// What to do.
#[derive(Debug)]
pub enum Task {
    /// Grade answers.
    Grade {
        /// The named exercises; empty means all.
        exercises: Vec<String>,
        /// Where the answers are, if not in the course.
        submission: Option<PathBuf>,
        /// How the report looks.
        report: ReportOptions,
        /// The file to write it to, if not standard output.
        output: Option<PathBuf>,
    },
    /// List the exercises and the learner's standing.
    List,
    /// Grade an exercise whenever it is saved, beginning with this one.
    Watch(Option<String>),
    /// Grade an exercise, or replay a schedule, for another grader.
    Worker {
        /// The exercise.
        exercise: String,
        /// The schedule to replay.
        replay: Option<Token>,
    },
    /// Show which exercise comes next.
    Next,
    /// Give a hint.
    Hint {
        /// The exercise, if not the one that comes next.
        exercise: Option<String>,
        /// Whether to give all.
        all: bool,
    },
    /// Restore the starter of this exercise.
    Reset(String),
    /// Show the reference answer and its explanation.
    Solution {
        /// The exercise.
        exercise: String,
        /// Whether to show it even if the exercise is not solved.
        anyway: bool,
    },
    /// Make a site of the course in this folder.
    Book(PathBuf),
    /// Create a new exercise with this name.
    New(String),
    /// Let a person schedule a check.
    Play {
        /// The exercise.
        exercise: String,
        /// The check, by number or name, if not the first one that fails.
        check: Option<String>,
        /// One of the course's own answers.
        answer: Option<String>,
        /// Where the answer is, if not in the course.
        submission: Option<PathBuf>,
    },
    /// Replay one schedule.
    Replay {
        /// The exercise.
        exercise: String,
        /// The schedule.
        token: Token,
        /// Where the answer is, if not in the course.
        submission: Option<PathBuf>,
        /// Whether to go through it step by step.
        step: bool,
    },
    /// Check the course's own answers.
    Verify {
        /// The named exercises; empty means all.
        exercises: Vec<String>,
        /// What to check.
        options: VerifyOptions,
        /// The mutants of the right answers to grade as well.
        mutants: Option<MutantKinds>,
        /// The seed of the random strategies.
        seed: u64,
    },
}

impl Task {
    /// Whether it takes the whole terminal over.
    pub fn takes_the_terminal(&self) -> bool {
        matches!(self, Self::Watch(_) | Self::Play { .. } | Self::Replay { step: true, .. })
    }
}
