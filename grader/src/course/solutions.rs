use super::exercise::Exercise;
use super::page::unknown_verdict;
use super::problem::Inspector;
use super::yaml::{self, Argued};
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// An answer in `solutions/`, with what its author says of it.
#[derive(Debug)]
pub struct Solution {
    /// Path below the exercise's folder, without `.rs`, such as `wrong/first_release_frees`.
    pub label: String,
    /// The file, absolute.
    pub path: PathBuf,
    /// Content.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// The verdicts that it must get, by check. Checks not named may get any.
    pub expect: BTreeMap<String, Verdict>,
}

/// What an answer in `solutions/` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a learner starts from. Never full marks.
    Starter,
    /// The reference answer or another right one. Full marks.
    Right,
    /// An answer with one fault. Never full marks.
    Wrong,
}

/// What explains the answers to an exercise.
pub const EXPLAINED: &str = "EXPLAINED.md";

/// Right answers besides the reference, at least.
const RIGHT: usize = 2;
/// Wrong answers, at least.
const WRONG: usize = 3;

/// What the learner is given must be there.
fn inspect_given(exercise: &Exercise, starter: &str, inspector: &mut Inspector<'_>) {
    for name in &exercise.given {
        let is_there = ["mod", "fn"].iter().any(|kind| {
            let item = format!("{kind} {name}");
            starter.match_indices(&item).any(|(at, _)| {
                !starter[at + item.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        });
        if !is_there {
            let what = format!("`given` names `{name}`, and the starter has no such `mod` or `fn`");
            let remedy = "name a module or a function that the starter has complete";
            let file = exercise.folder.join("exercise.yaml");
            inspector.note(&file, exercise.given_line, what, remedy);
        }
    }
}

/// The answers for `exercise`, noting what is wrong with them.
pub(super) fn read(
    solutions: &Path,
    exercise: &Exercise,
    inspector: &mut Inspector<'_>,
) -> Vec<Solution> {
    let folder = solutions.join(&exercise.id);
    let mut found = Vec::new();
    for (name, kind) in [("starter", Kind::Starter), ("reference", Kind::Right)] {
        let path = folder.join(format!("{name}.rs"));
        if let Some(text) = inspector.read(&path, "every exercise has a starter and a reference") {
            let expect = BTreeMap::new();
            found.push(Solution { label: name.to_owned(), path, text, kind, expect });
        }
    }
    let remedy = "say why the reference is right, and how the most tempting wrong answers break";
    inspector.read(&folder.join(EXPLAINED), remedy);
    for solution in &mut found {
        if solution.kind == Kind::Starter {
            inspect_given(exercise, &solution.text, inspector);
            solution.expect.clone_from(&exercise.starter);
        }
    }
    for (sub, kind, least) in [("right", Kind::Right, RIGHT), ("wrong", Kind::Wrong, WRONG)] {
        let files = rust_files(&folder.join(sub), inspector);
        if files.len() < least {
            let what = format!("{} {sub} answers, where {least} are the least", files.len());
            let remedy = match kind {
                Kind::Wrong => "add answers, each with one fault and named for it",
                _ => "add answers of a different make",
            };
            inspector.note(&folder.join(sub), None, what, remedy);
        }
        for path in files {
            let Some(text) = inspector.read(&path, "make it readable") else { continue };
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let label = format!("{sub}/{name}");
            let expect = header(&path, &text, kind, exercise, inspector);
            found.push(Solution { label, path, text, kind, expect });
        }
    }
    found
}

/// The author's arguments for changes of the reference that no check can see.
pub(super) fn argued(
    solutions: &Path,
    exercise: &Exercise,
    inspector: &mut Inspector<'_>,
) -> Vec<Argued> {
    let file = solutions.join(&exercise.id).join("mutants.yaml");
    if !file.exists() {
        return Vec::new();
    }
    let text = inspector.read(&file, "it argues for mutants that survive");
    text.and_then(|text| yaml::parse(&text, &file, inspector)).unwrap_or_default()
}

/// The Rust files in `folder`. Anything else in it is noted.
fn rust_files(folder: &Path, inspector: &mut Inspector<'_>) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name();
    let (files, strays): (Vec<_>, Vec<_>) = entries
        .into_iter()
        // A missing folder has too few answers, and that is said already.
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .partition(|path| path.extension().is_some_and(|e| e == "rs") && path.is_file());
    for stray in strays {
        inspector.note(&stray, None, "this is no answer", "only Rust files belong here");
    }
    files
}

/// Read the lines `//! Make:`, or `//! Fault:` and `//! Expect: check = verdict`.
fn header(
    path: &Path,
    text: &str,
    kind: Kind,
    exercise: &Exercise,
    inspector: &mut Inspector<'_>,
) -> BTreeMap<String, Verdict> {
    let mut expect = BTreeMap::new();
    let mut described = false;
    let head = text.lines().take_while(|line| line.starts_with("//!"));
    let word = if kind == Kind::Wrong { "Fault:" } else { "Make:" };
    for (index, line) in head.enumerate() {
        let (line, number) = (line.trim_start_matches("//!").trim(), index + 1);
        described |= line.starts_with(word) && line.len() > word.len();
        let Some(expectation) = line.strip_prefix("Expect:") else { continue };
        let Some((check, verdict)) = expectation.split_once('=') else {
            let remedy = "write `//! Expect: check = verdict`";
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
    if !described {
        let what = format!("the line `//! {word} …` is missing");
        inspector.note(path, 1, what, "say in one line what it is, at the top of the file");
    }
    if kind == Kind::Wrong && expect.is_empty() {
        let remedy = "name at least one check with the verdict that it must get";
        inspector.note(path, 1, "the line `//! Expect: check = verdict` is missing", remedy);
    }
    expect
}
