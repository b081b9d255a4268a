//! A check of an exercise, and the files that contain checks.

use crate::verdict::Verdict;
use crate::world::World;
use record::{Budget, TimeMode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A check: a `#[test]` function with its entry in `exercise.yaml`.
#[derive(Debug)]
pub struct Check {
    /// Its position in `exercise.yaml`, counted from 1.
    pub number: usize,
    /// The function's name.
    pub name: String,
    /// Its doc comment.
    pub doc: String,
    /// The file that contains it, relative to the exercise's folder, such as `tests/checks.rs`.
    pub file: PathBuf,
    /// Points for passing it, at least 1.
    pub points: u32,
    /// Its worlds, in the order in which they decide.
    pub worlds: Vec<World>,
    /// How the model's clock moves.
    pub time: TimeMode,
    /// How far the model searches.
    pub budget: Budget,
    /// Verdicts to rename for this check.
    pub means: BTreeMap<Verdict, Verdict>,
}

/// A file below `tests/` or `src/bin/`.
#[derive(Debug)]
pub struct TestFile {
    /// Path, relative to the exercise's folder.
    pub path: PathBuf,
    /// Content.
    pub content: Vec<u8>,
}

impl TestFile {
    /// Whether cargo builds it as a test target: a Rust file directly in `tests/`.
    pub fn is_target(&self) -> bool {
        self.path.extension().is_some_and(|e| e == "rs") && self.path.iter().count() == 2
    }

    /// The file's name without `.rs`.
    pub fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether it belongs to the compile-time contracts: `tests/contracts.rs` and its folder.
    pub fn is_contract(&self) -> bool {
        self.path == Path::new(CONTRACTS) || self.path.starts_with("tests/contracts")
    }
}

/// The file whose checks compile the programs that must compile and those that must not.
pub(super) const CONTRACTS: &str = "tests/contracts.rs";
