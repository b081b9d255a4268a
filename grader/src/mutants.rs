//! Grades mutants of the reference answers: faults that no author chose and the checks should kill.
//!
//! [`cargo mutants`](https://mutants.rs) lists small changes to the reference. Each mutant has one
//! of them and is graded like any other answer, in one stage with the other mutants. It is killed
//! as soon as one check fails. A mutant that survives shows a gap in the checks, unless it behaves
//! like the reference. In that case the author gives the reason in
//! `solutions/NN_name/mutants.yaml`.

use crate::course::{ArguedMutant, Course, Exercise, Problems};
use crate::extent::Extent;
use crate::job::WorldLimits;
use crate::pipeline::{Grade, Pipeline};
use crate::source::Source;
use crate::submission::Answer;
use crate::world::World;
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The reference with one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The change, such as `replace > with >= in Queue::full`.
    pub change: String,
    /// The line of the reference, counted from 1.
    pub line: usize,
    /// The text of that line in the reference.
    pub source: String,
    /// The whole text with the change.
    pub text: String,
}

/// The result for a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutantResult {
    /// It does not compile, so it does not count.
    Unviable,
    /// A check failed.
    Killed {
        /// The check's name.
        by: String,
    },
    /// Every check passes, and the author has given a reason.
    Argued {
        /// The author's reason.
        why: String,
    },
    /// Every check passes, and no reason is given.
    Survived,
}

/// The mutants of one exercise's reference.
#[derive(Clone, Debug)]
pub struct Mutated {
    /// The exercise's folder name.
    pub id: String,
    /// Each mutant and its result.
    pub mutants: Vec<(Mutant, MutantResult)>,
    /// The entries of `mutants.yaml` that match no surviving mutant.
    pub idle: Vec<String>,
}

/// Grades the mutants of the references of `exercises`.
///
/// # Errors
/// `cargo mutants` is not installed, a reference or `mutants.yaml` cannot be read, or the grader
/// fails.
pub fn grade(pipeline: &Pipeline<'_>, exercises: &[&Exercise]) -> anyhow::Result<Vec<Mutated>> {
    exercises.iter().map(|exercise| of_exercise(pipeline, exercise)).collect()
}

fn of_exercise(pipeline: &Pipeline<'_>, exercise: &Exercise) -> anyhow::Result<Mutated> {
    let file = pipeline.course.root.join("solutions").join(&exercise.id).join("reference.rs");
    let reference = fs::read_to_string(&file).context("reading the reference answer")?;
    let argued = arguments(pipeline.course, exercise)?;
    let mutants = list(&reference)?;
    let answer = |(index, mutant): (usize, &Mutant)| Answer {
        exercise,
        label: Some(format!("mutant-{index:03}")),
        shown_as: PathBuf::from("reference.rs"),
        source: Source::Text(mutant.text.clone()),
        changed: None,
        wanted: None,
    };
    let answers: Vec<_> = mutants.iter().enumerate().map(answer).collect();
    let grades = results(pipeline, exercise, &answers)?;
    let mut idle: Vec<_> = argued.iter().map(Some).collect();
    let mut argue = |mutant: &Mutant| {
        let fits = |argued: &ArguedMutant| {
            argued.mutant == mutant.change
                && argued.line.as_ref().is_none_or(|line| *line == mutant.source)
        };
        let place = argued.iter().position(fits)?;
        idle[place] = None;
        Some(MutantResult::Argued { why: argued[place].why.clone() })
    };
    let judged = mutants.into_iter().zip(grades).map(|(mutant, result)| match result {
        MutantResult::Survived => {
            let result = argue(&mutant).unwrap_or(MutantResult::Survived);
            (mutant, result)
        }
        result => (mutant, result),
    });
    let mutants = judged.collect();
    let idle = idle.into_iter().flatten().map(|argued| argued.mutant.clone()).collect();
    Ok(Mutated { id: exercise.id.clone(), mutants, idle })
}

/// Writes each survivor and the totals.
///
/// # Errors
/// `out` cannot be written.
pub fn write(mutated: &[Mutated], out: &mut dyn Write) -> io::Result<()> {
    let (mut killed, mut viable, mut argued) = (0, 0, 0);
    for Mutated { id, mutants, idle } in mutated {
        let count =
            |fits: fn(&MutantResult) -> bool| mutants.iter().filter(|(_, f)| fits(f)).count();
        let dead = count(|result| matches!(result, MutantResult::Killed { .. }));
        let able = count(|result| !matches!(result, MutantResult::Unviable));
        writeln!(out, "{id}: {dead} of {able} mutants killed")?;
        for (mutant, result) in mutants {
            let place = format!("reference.rs:{}: {}", mutant.line, mutant.change);
            match result {
                MutantResult::Unviable | MutantResult::Killed { .. } => {}
                MutantResult::Argued { why } => {
                    writeln!(out, "  argued    {place}\n            {why}")?
                }
                MutantResult::Survived => {
                    writeln!(out, "  SURVIVED  {place}\n            {}", mutant.source)?;
                }
            }
        }
        for idle in idle {
            writeln!(out, "  remove from mutants.yaml, matches no survivor: {idle}")?;
        }
        killed += dead;
        viable += able;
        argued += count(|result| matches!(result, MutantResult::Argued { .. }));
    }
    writeln!(out, "\nMutants killed: {killed} of {viable}. Survivors explained: {argued}.")
}

/// Whether every viable mutant is killed or explained, and every entry of `mutants.yaml` has a
/// survivor.
pub fn all_accounted_for(mutated: &[Mutated]) -> bool {
    let fine = |mutated: &Mutated| {
        mutated.idle.is_empty()
            && mutated.mutants.iter().all(|(_, result)| *result != MutantResult::Survived)
    };
    mutated.iter().all(fine)
}

fn arguments(course: &Course, exercise: &Exercise) -> anyhow::Result<Vec<ArguedMutant>> {
    course.argued(exercise).map_err(|problems: Problems| anyhow::anyhow!("{problems}"))
}

/// Runs the model first, which kills nearly all mutants, then all worlds for the survivors.
fn results(
    pipeline: &Pipeline<'_>,
    exercise: &Exercise,
    answers: &[Answer<'_>],
) -> anyhow::Result<Vec<MutantResult>> {
    let mut results = vec![MutantResult::Survived; answers.len()];
    let in_model = exercise.checks.iter().any(|check| check.worlds.contains(&World::Model));
    let passes =
        [in_model.then_some(Extent::FirstFailureIn(World::Model)), Some(Extent::FirstFailure)];
    for extent in passes.into_iter().flatten() {
        let open: Vec<_> =
            (0..results.len()).filter(|i| results[*i] == MutantResult::Survived).collect();
        let answers: Vec<_> = open.iter().map(|index| answers[*index].clone()).collect();
        let grades = Pipeline {
            course: pipeline.course,
            layout: pipeline.layout,
            limits: limits(pipeline.limits),
            cache: pipeline.reopened(limits(pipeline.limits))?,
            listener: pipeline.listener,
            purpose: "mutants",
            extent,
            looks_again: false,
        }
        .grade(&answers)?;
        for (index, grade) in open.into_iter().zip(&grades) {
            results[index] = result(grade)?;
        }
    }
    Ok(results)
}

/// A mutant may never end, while a reference takes a second or two. Only processor time is cut, not
/// wall time: on a busy machine, a little processor time may take long.
fn limits(mut limits: WorldLimits) -> WorldLimits {
    limits.model.cpu = 20;
    limits.native.cpu = 20;
    limits
}

fn result(grade: &Grade) -> anyhow::Result<MutantResult> {
    let exercise = &grade.exercise;
    if exercise.compile_error.is_some() {
        return Ok(MutantResult::Unviable);
    }
    if let Some(failed) = exercise.checks.iter().find(|check| check.verdict.is_failure()) {
        return Ok(MutantResult::Killed { by: failed.name.clone() });
    }
    let fault = exercise.checks.iter().find(|check| !check.verdict.is_pass());
    if let Some(check) = fault {
        bail!("`{}` could not be graded: {:?}", check.name, check.facts);
    }
    Ok(MutantResult::Survived)
}

/// The mutants of `text` that cargo mutants lists, in the order of the source.
fn list(text: &str) -> anyhow::Result<Vec<Mutant>> {
    let package = tempfile::tempdir().context("creating a package for cargo mutants")?;
    let manifest = "[package]\nname = \"reference\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::create_dir(package.path().join("src"))?;
    fs::write(package.path().join("Cargo.toml"), manifest)?;
    fs::write(package.path().join("src/lib.rs"), text)?;
    let listed = run(package.path()).context("listing the mutants with cargo mutants")?;
    let listed: Vec<ExerciseSummary> =
        serde_json::from_slice(&listed).context("reading the list from cargo mutants")?;
    listed.into_iter().map(|listed| listed.apply(text)).collect()
}

fn run(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("cargo")
        .args(["mutants", "--list", "--json", "--no-config", "--colors=never", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .context("starting cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("no such command") {
        bail!("cargo mutants is not installed; run `cargo install --locked cargo-mutants`");
    }
    ensure!(output.status.success(), "{}", said.trim());
    Ok(output.stdout)
}

/// A mutant as cargo mutants lists it. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Deserialize)]
struct ExerciseSummary {
    /// `src/lib.rs:37:9: replace State::take -> bool with true`.
    name: String,
    replacement: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

#[derive(Debug, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl ExerciseSummary {
    fn apply(self, text: &str) -> anyhow::Result<Mutant> {
        let place = |place: &Place| {
            offset(text, place).with_context(|| format!("`{}` is not in the source", self.name))
        };
        let (start, end) = (place(&self.span.start)?, place(&self.span.end)?);
        ensure!(start <= end, "`{}` ends before it begins", self.name);
        let source = text.lines().nth(self.span.start.line - 1).unwrap_or_default();
        Ok(Mutant {
            change: self.name.splitn(4, ':').last().unwrap_or_default().trim().to_owned(),
            line: self.span.start.line,
            source: source.trim().to_owned(),
            text: format!("{}{}{}", &text[..start], self.replacement, &text[end..]),
        })
    }
}

/// The byte at which a place begins.
fn offset(text: &str, place: &Place) -> Option<usize> {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.clone().take(place.line.checked_sub(1)?).map(str::len).sum();
    let line = lines.clone().nth(place.line - 1)?;
    let column = place.column.checked_sub(1)?;
    let within = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column)?;
    Some(before + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_applied_where_it_is_listed() {
        let text = "//! Größe.\nfn f(a: u8) -> bool {\n    /* ä */ a > 1\n}\n";
        let listed = r#"{
            "name": "src/lib.rs:3:15: replace > with >= in f",
            "replacement": ">=",
            "span": { "start": { "line": 3, "column": 15 }, "end": { "line": 3, "column": 16 } }
        }"#;
        let listed: ExerciseSummary = serde_json::from_str(listed).unwrap();
        let mutant = listed.apply(text).unwrap();
        assert_eq!(mutant.text, text.replace(" > ", " >= "));
        assert_eq!(mutant.change, "replace > with >= in f");
        assert_eq!((mutant.line, mutant.source.as_str()), (3, "/* ä */ a > 1"));
    }

    #[test]
    fn a_change_of_something_else_is_refused() {
        let listed = r#"{
            "name": "x", "replacement": "",
            "span": { "start": { "line": 9, "column": 1 }, "end": { "line": 9, "column": 2 } }
        }"#;
        let listed: ExerciseSummary = serde_json::from_str(listed).unwrap();
        assert!(listed.apply("fn f() {}\n").is_err());
    }
}
