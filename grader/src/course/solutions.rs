use super::exercise::Exercise;
use super::head::Head;
use super::kind::Kind;
use super::patch::{self, Patch};
use super::problem::Inspector;
use super::unwritten;
use super::yaml::{self, ArguedMutant};
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// An answer in `solutions/`, with what its author declares about it.
#[derive(Debug)]
pub struct Solution {
    /// Path below the exercise's folder, without extension, such as `wrong/first_release_frees`.
    pub label: String,
    /// The Rust file, absolute. For a patch, the file that it would produce, which does not exist.
    pub path: PathBuf,
    /// Content.
    pub text: String,
    /// For a patch, its diff against a right answer.
    pub diff: Option<String>,
    /// For a wrong answer, what is wrong with it, in a sentence.
    pub fault: Option<String>,
    /// Its kind.
    pub kind: Kind,
    /// The verdicts that it must get, by check. Other checks may get any verdict.
    pub expect: BTreeMap<String, Verdict>,
}

/// The document that explains the answers to an exercise.
pub const EXPLAINED: &str = "EXPLAINED.md";

/// Minimum number of right answers besides the reference.
const RIGHT: usize = 2;
/// Minimum number of wrong answers; there must also be at least as many as there are checks.
const WRONG: usize = 3;
/// Minimum number of words in a check's doc comment.
const LEAST_DOC: usize = 5;
/// Maximum number of lines that a patch may remove or add: in a longer one, the fault is hard to
/// see.
const MOST_CHANGED: usize = 80;

/// Reads the answers to `exercise` and notes what is wrong with them.
pub(super) fn read(
    solutions: &Path,
    exercise: &Exercise,
    inspector: &mut Inspector<'_>,
) -> Vec<Solution> {
    let folder = solutions.join(&exercise.id);
    let mut found = Vec::new();
    for (name, kind) in [("starter", Kind::Starter), ("reference", Kind::Right)] {
        let path = folder.join(format!("{name}.rs"));
        if let Some(text) = inspector.read(&path, "an exercise needs a starter and a reference") {
            let (label, expect) = (name.to_owned(), BTreeMap::new());
            found.push(Solution { label, path, text, diff: None, fault: None, kind, expect });
        }
    }
    let remedy = "explain why the reference is right and how the most tempting wrong answers fail";
    let explained = folder.join(EXPLAINED);
    if let Some(text) = inspector.read(&explained, remedy) {
        unwritten::inspect(&explained, &text, inspector);
    }
    for Solution { path, text, .. } in &found {
        unwritten::inspect(path, text, inspector);
    }
    for solution in &mut found {
        if solution.kind == Kind::Starter {
            solution.expect.clone_from(&exercise.starter);
        }
    }
    let wrong = WRONG.max(exercise.checks.len());
    for (sub, kind, least) in [("right", Kind::Right, RIGHT), ("wrong", Kind::Wrong, wrong)] {
        let files = answers(&folder.join(sub), kind, inspector);
        if files.len() < least {
            let what = format!("{sub} answers: {}; at least {least} are needed", files.len());
            let remedy = match kind {
                Kind::Wrong => "add answers, each with one fault and named after it",
                _ => "add answers that work in different ways",
            };
            inspector.note(&folder.join(sub), None, what, remedy);
        }
        for path in files {
            let Some(content) = inspector.read(&path, "make it readable") else { continue };
            let is_patch = path.extension().is_some_and(|e| e == patch::EXTENSION);
            let head = if is_patch { Head::of_patch(&content) } else { Head::of_rust(&content) };
            let expect = head.read(&path, kind, exercise, inspector);
            let fault = head.fault().map(str::to_owned);
            let (text, diff) = match is_patch {
                true => match patched(&folder, &path, &content, &head, inspector) {
                    Some((text, diff)) => (text, Some(diff)),
                    None => continue,
                },
                false => (content, None),
            };
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let (label, path) = (format!("{sub}/{name}"), path.with_extension("rs"));
            found.push(Solution { label, path, text, diff, fault, kind, expect });
        }
    }
    inspect_checks(exercise, &found, inspector);
    found
}

/// Notes checks whose doc comment is too short, because they teach nothing. Also notes checks that
/// no wrong answer is expected to fail, because nothing shows that they catch anything.
fn inspect_checks(exercise: &Exercise, found: &[Solution], inspector: &mut Inspector<'_>) {
    let wrong = || found.iter().filter(|solution| solution.kind == Kind::Wrong);
    let fails = |solution: &Solution, check: &str| {
        solution.expect.get(check).is_some_and(|verdict| !verdict.is_pass())
    };
    for check in &exercise.checks {
        if check.doc.split_whitespace().count() < LEAST_DOC {
            let what = format!("the doc comment of check `{}` is too short", check.name);
            let remedy = "a learner reads it when the check fails: write what the check does, what must \
                hold, and what goes wrong if it does not";
            inspector.note(&exercise.folder.join(&check.file), None, what, remedy);
        }
    }
    for check in exercise.checks.iter().map(|check| &check.name) {
        if wrong().next().is_some() && !wrong().any(|solution| fails(solution, check)) {
            let what = format!("no wrong answer is expected to fail check `{check}`");
            let remedy = "add one that only it catches, or add `Expect:` to one it catches already";
            inspector.note(&exercise.folder.join("exercise.yaml"), None, what, remedy);
        }
    }
}

/// Reads the author's reasons why no check can detect certain changes to the reference.
pub(super) fn argued(
    solutions: &Path,
    exercise: &Exercise,
    inspector: &mut Inspector<'_>,
) -> Vec<ArguedMutant> {
    let file = solutions.join(&exercise.id).join("mutants.yaml");
    if !file.exists() {
        return Vec::new();
    }
    let text = inspector.read(&file, "give the reasons why mutants survive there");
    text.and_then(|text| yaml::parse(&text, &file, inspector)).unwrap_or_default()
}

/// The answers in `folder`: Rust files and, for wrong answers, patches. Notes anything else there.
fn answers(folder: &Path, kind: Kind, inspector: &mut Inspector<'_>) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name();
    let is_answer = |path: &PathBuf| {
        let is_patch = |e: &std::ffi::OsStr| kind == Kind::Wrong && e == patch::EXTENSION;
        path.extension().is_some_and(|e| e == "rs" || is_patch(e)) && path.is_file()
    };
    let (files, strays): (Vec<_>, Vec<_>) = entries
        .into_iter()
        // A missing folder has too few answers, which is noted elsewhere.
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .partition(is_answer);
    for stray in strays {
        let remedy = match kind {
            Kind::Wrong => "only patches and Rust files belong here",
            _ => "only Rust files belong here",
        };
        inspector.note(&stray, None, "this is not an answer", remedy);
    }
    for pair in
        files.windows(2).filter(|pair| pair[0].with_extension("") == pair[1].with_extension(""))
    {
        inspector.note(&pair[0], None, "another answer has the same name", "rename one of them");
    }
    files
}

/// The answer that a patch produces, and its diff.
fn patched(
    folder: &Path,
    path: &Path,
    content: &str,
    head: &Head<'_>,
    inspector: &mut Inspector<'_>,
) -> Option<(String, String)> {
    let patch = match Patch::parse(content) {
        Ok(patch) => patch,
        Err(error) => {
            inspector.note(path, error.line, error.what, error.remedy);
            return None;
        }
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if patch.makes != format!("wrong/{name}.rs") {
        let what = format!("this patch names `{}` as its result", patch.makes);
        let remedy = format!("write `+++ wrong/{name}.rs`, or rename the file");
        inspector.note(path, patch.head.lines().count() + 2, what, remedy);
    }
    let changed = patch.changed_lines();
    if changed > MOST_CHANGED && !head.says("Long:") {
        let what =
            format!("this patch changes {changed} lines; at most {MOST_CHANGED} are allowed");
        let remedy =
            "base it on a right answer that is closer, or give the reason in a line `Long: …`";
        inspector.note(path, 1, what, remedy);
    }
    let right = folder.join(&patch.base);
    let right = inspector.read(&right, &format!("the patch for `{}` needs it", patch.makes))?;
    match patch.apply(&right) {
        Ok(text) => Some((text, patch.diff_text.to_owned())),
        Err(error) => {
            inspector.note(path, error.line, error.what, error.remedy);
            None
        }
    }
}
