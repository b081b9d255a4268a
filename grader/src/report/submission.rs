//! How a submission is named on a command line.

use crate::explanation::safe;
use crate::graded::GradedExercise;
use crate::world::ANSWER;
use std::path::Path;

/// The path to give to `--submission` so that this answer is graded again; `None` where it is the
/// course's own file.
pub(super) fn submission(exercise: &GradedExercise) -> Option<String> {
    let own = Path::new("exercises").join(&exercise.id).join(ANSWER);
    let path = &exercise.answer_path;
    // As named from the course's root, from a folder above it, or from one beneath.
    let is_own = path.ends_with(&own) || own.ends_with(path);
    (!is_own).then(|| quoted(&safe::path(path)))
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
