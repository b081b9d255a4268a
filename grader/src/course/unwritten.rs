//! What is still to be written in an exercise that was made by `grader new`.

use super::problem::Inspector;
use std::path::Path;

/// Stands before what is to be written.
const MARK: &str = "WRITE:";

/// Note what is still to be written in `file`.
pub(super) fn inspect(file: &Path, text: &str, inspector: &mut Inspector<'_>) {
    for (index, line) in text.lines().enumerate() {
        let Some((_, wanted)) = line.split_once(MARK) else { continue };
        let what = format!("still to be written: {}", wanted.trim().trim_end_matches('"'));
        inspector.note(file, index + 1, what, format!("write it in place of `{MARK} …`"));
    }
}
