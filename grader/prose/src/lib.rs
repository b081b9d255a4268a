//! The rules about the course's texts that a machine can check: spelling, phrases that no native
//! speaker would write, and the length and order of READMEs.
//!
//! ```text
//! cargo test -p prose
//! ```
//!
//! The texts are only read; nothing is run. This crate is separate from the grader's own tests
//! because the dictionary takes longer to compile than the grader.

use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A text that people read.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its file, relative to the course.
    pub file: PathBuf,
    /// Its content.
    pub text: String,
}

impl Page {
    /// The lines that are prose, with their numbers from 1: in a Markdown file everything but the
    /// code, in any other file every line.
    pub fn prose(&self) -> Vec<(usize, &str)> {
        let is_markdown = self.file.extension().is_some_and(|e| e == "md");
        let mut in_code = false;
        let mut lines = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            if is_markdown && line.trim_start().starts_with("```") {
                in_code = !in_code;
            } else if !in_code {
                lines.push((index + 1, line));
            }
        }
        lines
    }
}

/// The course's folder.
///
/// # Panics
/// If this crate is not inside it.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("this crate is in the course")
}

/// Every text of the course that people read: documents, exercises, explanations, the grader's
/// sources.
///
/// # Panics
/// If a text cannot be read.
pub fn pages() -> Vec<Page> {
    let root = root();
    let mut pages = Vec::new();
    for top in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "exercises", "solutions", "grader"]
    {
        for entry in WalkDir::new(root.join(top)).sort_by_file_name() {
            let path = entry.expect("the course can be read").into_path();
            let file = path.strip_prefix(&root).expect("the file is in the course").to_owned();
            let known = ["md", "rs", "yaml", "patch", "toml"];
            let is_text = path.extension().is_some_and(|e| known.iter().any(|known| e == *known));
            let is_other = file.starts_with("grader/bench/target") || file.starts_with("grader/prose")
                // What `reset` keeps of a learner's work.
                || file.iter().any(|part| part == "kept");
            if is_text && !is_other {
                let text = std::fs::read_to_string(&path).expect("it is text");
                pages.push(Page { file, text });
            }
        }
    }
    assert!(pages.len() > 100, "only {} texts in {}", pages.len(), root.display());
    pages
}
