//! What an author declares about an answer in `solutions/`, at the top of its file.
//!
//! A right answer has a line `Make:`; a wrong one has `Fault:` and `Expect: check = verdict`. In a
//! Rust file these lines follow `//!`; in a patch they have no prefix.

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
    /// The prefix of each line in the file.
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

    /// Whether a line begins with `word` and has more text after it.
    pub(super) fn says(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(word) && line.len() > word.len())
    }

    /// What is wrong with the answer, in a sentence.
    pub(super) fn fault(&self) -> Option<&'t str> {
        self.lines.iter().find_map(|line| line.strip_prefix("Fault:")).map(str::trim)
    }

    /// Reads the verdicts that the answer must get, and notes what is wrong with the head.
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
                inspector.note(path, number, what, "name a check that exercise.yaml lists");
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
            inspector.note(path, 1, what, "add it at the top of the file, on one line");
        }
        if kind == Kind::Wrong && expect.is_empty() {
            let what = format!("the line `{mark}Expect: check = verdict` is missing");
            let remedy = "name at least one check and the verdict that it must get";
            inspector.note(path, 1, what, remedy);
        }
        if kind == Kind::Wrong && !mark.is_empty() && !self.says("Whole:") {
            let what = "this wrong answer is a whole file but gives no reason";
            let remedy = "run `verify --bless` to turn it into a patch; if it must stay whole, give \
                the reason in a line `//! Whole: …`";
            inspector.note(path, 1, what, remedy);
        }
        expect
    }
}
