//! Finds placeholders in an exercise created by `grader new` that the author has not replaced yet.

use super::problem::Inspector;
use std::path::Path;

/// Marks a placeholder.
const MARK: &str = "WRITE:";

/// Notes the placeholders left in `file`.
pub(super) fn inspect(file: &Path, text: &str, inspector: &mut Inspector<'_>) {
    for (index, line) in text.lines().enumerate() {
        let Some((_, wanted)) = line.split_once(MARK) else { continue };
        let what = format!("still to be written: {}", wanted.trim().trim_end_matches('"'));
        inspector.note(file, index + 1, what, format!("replace `{MARK} …` with your text"));
    }
}
