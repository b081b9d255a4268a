//! The hints of an exercise: a file for each, so that nobody who reads one sees the next.

use super::problem::Inspector;
use super::unwritten;
use std::path::{Path, PathBuf};

/// Each exercise has this many.
const HINTS: usize = 3;

/// Reads the hints of the exercise in `folder`, in the order in which they are given.
pub(super) fn read(folder: &Path, inspector: &mut Inspector<'_>) -> Vec<String> {
    let file = |number: usize| folder.join("hints").join(format!("{number}.md"));
    let mut hints = Vec::new();
    for number in 1..=HINTS {
        let path = file(number);
        let remedy = "write three hints, 1.md to 3.md, each plainer than the one before";
        let Some(text) = inspector.read(&path, remedy) else { continue };
        if text.trim().is_empty() {
            inspector.note(&path, None, "this hint is empty", remedy);
        }
        unwritten::inspect(&path, &text, inspector);
        hints.push(text.trim().to_owned());
    }
    for stray in strays(folder) {
        let remedy = "an exercise has three hints, 1.md to 3.md: rename it or remove it";
        inspector.note(&stray, None, "this is none of the exercise's hints", remedy);
    }
    hints
}

/// What is in the folder besides the hints.
fn strays(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.join("hints").read_dir().into_iter().flatten().flatten();
    let is_hint = |name: &str| {
        name.strip_suffix(".md").is_some_and(|n| (1..=HINTS).any(|it| it.to_string() == n))
    };
    let mut strays: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            // `.DS_Store` and the like belong to the machine, not to the course.
            !is_hint(&name) && !name.starts_with('.')
        })
        .map(|entry| entry.path())
        .collect();
    strays.sort();
    strays
}
