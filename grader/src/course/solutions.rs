use super::exercise::Exercise;
use super::head::Head;
use super::kind::Kind;
use super::patch::{self, Patch};
use super::problem::Inspector;
use super::unwritten;
use super::yaml::{self, Argued};
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// An answer in `solutions/`, with what its author says of it.
#[derive(Debug)]
pub struct Solution {
    /// Path below the exercise's folder, without its extension, such as `wrong/first_release_frees`.
    pub label: String,
    /// The Rust file, absolute. Of a patch, the one that it makes, which does not lie there.
    pub path: PathBuf,
    /// Content.
    pub text: String,
    /// Where it is a patch, the diff against a right answer.
    pub diff: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The verdicts that it must get, by check. Checks not named may get any.
    pub expect: BTreeMap<String, Verdict>,
}

/// What explains the answers to an exercise.
pub const EXPLAINED: &str = "EXPLAINED.md";

/// Right answers besides the reference, at least.
const RIGHT: usize = 2;
/// Wrong answers, at least; and at least one for each check.
const WRONG: usize = 3;
/// Words of a check's doc comment, at least.
const LEAST_DOC: usize = 5;
/// Lines that a patch takes away or adds, at most: in more, nobody sees the fault.
const MOST_CHANGED: usize = 80;

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
            let (label, expect) = (name.to_owned(), BTreeMap::new());
            found.push(Solution { label, path, text, diff: None, kind, expect });
        }
    }
    let remedy = "say why the reference is right, and how the most tempting wrong answers break";
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
            let what = format!("{} {sub} answers; at least {least} are needed", files.len());
            let remedy = match kind {
                Kind::Wrong => "add answers, each with one fault and named for it",
                _ => "add answers of a different make",
            };
            inspector.note(&folder.join(sub), None, what, remedy);
        }
        for path in files {
            let Some(content) = inspector.read(&path, "make it readable") else { continue };
            let is_patch = path.extension().is_some_and(|e| e == patch::EXTENSION);
            let head = if is_patch { Head::of_patch(&content) } else { Head::of_rust(&content) };
            let expect = head.read(&path, kind, exercise, inspector);
            let (text, diff) = match is_patch {
                true => match patched(&folder, &path, &content, &head, inspector) {
                    Some((text, diff)) => (text, Some(diff)),
                    None => continue,
                },
                false => (content, None),
            };
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let (label, path) = (format!("{sub}/{name}"), path.with_extension("rs"));
            found.push(Solution { label, path, text, diff, kind, expect });
        }
    }
    inspect_checks(exercise, &found, inspector);
    found
}

/// A check that says nothing of itself teaches nothing, and one that no wrong answer must fail has not been
/// seen to catch anything.
fn inspect_checks(exercise: &Exercise, found: &[Solution], inspector: &mut Inspector<'_>) {
    let wrong = || found.iter().filter(|solution| solution.kind == Kind::Wrong);
    let fails = |solution: &Solution, check: &str| {
        solution.expect.get(check).is_some_and(|verdict| !verdict.is_pass())
    };
    for check in &exercise.checks {
        if check.doc.split_whitespace().count() < LEAST_DOC {
            let what = format!("the check `{}` says too little of itself", check.name);
            let remedy = "its doc comment is what a learner reads when it fails: what it does, what must \
                hold, and what goes wrong where it does not";
            inspector.note(&exercise.folder.join(&check.file), None, what, remedy);
        }
    }
    for check in exercise.checks.iter().map(|check| &check.name) {
        if wrong().next().is_some() && !wrong().any(|solution| fails(solution, check)) {
            let what = format!("no wrong answer must fail the check `{check}`");
            let remedy = "add one that only it catches, or say `Expect:` where it catches one";
            inspector.note(&exercise.folder.join("exercise.yaml"), None, what, remedy);
        }
    }
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

/// The answers in `folder`: Rust files, and of wrong ones patches. Anything else in it is noted.
fn answers(folder: &Path, kind: Kind, inspector: &mut Inspector<'_>) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name();
    let is_answer = |path: &PathBuf| {
        let is_patch = |e: &std::ffi::OsStr| kind == Kind::Wrong && e == patch::EXTENSION;
        path.extension().is_some_and(|e| e == "rs" || is_patch(e)) && path.is_file()
    };
    let (files, strays): (Vec<_>, Vec<_>) = entries
        .into_iter()
        // A missing folder has too few answers, and that is said already.
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .partition(is_answer);
    for stray in strays {
        let remedy = match kind {
            Kind::Wrong => "only patches and Rust files belong here",
            _ => "only Rust files belong here",
        };
        inspector.note(&stray, None, "this is no answer", remedy);
    }
    for pair in
        files.windows(2).filter(|pair| pair[0].with_extension("") == pair[1].with_extension(""))
    {
        inspector.note(
            &pair[0],
            None,
            "there is another answer of this name",
            "rename one of them",
        );
    }
    files
}

/// The answer that a patch makes, and its diff.
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
        let what = format!("this patch makes `{}`", patch.makes);
        let remedy = format!("write `+++ wrong/{name}.rs`, or rename the file");
        inspector.note(path, patch.head.lines().count() + 2, what, remedy);
    }
    let changed = patch.changed_lines();
    if changed > MOST_CHANGED && !head.says("Long:") {
        let what = format!("this patch changes {changed} lines, and {MOST_CHANGED} are the most");
        let remedy =
            "put the fault into a right answer that is nearer; or say `Long: …`, with the reason";
        inspector.note(path, 1, what, remedy);
    }
    let right = folder.join(&patch.base);
    let right = inspector.read(&right, &format!("`{}` changes it", patch.makes))?;
    match patch.apply(&right) {
        Ok(text) => Some((text, patch.diff_text.to_owned())),
        Err(error) => {
            inspector.note(path, error.line, error.what, error.remedy);
            None
        }
    }
}
