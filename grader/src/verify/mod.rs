//! For authors: checks that the course's own answers get the expected verdicts.
//!
//! A grader is only as good as the wrong answers that it catches and the right ones that it passes.
//! Both are kept in `solutions/`, and all of them are graded here.

mod comparison;
mod documents;
mod options;
mod table;
mod verified;

pub use comparison::Comparison;
pub use options::VerifyOptions;
pub use table::{code, write};
pub use verified::Verified;

use crate::course::{Course, EXPLAINED, Exercise, Kind, Problems, Solution};
use crate::extent::Extent;
use crate::generated::{self, Shown};
use crate::pipeline::{Grade, Pipeline};
use crate::source::Source;
use crate::submission::Answer;
use crate::world::World;
use comparison::{compare, rate};
use documents::{readme, refresh};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Number of wrong answers per exercise in a quick verification.
const FEW: usize = 2;

/// Number of answers that are built and run together. Their programs take about 15 MB each.
const SLICE: usize = 120;

/// The answers of an exercise for a quick verification: the starter, the reference, and a few wrong
/// answers spread evenly over the list, the same each time.
fn few(mut solutions: Vec<Solution>) -> Vec<Solution> {
    let wrong = solutions.iter().filter(|it| it.kind == Kind::Wrong).count();
    let (mut index, step) = (0, wrong.div_ceil(FEW).max(1));
    solutions.retain(|solution| match solution.kind {
        Kind::Starter => true,
        Kind::Right => solution.label == "reference",
        Kind::Wrong => {
            index += 1;
            (index - 1) % step == 0
        }
    });
    solutions
}

/// The authors' answers to some exercises, ready to be graded together.
pub struct AuthorsAnswers<'c> {
    exercises: Vec<&'c Exercise>,
    solutions: Vec<Vec<Solution>>,
    answers: Vec<Answer<'c>>,
}

impl<'c> AuthorsAnswers<'c> {
    /// Reads the answers to `exercises`, or only a few of each if `quick`. `shown` turns a path
    /// into the one shown to the user.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(
        course: &'c Course,
        exercises: Vec<&'c Exercise>,
        quick: bool,
        shown: impl Fn(&Path) -> PathBuf,
    ) -> Result<Self, Problems> {
        let mut solutions = course.solutions(&exercises)?;
        if quick {
            solutions = solutions.into_iter().map(few).collect();
        }
        let mut answers = Vec::new();
        for (exercise, solutions) in exercises.iter().zip(&solutions) {
            let file = explained(course, exercise);
            let text = fs::read_to_string(file).unwrap_or_default();
            answers.extend(solutions.iter().map(|solution| Answer {
                exercise,
                label: Some(solution.label.clone()),
                shown_as: shown(&solution.path),
                source: Source::Text(solution.text.clone()),
                changed: None,
                wanted: wanted(solution, &text, quick),
            }));
        }
        Ok(Self { exercises, solutions, answers })
    }

    /// Grades all of them and compares the grades with the expected ones.
    ///
    /// # Errors
    /// The grader or the machine fails. A wrong grade is not an error.
    pub fn verify(
        &self,
        pipeline: &mut Pipeline<'_>,
        options: VerifyOptions,
    ) -> anyhow::Result<Vec<Verified>> {
        let grades = self.grade(pipeline, options.quick)?;
        let mut differences = vec![Vec::new(); grades.len()];
        for _ in 1..options.repeat {
            // Cached results would be identical by construction.
            pipeline.cache = None;
            for (index, again) in self.grade(pipeline, options.quick)?.iter().enumerate() {
                differences[index].extend(compare(&grades[index], again));
            }
        }
        let mut rated = grades.iter().zip(differences);
        let mut left = grades.iter();
        let mut verified = Vec::new();
        for (exercise, solutions) in self.exercises.iter().zip(&self.solutions) {
            let mut answers: Vec<_> = solutions
                .iter()
                .zip(rated.by_ref())
                .map(|(solution, (grade, differences))| rate(solution, grade, differences))
                .collect();
            if options.pristine
                && let Some(starter) = solutions.iter().position(|s| s.kind == Kind::Starter)
                && fs::read_to_string(exercise.answer_path())? != solutions[starter].text
            {
                let file = format!("exercises/{}/src/lib.rs", exercise.id);
                answers[starter].complaints.push(format!("{file} differs from the starter"));
            }
            let graded = left.by_ref().map(|grade| &grade.exercise);
            let shown: Vec<Shown<'_>> = solutions
                .iter()
                .zip(graded)
                .map(|(solution, graded)| Shown {
                    label: &solution.label,
                    diff: solution.diff.as_deref(),
                    graded,
                })
                .collect();
            let file = explained(pipeline.course, exercise);
            let explain = |text: &str| generated::explanation(text, &shown);
            let documents = match options.quick {
                true => Vec::new(),
                false => refresh(&file, EXPLAINED, options.bless, explain)?,
            };
            verified.push(Verified { id: exercise.id.clone(), answers, documents });
        }
        if !options.quick {
            let labelled = self.answers.iter().zip(&grades);
            let starters =
                labelled.filter(|(answer, _)| answer.label.as_deref() == Some("starter"));
            let starters: Vec<_> = starters.map(|(_, grade)| &grade.exercise).collect();
            verified.extend(readme(pipeline.course, options, &starters)?);
        }
        Ok(verified)
    }
}

impl AuthorsAnswers<'_> {
    /// Grades all of them; the grades are in the order of the answers. Wrong answers are graded in
    /// the model first, and only those still undecided are built for the other worlds as well. If
    /// `quick`, right answers are only sampled.
    fn grade(&self, pipeline: &mut Pipeline<'_>, quick: bool) -> anyhow::Result<Vec<Grade>> {
        let mut grades: Vec<Option<Grade>> = self.answers.iter().map(|_| None).collect();
        let in_part = |index: &usize| self.answers[*index].wanted.is_some();
        let (parts, others): (Vec<_>, Vec<_>) = (0..grades.len()).partition(in_part);
        let kinds: Vec<_> = self.solutions.iter().flatten().map(|solution| solution.kind).collect();
        let is_sampled = |index: &usize| quick && kinds[*index] == Kind::Right;
        let (samples, mut whole): (Vec<_>, Vec<_>) = others.into_iter().partition(is_sampled);
        pipeline.extent = Extent::In(World::Model);
        let in_model = self.in_slices(pipeline, &parts)?;
        for (index, grade) in parts.into_iter().zip(in_model) {
            if is_decided(&self.answers[index], &grade) {
                grades[index] = Some(grade);
            } else {
                whole.push(index);
            }
        }
        for (extent, indices) in [(Extent::Sample, samples), (Extent::Full, whole)] {
            pipeline.extent = extent;
            for (index, grade) in indices.iter().zip(self.in_slices(pipeline, &indices)?) {
                grades[*index] = Some(grade);
            }
        }
        Ok(grades.into_iter().flatten().collect())
    }

    /// Grades some of them, a slice at a time, so that what is built at one time stays small, and what is
    /// known is not lost if the run is stopped.
    fn in_slices(&self, pipeline: &Pipeline<'_>, indices: &[usize]) -> anyhow::Result<Vec<Grade>> {
        let slices = indices.chunks(SLICE).map(|slice| pipeline.grade(&self.some(slice)));
        Ok(slices.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn some(&self, indices: &[usize]) -> Vec<Answer<'_>> {
        indices.iter().map(|index| self.answers[*index].clone()).collect()
    }
}

/// Whether the model alone has decided every wanted check.
fn is_decided(answer: &Answer<'_>, grade: &Grade) -> bool {
    let decided = |name: &String| {
        let check = answer.exercise.checks.iter().find(|check| check.name == *name);
        let graded = grade.exercise.checks.iter().find(|check| check.name == *name);
        graded.is_some_and(|graded| {
            graded.verdict.is_failure() || check.is_some_and(|c| c.worlds == [World::Model])
        })
    };
    grade.exercise.compile_error.is_none() && answer.wanted.iter().flatten().all(decided)
}

/// The checks to run on an answer: those with a verdict declared by the author, and those shown in
/// the explanation (`text`). `None` means all checks: for right answers, for wrong answers without a
/// declared failure, and for starters, unless the verification is `quick`.
fn wanted(solution: &Solution, text: &str, quick: bool) -> Option<BTreeSet<String>> {
    let is_caught = solution.expect.values().any(|verdict| !verdict.is_pass());
    let in_part = match solution.kind {
        Kind::Right => false,
        Kind::Starter => quick,
        Kind::Wrong => true,
    };
    if !in_part || !is_caught {
        return None;
    }
    let shown = generated::pictured(text).filter(|(label, _)| *label == solution.label);
    let shown = shown.map(|(_, check)| check.to_owned());
    Some(solution.expect.keys().cloned().chain(shown).collect())
}

fn explained(course: &Course, exercise: &Exercise) -> PathBuf {
    course.root.join("solutions").join(&exercise.id).join(EXPLAINED)
}
