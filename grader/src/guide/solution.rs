//! What a learner may read after solving an exercise: the reference and the page that explains it.

use crate::course::{Course, EXPLAINED, Exercise};
use std::fs;
use std::path::{Path, PathBuf};

/// The reference answer and its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The reference's path, relative to the course.
    pub reference: PathBuf,
    /// Its text.
    pub code: String,
    /// The path of the explanation, relative to the course.
    pub page: PathBuf,
    /// Its text, in Markdown: why the reference is right, other right answers, and the tempting
    /// wrong ones as diffs, each with the schedule that breaks it.
    pub explained: String,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum SolutionError {
    /// The exercise is not known to be solved.
    #[error(
        "`{name}` is not solved yet, as far as the last run of the grader knows. To see the solution \
         all the same: cargo run -p grader -- solution {name} --anyway"
    )]
    NotSolved {
        /// The exercise's name.
        name: String,
    },
    /// The course was handed out without this file.
    #[error("this copy of the course does not have `{}`", .file.display())]
    NotHere {
        /// The file.
        file: PathBuf,
    },
}

/// Reads the solution of `exercise`.
///
/// # Errors
/// The course was handed out without it.
pub fn solution(course: &Course, exercise: &Exercise) -> Result<Solution, SolutionError> {
    let folder = Path::new("solutions").join(&exercise.id);
    let read = |file: &Path| {
        let text = fs::read_to_string(course.root.join(file));
        text.map_err(|_| SolutionError::NotHere { file: file.to_owned() })
    };
    let (reference, page) = (folder.join("reference.rs"), folder.join(EXPLAINED));
    let (code, explained) = (read(&reference)?, read(&page)?);
    Ok(Solution { reference, code, page, explained })
}
