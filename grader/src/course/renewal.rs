//! Renews the patches of an exercise: whole wrong answers become patches, and patches whose right
//! answer was edited are adapted to it. A patch that cannot be renewed is left alone; the error
//! appears when it is read.

use super::head::Head;
use super::patch::{self, Patch};
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// Renews the patches in `folder`, which holds one exercise's answers.
pub(super) fn renew(folder: &Path) -> anyhow::Result<()> {
    let wrong = files(&folder.join("wrong"));
    let rights = rights(folder);
    for path in wrong {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_some_and(|e| e == patch::EXTENSION) {
            if let Some(renewed) = fitted(&text, &rights) {
                write(&path, &renewed)?;
            }
        } else if path.extension().is_some_and(|e| e == "rs")
            && !Head::of_rust(&text).says("Whole:")
            && let Some(patch) = patch_of(&text, &format!("wrong/{name}.rs"), &rights)
        {
            write(&path.with_extension(patch::EXTENSION), &patch)?;
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// The patch adapted to its right answer, if it no longer fits exactly but can be made to fit.
fn fitted(text: &str, rights: &[(String, String)]) -> Option<String> {
    let patch = Patch::parse(text).ok()?;
    let (_, right) = rights.iter().find(|(name, _)| *name == patch.base)?;
    match patch.apply(right) {
        Ok(_) => None,
        Err(_) => patch.renewed(right).ok().filter(|renewed| renewed != text),
    }
}

/// A whole answer as a patch against the right answer that it differs from least.
fn patch_of(text: &str, makes: &str, rights: &[(String, String)]) -> Option<String> {
    let (head, body) = taken_apart(text);
    let patches = rights.iter().filter_map(|(base, right)| {
        // Keep the right answer's head out of the diff: it does not describe the wrong one.
        let made = format!("{}{body}", taken_apart(right).0);
        let diff = patch::diff(base, right, makes, &made);
        let changed = Patch::parse(&diff).ok()?.changed_lines();
        Some((changed, diff))
    });
    let (_, diff) = patches.min_by_key(|(changed, _)| *changed)?;
    let head: String =
        head.lines().map(|line| format!("{}\n", line.trim_start_matches("//!").trim())).collect();
    Some(format!("{}\n\n{diff}", head.trim_end()))
}

/// Splits off the `//!` lines at the top, with the empty lines that follow.
fn taken_apart(text: &str) -> (&str, &str) {
    let belongs = |line: &&str| line.starts_with("//!");
    let head: usize = text.split_inclusive('\n').take_while(belongs).map(str::len).sum();
    if head == 0 {
        return ("", text);
    }
    let blank: usize = text[head..]
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty())
        .map(str::len)
        .sum();
    text.split_at(head + blank)
}

/// The right answers, each with the name that a patch uses for it.
fn rights(folder: &Path) -> Vec<(String, String)> {
    let named = |path: PathBuf| {
        let name = path.strip_prefix(folder).ok()?.to_str()?.to_owned();
        Some((name, fs::read_to_string(&path).ok()?))
    };
    let others = files(&folder.join("right"));
    let all = [folder.join("reference.rs")].into_iter().chain(others);
    all.filter_map(named).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
