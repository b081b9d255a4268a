//! An exercise in the book: its task and its explanation.

use crate::course::patch::hunks;
use crate::course::{Course, EXPLAINED, Exercise, Kind, Solution};
use crate::generated;
use crate::graded::GradedExercise;
use crate::report;
use crate::source::Source;
use crate::submission::Answer;
use anyhow::Context;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of an exercise's task, and of the course's README.
pub(super) const README: &str = "README.md";

/// The texts about one exercise.
#[derive(Debug)]
pub(super) struct Chapter<'c> {
    pub(super) exercise: &'c Exercise,
    /// Its task, in Markdown.
    pub(super) task: String,
    /// The explanation as its author wrote it.
    explained: String,
    solutions: Vec<Solution>,
}

impl<'c> Chapter<'c> {
    pub(super) fn read(
        course: &Course,
        exercise: &'c Exercise,
        solutions: Vec<Solution>,
    ) -> anyhow::Result<Self> {
        let read = |file: PathBuf| {
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
        };
        let task = read(exercise.folder.join(README))?;
        let explained = read(course.root.join("solutions").join(&exercise.id).join(EXPLAINED))?;
        Ok(Self { exercise, task, explained, solutions })
    }

    /// The answers whose failures the explanation shows, each with the checks that it shows.
    pub(super) fn answers(&self, shown: impl Fn(&Path) -> PathBuf) -> Vec<Answer<'c>> {
        let checks = |solution: &Solution| -> BTreeSet<String> {
            let pictured = generated::pictured(&self.explained);
            let own = pictured.filter(|(label, _)| *label == solution.label);
            own.map(|(_, check)| check.to_owned()).collect()
        };
        let pictured = self.solutions.iter().map(|solution| (solution, checks(solution)));
        let pictured = pictured.filter(|(_, checks)| !checks.is_empty());
        let answers = pictured.map(|(solution, checks)| Answer {
            exercise: self.exercise,
            label: Some(solution.label.clone()),
            shown_as: shown(&solution.path),
            source: Source::Text(solution.text.clone()),
            changed: None,
            wanted: Some(checks),
        });
        answers.collect()
    }

    /// The explanation with drawings. `graded` are the results of the [`answers`](Self::answers).
    pub(super) fn explanation(&self, graded: Vec<&GradedExercise>) -> String {
        let pictured = self.answers(Path::to_owned);
        let find = |label: &str| {
            let place = pictured.iter().position(|it| it.label.as_deref() == Some(label))?;
            graded.get(place).copied()
        };
        let picture = |wanted: &str| {
            let (label, name) = wanted.split_once(' ')?;
            let answer = find(label)?;
            let check = answer.checks.iter().find(|it| it.name == name.trim())?;
            let id = format!("{}-{name}", label.replace('/', "-"));
            Some(report::figure(&id, answer, check))
        };
        let wrong = || self.solutions.iter().filter(|it| it.kind == Kind::Wrong);
        let page =
            generated::illustrated(&self.explained, |order| match order.split_once(": ")? {
                ("picture", wanted) => picture(wanted),
                ("fault", label) => wrong().find(|it| it.label == label).map(fold),
                _ => None,
            });
        let all: Vec<String> = wrong().map(fold).collect();
        format!(
            "{}\n\n## Every wrong answer\n\nEach of these must fail; that is how the course checks its \
             checks.\n\n{}",
            page.trim_end(),
            all.join("\n")
        )
    }
}

/// A wrong answer: its fault, and behind a fold the change that puts the fault into a right answer, or
/// all of it if it is no patch.
fn fold(wrong: &Solution) -> String {
    let name = wrong.label.rsplit('/').next().unwrap_or(&wrong.label);
    let fault =
        wrong.fault.as_deref().map(|fault| format!(": {}", report::sentence_as_html(fault)));
    let (language, code) = match &wrong.diff {
        Some(diff) => ("diff", hunks(diff)),
        None => ("rust", wrong.text.clone()),
    };
    format!(
        "<details><summary><code>{name}</code>{}</summary>\n\n```{language}\n{}\n```\n\n</details>\n",
        fault.unwrap_or_default(),
        code.trim_end()
    )
}
