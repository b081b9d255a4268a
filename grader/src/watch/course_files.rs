//! The course's own files, such as tasks and checks, which an author may change while `watch` runs.

use crate::course::Course;
use crate::guide::KEPT;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The ends of the names of such files. Editors write files of other names beside what they edit.
const ENDS: [&str; 4] = ["md", "rs", "toml", "yaml"];

/// What each file contained when it was last looked at.
pub(super) struct CourseFiles {
    contents: HashMap<PathBuf, blake3::Hash>,
    /// What belongs to the learner: the answers, and what was kept of earlier ones.
    own: Vec<PathBuf>,
}

impl CourseFiles {
    /// The files as they are now.
    pub(super) fn of(course: &Course) -> Self {
        let own = course.exercises.iter().flat_map(|it| [it.answer_path(), it.folder.join(KEPT)]);
        let mut files = Self { contents: HashMap::new(), own: own.collect() };
        for entry in WalkDir::new(course.root.join("exercises")).into_iter().flatten() {
            files.has_changed(entry.path());
        }
        files
    }

    /// Whether `file` is one of the course's own and contains something else than when this was last
    /// asked. A file that is gone has not changed: editors replace files, and git moves folders.
    pub(super) fn has_changed(&mut self, file: &Path) -> bool {
        let has_end = file.extension().is_some_and(|end| ENDS.iter().any(|it| end == *it));
        if !has_end || self.own.iter().any(|own| file.starts_with(own)) {
            return false;
        }
        let Ok(content) = std::fs::read(file) else { return false };
        let hash = blake3::hash(&content);
        self.contents.insert(file.to_owned(), hash) != Some(hash)
    }
}
