//! Grades mutants of the right answers. They have faults that no author chose, and the checks
//! should kill them.
//!
//! A mutant is a right answer with one small change. [`cargo mutants`](https://mutants.rs) lists
//! those of the reference that any program could have; [`Operator`] has those that only threads can
//! have, for every right answer. Each mutant is graded like any other answer, in one stage with the
//! other mutants. It is killed as soon as one check fails. A mutant that survives shows a gap in the
//! checks, unless it behaves like the right answer. In that case the author gives the reason in
//! `solutions/NN_name/mutants.yaml`.

mod cargo;
mod mutant;
mod operator;
mod operators;
mod table;

pub use mutant::{Mutant, MutantResult, Mutated, MutatedExercise, Origin};
pub use operator::Operator;
pub use table::write;

use crate::course::{ArguedMutant, Exercise, Kind, Problems};
use crate::extent::Extent;
use crate::job::WorldLimits;
use crate::pipeline::{Grade, Pipeline};
use crate::source::Source;
use crate::submission::Answer;
use crate::world::World;
use anyhow::bail;
use std::path::PathBuf;

/// Which mutants to grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MutantKinds {
    /// Both kinds
    All,
    /// The faults that only threads can have, in every right answer
    Concurrency,
    /// Those that cargo mutants lists for the reference
    Cargo,
}

/// Grades the mutants of the right answers to `exercises`.
///
/// # Errors
/// `cargo mutants` is needed and not installed, an answer or `mutants.yaml` cannot be read, or the
/// grader fails.
pub fn grade(
    pipeline: &Pipeline<'_>,
    exercises: &[&Exercise],
    kinds: MutantKinds,
) -> anyhow::Result<Vec<MutatedExercise>> {
    exercises.iter().map(|exercise| of_exercise(pipeline, exercise, kinds)).collect()
}

fn of_exercise(
    pipeline: &Pipeline<'_>,
    exercise: &Exercise,
    kinds: MutantKinds,
) -> anyhow::Result<MutatedExercise> {
    let solutions = pipeline.course.solutions(&[exercise]).map_err(error)?;
    let argued = pipeline.course.argued(exercise).map_err(error)?;
    let mut mutants: Vec<(String, Mutant)> = Vec::new();
    for solution in solutions.into_iter().flatten().filter(|it| it.kind == Kind::Right) {
        if kinds != MutantKinds::Concurrency && solution.label == "reference" {
            let listed = cargo::list(&solution.text)?;
            mutants.extend(listed.into_iter().map(|mutant| (solution.label.clone(), mutant)));
        }
        if kinds != MutantKinds::Cargo {
            let listed = operators::list(&solution.text);
            mutants.extend(listed.into_iter().map(|mutant| (solution.label.clone(), mutant)));
        }
    }
    let answer = |(index, (label, mutant)): (usize, &(String, Mutant))| Answer {
        exercise,
        label: Some(format!("mutant-{index:03}")),
        shown_as: PathBuf::from(format!("{label}.rs")),
        source: Source::Text(mutant.text.clone()),
        changed: None,
        wanted: None,
    };
    let answers: Vec<_> = mutants.iter().enumerate().map(answer).collect();
    let grades = results(pipeline, exercise, &answers)?;
    let mut arguments = Arguments::new(&argued);
    let mut of_answers: Vec<Mutated> = Vec::new();
    for ((label, mutant), mut result) in mutants.into_iter().zip(grades) {
        if result == MutantResult::Survived
            && let Some(why) = arguments.for_survivor(&label, &mutant)
        {
            result = MutantResult::Argued { why };
        }
        match of_answers.last_mut().filter(|last| last.answer == label) {
            Some(last) => last.mutants.push((mutant, result)),
            None => of_answers.push(Mutated {
                id: exercise.id.clone(),
                answer: label,
                mutants: vec![(mutant, result)],
            }),
        }
    }
    Ok(MutatedExercise { answers: of_answers, idle: arguments.idle(kinds) })
}

/// The author's reasons why mutants survive, and which of them have been used.
struct Arguments<'a> {
    argued: &'a [ArguedMutant],
    used: Vec<bool>,
}

impl<'a> Arguments<'a> {
    fn new(argued: &'a [ArguedMutant]) -> Self {
        Arguments { argued, used: vec![false; argued.len()] }
    }

    fn for_survivor(&mut self, label: &str, mutant: &Mutant) -> Option<String> {
        let fits = |argued: &ArguedMutant| {
            argued.mutant == mutant.change
                && argued.line.as_ref().is_none_or(|line| *line == mutant.source)
                && argued.answer.as_ref().is_none_or(|answer| answer == label)
        };
        let place = self.argued.iter().position(fits)?;
        self.used[place] = true;
        Some(self.argued[place].why.clone())
    }

    /// The entries that match no survivor. Only known if all the mutants have been graded.
    fn idle(&self, kinds: MutantKinds) -> Vec<String> {
        let unused = self.argued.iter().zip(&self.used).filter(|(_, used)| !**used);
        let idle = unused.map(|(argued, _)| argued.mutant.clone());
        if kinds == MutantKinds::All { idle.collect() } else { Vec::new() }
    }
}

/// Whether every viable mutant is killed or explained, and every entry of `mutants.yaml` matches a
/// survivor.
pub fn all_accounted_for(mutated: &[MutatedExercise]) -> bool {
    let survives =
        |mutated: &Mutated| mutated.mutants.iter().any(|(_, it)| *it == MutantResult::Survived);
    mutated.iter().all(|it| it.idle.is_empty() && !it.answers.iter().any(survives))
}

fn error(problems: Problems) -> anyhow::Error {
    anyhow::anyhow!("{problems}")
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

/// A mutant may never end, while a reference takes a second or two. Only the processor time is cut,
/// not the wall time: on a busy machine, even a little processor time can take a long time.
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
