//! From an edited file to the verdict: the grader against plain `cargo test` of the same exercise.
//!
//! Works on a copy of the course in which every exercise is solved. Each measurement first adds a
//! line to the learner's file, and the two sides alternate. Checks that sleep make `cargo test`
//! wait in real time, while the grader's clock is virtual.

use crate::summary::{print_heading, print_pairs};
use anyhow::{Context, ensure};
use grader::course::Exercise;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Measurements per exercise.
const ROUNDS: usize = 5;

/// What is compared.
const HEADINGS: [&str; 2] = ["grader", "cargo test"];

pub fn measure(root: &Path, exercises: &[&Exercise]) -> anyhow::Result<()> {
    let copy = Copy::of(root)?;
    println!("From edit to verdict, seconds, median of {ROUNDS} alternating rounds");
    print_heading(HEADINGS);
    for exercise in exercises {
        let file = copy.folder.join("exercises").join(&exercise.id).join("src/lib.rs");
        let grade = ["run", "--quiet", "--package", "grader", "--", "grade", &exercise.name];
        let test = ["test", "--quiet", "--package", &exercise.name];
        // Warm up both sides.
        copy.cargo(&grade)?;
        copy.cargo(&test)?;
        let mut pairs = Vec::new();
        for round in 0..ROUNDS {
            edit(&file, 2 * round)?;
            let ours = copy.cargo(&grade)?;
            edit(&file, 2 * round + 1)?;
            pairs.push((ours, copy.cargo(&test)?));
        }
        print_pairs(&exercise.id, HEADINGS, &pairs);
    }
    println!();
    Ok(())
}

/// Adds a line that changes the code, not only its text, and that no earlier run of the benchmark
/// has added; otherwise the grader would take the verdict from its cache.
pub fn edit(file: &Path, round: usize) -> anyhow::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let mut file = OpenOptions::new().append(true).open(file)?;
    writeln!(file, "/// Edited.\npub const EDITED_{round}: u128 = {now};")?;
    Ok(())
}

/// A copy of the course with the reference answers in place.
pub struct Copy {
    pub folder: PathBuf,
}

impl Copy {
    /// Copies every file of the course at `root` that git tracks to a folder below its target
    /// folder.
    pub fn of(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join("target/bench/course");
        // Remove files of an earlier copy that the course no longer has.
        for part in ["exercises", "solutions", "grader"] {
            let part = folder.join(part);
            if part.exists() {
                fs::remove_dir_all(part)?;
            }
        }
        let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output()?;
        ensure!(listed.status.success(), "`git ls-files` failed in {}", root.display());
        for file in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|f| !f.is_empty()) {
            let to = folder.join(file);
            fs::create_dir_all(to.parent().unwrap_or(&folder))?;
            fs::copy(root.join(file), &to).with_context(|| format!("copying {file}"))?;
        }
        for entry in fs::read_dir(folder.join("solutions"))? {
            let solution = entry?;
            let exercise = folder.join("exercises").join(solution.file_name());
            fs::copy(solution.path().join("reference.rs"), exercise.join("src/lib.rs"))?;
        }
        Ok(Self { folder })
    }

    /// Runs cargo in the copy. Returns the seconds it took.
    pub fn cargo(&self, arguments: &[&str]) -> anyhow::Result<f64> {
        let start = Instant::now();
        let status = Command::new("cargo")
            .args(arguments)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("running cargo")?;
        let took = start.elapsed().as_secs_f64();
        ensure!(status.success(), "`cargo {}` failed in the copy", arguments.join(" "));
        Ok(took)
    }
}
