//! What cargo has made of a package, and how it is removed.

use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The result of building one package.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The test programs, by the name of the file in `tests/` without `.rs`.
    pub tests: BTreeMap<String, PathBuf>,
    /// The exercise's own programs, by their names in cargo.
    pub programs: BTreeMap<String, PathBuf>,
    /// rustc's errors, without duplicates.
    pub errors: Vec<Diagnostic>,
    /// rustc's warnings about the answer, without duplicates, as rustc renders them.
    pub warnings: Vec<String>,
    /// The answer's library, if it compiles.
    pub library: Option<PathBuf>,
    /// All files that cargo has made of the package.
    pub files: Vec<PathBuf>,
    /// What rustc has read besides the answer: paths of files, names of environment variables.
    pub beside: Vec<String>,
    /// Set if rustc ended without reporting an error.
    pub stopped: Option<Stopped>,
}

/// How rustc ended without reporting an error in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It exceeded its limit of processor time or memory.
    Limit,
    /// It overflowed its stack, ran out of memory, or crashed in another way.
    Crash,
}

/// An error that rustc reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its first line.
    pub message: String,
    /// The whole message, without colour, with paths relative to the stage.
    pub rendered: String,
    /// Whether it is in a check file, which means that the answer no longer fits the checks.
    pub in_checks: bool,
}

/// Removes what was built of these packages, and nothing else: other graders may use the same folder. cargo
/// builds again what is missing.
///
/// # Errors
/// A file cannot be removed.
pub fn discard(built: &[Built], target: &Path) -> anyhow::Result<()> {
    let files = built.iter().flat_map(|built| &built.files);
    // Of a program, cargo names only the link outside `deps`, without the number in the file's own name.
    let programs = built.iter().flat_map(|built| built.programs.keys());
    let programs: BTreeSet<String> = programs.map(|name| name.replace('-', "_")).collect();
    let mut all: Vec<PathBuf> = files.flat_map(|file| with_dep_info(file)).collect();
    if !programs.is_empty() {
        for entry in fs::read_dir(target.join("debug/deps"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.rsplit_once('-').is_some_and(|(program, _)| programs.contains(program)) {
                all.push(entry.path());
            }
        }
    }
    for file in all {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A file that rustc made, and the one in which it says what it has read for it.
fn with_dep_info(file: &Path) -> [PathBuf; 2] {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let is_library = file.extension().is_some();
    let name = if is_library { stem.strip_prefix("lib").unwrap_or(&stem) } else { &*stem };
    [file.to_owned(), file.with_file_name(format!("{name}.d"))]
}
