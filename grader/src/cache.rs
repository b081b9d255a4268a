//! Caches results by content, so that nothing is graded twice.
//!
//! The key covers everything that a result depends on. A changed answer, check, world, grader or
//! limit has a different key, so entries never go stale. Faults, timeouts and exceeded limits may
//! be caused by the machine and are not kept.

use crate::course::Exercise;
use crate::extent::Extent;
use crate::graded::{CompileError, GradedCheck};
use crate::job::WorldLimits;
use crate::layout::Layout;
use crate::submission::Answer;
use crate::verdict::Verdict;
use anyhow::Context;
use blake3::{Hash, Hasher};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The results of earlier runs with the same grader, worlds and limits.
#[derive(Debug)]
pub struct Cache {
    layout: Layout,
    limits: WorldLimits,
    base: Hash,
}

/// What is known about one answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Why it does not compile, if it does not.
    pub compile_error: Option<CompileError>,
    /// The warnings that rustc gave for it.
    pub warnings: Vec<String>,
    /// Why it does not compile with what the stage inserts, if it does without. Its reports say less.
    pub insertion_error: Option<String>,
    /// The checks whose results are final.
    pub checks: Vec<GradedCheck>,
}

impl Entry {
    /// The result of a check, if it is known.
    pub fn check(&self, name: &str) -> Option<&GradedCheck> {
        self.checks.iter().find(|check| check.name == name)
    }
}

impl Cache {
    /// Opens the cache of a course.
    ///
    /// # Errors
    /// The worlds cannot be read.
    pub fn open(layout: &Layout, limits: &WorldLimits) -> anyhow::Result<Self> {
        let base = base(layout, limits)?;
        Ok(Self { layout: layout.clone(), limits: *limits, base })
    }

    /// Whether the grader and the worlds are still those that the cache was opened for. If the
    /// worlds were edited in the meantime, a result has no valid key.
    ///
    /// # Errors
    /// The worlds cannot be read.
    pub fn is_current(&self) -> anyhow::Result<bool> {
        Ok(base(&self.layout, &self.limits)? == self.base)
    }

    /// The key for an answer with the content `text`, graded to `extent`.
    ///
    /// # Errors
    /// The exercise's files cannot be read.
    pub fn key(&self, answer: &Answer<'_>, text: &str, extent: Extent) -> anyhow::Result<Hash> {
        let Exercise { id, folder, tests, programs, .. } = answer.exercise;
        let mut hasher = Hasher::new();
        add(&mut hasher, self.base.as_bytes());
        add(&mut hasher, id.as_bytes());
        for name in ["exercise.yaml", "Cargo.toml"] {
            add_file(&mut hasher, &folder.join(name))?;
        }
        for file in tests.iter().chain(programs) {
            add(&mut hasher, file.path.as_os_str().as_encoded_bytes());
            add(&mut hasher, &file.content);
        }
        for check in &answer.exercise.checks {
            add(&mut hasher, &check.budget.seed.to_le_bytes());
        }
        add(&mut hasher, format!("{extent:?}").as_bytes());
        // rustc's messages contain this path.
        add(&mut hasher, answer.shown_as.as_os_str().as_encoded_bytes());
        add(&mut hasher, text.as_bytes());
        Ok(hasher.finalize())
    }

    /// The entry for `key`. An entry that cannot be read counts as missing.
    pub fn get(&self, key: &Hash) -> Option<Entry> {
        serde_json::from_slice(&fs::read(self.file(key)).ok()?).ok()
    }

    /// Stores `entry`, without results that may differ next time.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, key: &Hash, entry: &Entry) -> anyhow::Result<()> {
        let lasting = |check: &&GradedCheck| {
            !matches!(check.verdict, Verdict::GraderFault | Verdict::TimeOut | Verdict::Limit)
        };
        let checks = entry.checks.iter().filter(lasting).cloned().collect();
        let entry = Entry { checks, ..entry.clone() };
        let folder = self.layout.cache();
        fs::create_dir_all(&folder)?;
        // Written under another name and renamed, so no run reads a partial entry.
        let file = tempfile::NamedTempFile::new_in(&folder)?;
        serde_json::to_writer(&file, &entry)?;
        file.persist(self.file(key)).context("writing the cache")?;
        Ok(())
    }

    fn file(&self, key: &Hash) -> PathBuf {
        self.layout.cache().join(format!("{key}.json"))
    }
}

/// The hash of everything that all results depend on.
fn base(layout: &Layout, limits: &WorldLimits) -> anyhow::Result<Hash> {
    let mut hasher = Hasher::new();
    // The grader's sources; the versions of its dependencies are in the lock file.
    add(&mut hasher, env!("GRADER_SOURCES").as_bytes());
    for file in [&layout.lockfile, &layout.root.join("rust-toolchain.toml")] {
        if file.is_file() {
            add_file(&mut hasher, file)?;
        }
    }
    let grader = layout.worlds.parent().unwrap_or(&layout.worlds);
    for folder in [&layout.worlds, &grader.join("explorer"), &grader.join("record")] {
        add_folder(&mut hasher, folder)?;
    }
    add(&mut hasher, &serde_json::to_vec(limits)?);
    Ok(hasher.finalize())
}

/// Hashes a part together with its length, so that adjacent parts cannot be confused.
fn add(hasher: &mut Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
}

fn add_file(hasher: &mut Hasher, file: &Path) -> anyhow::Result<()> {
    let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    add(hasher, &content);
    Ok(())
}

/// Hashes everything in a package except its tests, which are not built.
fn add_folder(hasher: &mut Hasher, folder: &Path) -> anyhow::Result<()> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in files.filter_entry(|entry| entry.file_name() != "tests") {
        let entry = entry?;
        if entry.file_type().is_file() {
            add(hasher, entry.path().as_os_str().as_encoded_bytes());
            add_file(hasher, entry.path())?;
        }
    }
    Ok(())
}
