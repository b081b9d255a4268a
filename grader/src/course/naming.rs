//! Exercises as people name them: by number, name, folder, file, title, or a part of the name that
//! no other exercise has.

use super::problem::nearest;
use std::path::{Component, Path};

/// Why a word names no exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// No exercise is meant.
    Unknown {
        /// The name of the exercise that was probably meant.
        near: Option<String>,
    },
    /// Several exercises may be meant: their names, at least two.
    Several(Vec<String>),
}

/// An exercise's names.
pub(super) struct Names<'c> {
    /// The folder's name.
    pub(super) id: &'c str,
    /// The title, if it could be read.
    pub(super) title: Option<&'c str>,
}

/// The folder's name of the exercise that `word` means, among `all`, whose folders are in
/// `exercises`.
pub(super) fn id_of<'c>(
    all: &[Names<'c>],
    exercises: &Path,
    word: &str,
) -> Result<&'c str, Unnamed> {
    let ids: Vec<&'c str> = all.iter().map(|names| names.id).collect();
    if let Some(id) = in_path(&ids, Path::new(word), exercises) {
        return Ok(id);
    }
    let wanted = normalized(word);
    let exact = |Names { id, title }: &&Names<'c>| {
        let (number, name) = parts(id);
        wanted.parse::<u32>().is_ok_and(|wanted| number == Some(wanted))
            || normalized(id) == wanted
            || normalized(name) == wanted
            || title.is_some_and(|title| normalized(title) == wanted)
    };
    if let Some(names) = all.iter().find(exact) {
        return Ok(names.id);
    }
    let begins = |id: &str| parts(id).1.starts_with(&wanted);
    let contains = |id: &str| parts(id).1.contains(&wanted);
    for fits in [&begins as &dyn Fn(&str) -> bool, &contains] {
        let found: Vec<&'c str> = ids.iter().copied().filter(|id| fits(id)).collect();
        match found[..] {
            _ if wanted.is_empty() => {}
            [] => {}
            [id] => return Ok(id),
            _ => {
                let names = found.iter().map(|id| parts(id).1.to_owned());
                return Err(Unnamed::Several(names.collect()));
            }
        }
    }
    let near = nearest(&wanted, ids.iter().map(|id| parts(id).1)).map(str::to_owned);
    Err(Unnamed::Unknown { near })
}

/// The number and the name in a folder's name such as `07_lock`.
fn parts(id: &str) -> (Option<u32>, &str) {
    match id.split_once('_') {
        Some((number, name)) if number.parse::<u32>().is_ok() => (number.parse().ok(), name),
        _ => (None, id),
    }
}

/// Lower case, with `_` for spaces and hyphens.
fn normalized(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

/// The innermost of `ids` among the folders of `path`. If `path` has only one component, it counts
/// only as the current folder or a folder above it.
fn in_path<'i>(ids: &[&'i str], path: &Path, exercises: &Path) -> Option<&'i str> {
    let among = |path: &Path| {
        let mut parts = path.components().rev();
        parts.find_map(|part| match part {
            Component::Normal(part) => ids.iter().copied().find(|id| part == *id),
            _ => None,
        })
    };
    if path.components().count() > 1 {
        // Also a path that does not exist from here, such as one copied from a report.
        if let Some(id) = among(path) {
            return Some(id);
        }
    }
    let is_relative_place = path.starts_with(".") || path.starts_with("..");
    if path.components().count() > 1 || is_relative_place {
        let real = path.canonicalize().ok()?;
        return among(real.strip_prefix(exercises.canonicalize().ok()?).ok()?);
    }
    None
}
