//! How the grader ends: "your answer is wrong" is not "you called me wrongly" is not "I broke".

use crate::graded::Graded;
use std::fmt;
use std::process::ExitCode;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Everything graded has full marks, or what was asked for is done.
    FullMarks = 0,
    /// Graded, and points are missing; or `verify` found the course not as it should be.
    NotFull = 1,
    /// Wrong use, or the course itself is broken. Nothing was graded.
    Usage = 2,
    /// A fault of the grader or the machine. What it says of the answers must not be scored.
    Fault = 3,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl Code {
    /// How a grading run ends.
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

/// Why a run stopped before its end.
#[derive(Debug)]
pub enum Stop {
    /// The user can mend it.
    Usage(anyhow::Error),
    /// The user cannot.
    Fault(anyhow::Error),
}

impl Stop {
    /// The user's to mend.
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
                "the grader itself failed, and nothing here is about your answers:\n{error:#}"
            ),
        }
    }
}

impl From<anyhow::Error> for Stop {
    /// What nobody called the user's fault is the grader's.
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error)
    }
}
