//! An easy mistake to make in an exercise: the first fault that its explanation shows as a diff.

use super::patch::{EXTENSION, Patch, hunks};
use super::solutions::EXPLAINED;
use std::fs;
use std::path::{Path, PathBuf};

/// What a learner sees of a wrong answer after solving the exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in a sentence.
    pub fault: String,
    /// The hunks of the diff that puts the fault into a right answer.
    pub diff: String,
    /// The page that explains more, relative to the course.
    pub page: PathBuf,
}

impl Mistake {
    /// The mistake for the exercise in folder `id`. `None` if the explanation shows none, or the
    /// course was handed out without `solutions/`.
    pub(super) fn of(root: &Path, id: &str) -> Option<Self> {
        let folder = Path::new("solutions").join(id);
        let page = folder.join(EXPLAINED);
        let text = fs::read_to_string(root.join(&page)).ok()?;
        let mark = text.lines().find_map(|line| line.trim().strip_prefix("<!-- fault:"))?;
        let label = mark.trim_end_matches("-->").trim();
        let file = root.join(folder).join(format!("{label}.{EXTENSION}"));
        let text = fs::read_to_string(file).ok()?;
        let patch = Patch::parse(&text).ok()?;
        let fault = patch.head.lines().find_map(|line| line.strip_prefix("Fault:"))?;
        Some(Self { fault: fault.trim().to_owned(), diff: hunks(patch.diff_text), page })
    }
}
