//! What an author says of an answer in `solutions/`, at the top of its file.
//!
//! `Make:` of a right answer, `Fault:` and `Expect: check = verdict` of a wrong one; behind `//!` in a
//! Rust file, as they are in a patch.

use super::exercise::Exercise;
use super::kind::Kind;
use super::page::unknown_verdict;
use super::problem::Inspector;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::Path;

/// The lines at the top of an answer.
pub(super) struct Head<'t> {
    lines: Vec<&'t str>,
    /// What stands in front of each in the file.
    mark: &'static str,
}

impl<'t> Head<'t> {
    pub(super) fn of_rust(text: &'t str) -> Self {
        let lines = text.lines().take_while(|line| line.starts_with("//!"));
        let lines = lines.map(|line| line.trim_start_matches("//!").trim()).collect();
        Self { lines, mark: "//! " }
    }

    pub(super) fn of_patch(text: &'t str) -> Self {
        let lines = text.lines().take_while(|line| !line.starts_with("--- "));
        Self { lines: lines.map(str::trim).collect(), mark: "" }
    }

    /// Whether a line begins with `word` and goes on.
    pub(super) fn says(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(word) && line.len() > word.len())
    }

    /// The verdicts that the answer must get, noting what is wrong with what is said.
    pub(super) fn read(
        &self,
        path: &Path,
        kind: Kind,
        exercise: &Exercise,
        inspector: &mut Inspector<'_>,
    ) -> BTreeMap<String, Verdict> {
        let mark = self.mark;
        let mut expect = BTreeMap::new();
        for (index, line) in self.lines.iter().enumerate() {
            let number = index + 1;
            let Some(expectation) = line.strip_prefix("Expect:") else { continue };
            let Some((check, verdict)) = expectation.split_once('=') else {
                let remedy = format!("write `{mark}Expect: check = verdict`");
                inspector.note(path, number, "this expectation has no `=`", remedy);
                continue;
            };
            let (check, verdict) = (check.trim(), verdict.trim());
            if !exercise.checks.iter().any(|c| c.name == check) {
                let what = format!("`{}` has no check `{check}`", exercise.id);
                inspector.note(path, number, what, "name one that exercise.yaml lists");
            }
            match Verdict::from_name(verdict) {
                Some(verdict) => drop(expect.insert(check.to_owned(), verdict)),
                None => {
                    let (what, remedy) = unknown_verdict(verdict);
                    inspector.note(path, number, what, remedy);
                }
            }
        }
        let word = if kind == Kind::Wrong { "Fault:" } else { "Make:" };
        if !self.says(word) {
            let what = format!("the line `{mark}{word} …` is missing");
            inspector.note(path, 1, what, "say in one line what it is, at the top of the file");
        }
        if kind == Kind::Wrong && expect.is_empty() {
            let what = format!("the line `{mark}Expect: check = verdict` is missing");
            let remedy = "name at least one check with the verdict that it must get";
            inspector.note(path, 1, what, remedy);
        }
        if kind == Kind::Wrong && !mark.is_empty() && !self.says("Whole:") {
            let what = "this wrong answer is a whole file and does not say why";
            let remedy = "`verify --bless` makes a patch of it; where the make itself is the fault, say \
                `//! Whole: …`, with the reason";
            inspector.note(path, 1, what, remedy);
        }
        expect
    }
}
