//! How to name a submission on a command line.

use crate::explanation::safe;
use crate::graded::GradedExercise;
use crate::world::ANSWER;
use std::path::Path;

/// The path to give to `--submission` so that this answer is graded again. `None` if it is the
/// course's own file.
pub(super) fn submission(exercise: &GradedExercise) -> Option<String> {
    let own = Path::new("exercises").join(&exercise.id).join(ANSWER);
    let path = &exercise.answer_path;
    // Named relative to the course's root, to a folder above it, or to one below it.
    let is_own = path.ends_with(&own) || own.ends_with(path);
    (!is_own).then(|| quoted(&safe::path(path)))
}

/// A path quoted for a shell, if it needs quoting.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
