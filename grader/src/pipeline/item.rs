//! An answer on its way through the pipeline.

use super::grade::Grade;
use crate::cache::Entry;
use crate::course::{Check, Course, TestFile};
use crate::extent::Extent;
use crate::forbidden;
use crate::graded::{Facts, GradedExercise, Refusal, SourceFile};
use crate::judge;
use crate::source::Source;
use crate::submission::Answer;
use crate::world::World;
use blake3::Hash;

/// An answer on its way through the pipeline.
pub(super) struct Item<'a, 'c> {
    pub(super) answer: &'a Answer<'c>,
    /// The content, if it may be compiled.
    pub(super) text: Option<&'a str>,
    /// Why it may not be compiled.
    pub(super) facts: Option<Facts>,
    /// The only check to run, in the model. `None` means all checks, in all their worlds.
    pub(super) only: Option<&'a Check>,
    pub(super) extent: Extent,
    /// It does not compile with what the stage inserts.
    pub(super) plain: bool,
    pub(super) key: Option<Hash>,
    pub(super) known: Entry,
    /// Whether there are results that are not in the cache.
    pub(super) is_new: bool,
}

impl<'a, 'c> Item<'a, 'c> {
    pub(super) fn new(answer: &'a Answer<'c>, extent: Extent) -> Self {
        let (text, facts) = match &answer.source {
            Source::Absent => (None, Some(Facts::NotSubmitted)),
            Source::Refused(refusal) => (None, Some(Facts::Refused(vec![refusal.clone()]))),
            Source::Text(text) => match forbidden::find(text) {
                refusals if refusals.is_empty() => (Some(text.as_str()), None),
                refusals => (None, Some(Facts::Refused(refusals))),
            },
        };
        let known = Entry::default();
        let (only, key, plain) = (None, None, false);
        Self { answer, text, facts, only, extent, plain, key, known, is_new: false }
    }

    /// Refuses the answer after it was compiled. Nothing that was built or said is used.
    pub(super) fn refuse(&mut self, refusals: Vec<Refusal>) {
        self.text = None;
        self.facts = Some(Facts::Refused(refusals));
        self.known = Entry::default();
        self.is_new = false;
    }

    /// The requested checks.
    pub(super) fn checks(&self) -> impl Iterator<Item = &'a Check> {
        let (only, extent, wanted) = (self.only, self.extent, &self.answer.wanted);
        self.answer.exercise.checks.iter().filter(move |check| {
            let within = match extent {
                Extent::Full | Extent::Sample | Extent::FirstFailure => true,
                Extent::FirstFailureIn(world) | Extent::In(world) => check.worlds.contains(&world),
            };
            let wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&check.name));
            within && wanted && only.is_none_or(|only| only.name == check.name)
        })
    }

    /// The checks still to be run. There are none if the answer is known not to compile, or if it
    /// is known to fail and one failure is enough.
    pub(super) fn open_checks(&self) -> Vec<&'a Check> {
        let has_failed = self.known.checks.iter().any(|check| check.verdict.is_failure());
        if self.text.is_none()
            || self.known.compile_error.is_some()
            || self.extent.until_failure() && has_failed
        {
            return Vec::new();
        }
        self.checks().filter(|check| self.known.check(&check.name).is_none()).collect()
    }

    pub(super) fn worlds(&self, check: &Check) -> Vec<World> {
        match (self.only, self.extent) {
            (Some(_), _) => vec![World::Model],
            (None, Extent::FirstFailureIn(world) | Extent::In(world)) => vec![world],
            (None, Extent::Full | Extent::Sample | Extent::FirstFailure) => check.worlds.clone(),
        }
    }

    pub(super) fn grade(self, course: &Course) -> Grade {
        let exercise = self.answer.exercise;
        let facts = match (&self.facts, &self.known.compile_error) {
            (Some(facts), _) => facts.clone(),
            (None, Some(_)) => Facts::NotBuilt,
            (None, None) => Facts::Fault("the check was not run".to_owned()),
        };
        let grade = |check: &Check| match self.known.check(&check.name) {
            Some(graded) => graded.clone(),
            None => judge::judge(check, None, facts.clone(), Vec::new(), String::new()),
        };
        let checks = self.checks().map(grade).collect();
        let tests = exercise.tests.iter().filter(|file| file.is_target());
        let sources = tests.chain(&exercise.programs);
        let source = |file: &TestFile| SourceFile {
            path: file.path.clone(),
            text: String::from_utf8_lossy(&file.content).into_owned(),
        };
        let answer_text = match &self.answer.source {
            Source::Text(text) => text.clone(),
            Source::Refused(_) | Source::Absent => String::new(),
        };
        let graded = GradedExercise {
            is_starter: course.starter(&exercise.id).is_some_and(|starter| starter == answer_text),
            id: exercise.id.clone(),
            number: exercise.number,
            name: exercise.name.clone(),
            title: exercise.title.clone(),
            changed: self.answer.changed,
            answer_path: self.answer.shown_as.clone(),
            answer_text,
            check_files: sources.map(source).collect(),
            mistake: None,
            compile_error: self.known.compile_error,
            checks,
        };
        let Entry { warnings, insertion_error, .. } = self.known;
        Grade { exercise: graded, warnings, insertion_error }
    }
}
