//! The grader's exit codes, which tell a wrong answer from wrong usage and from a fault of the
//! grader.

use crate::graded::Graded;
use std::fmt;
use std::process::ExitCode;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Everything graded has full marks, or another command succeeded.
    FullMarks = 0,
    /// Not all points were earned, or `verify` found problems.
    NotFull = 1,
    /// Usage error, or the course itself is broken. Nothing was graded.
    Usage = 2,
    /// The grader or the machine failed. The results must not be scored.
    Fault = 3,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl Code {
    /// The exit code for a grading run.
    pub fn of(graded: &Graded) -> Self {
        if graded.has_fault() {
            Self::Fault
        } else if graded.score() < graded.max_score() {
            Self::NotFull
        } else {
            Self::FullMarks
        }
    }
}

/// Why a run stopped early.
#[derive(Debug)]
pub enum Stop {
    /// An error that the user can correct.
    Usage(anyhow::Error),
    /// An error that the user cannot correct.
    Fault(anyhow::Error),
}

impl Stop {
    /// Wraps an error that the user can correct.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        match self {
            Self::Usage(_) => Code::Usage,
            Self::Fault(_) => Code::Fault,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => write!(f, "error: {error:#}"),
            Self::Fault(error) => write!(
                f,
                "the grader itself failed; this says nothing about your answers:\n{error:#}"
            ),
        }
    }
}

impl From<anyhow::Error> for Stop {
    /// Errors not marked as the user's count as the grader's.
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error)
    }
}
