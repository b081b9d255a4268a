//! From answers to grades: stage, build, run, judge.

use crate::cache::{Cache, Entry};
use crate::compile::{self, Built};
use crate::course::{Check, Course, TestFile};
use crate::diagnostics::{self, Names};
use crate::forbidden;
use crate::graded::{Facts, GradedExercise, SourceFile, World};
use crate::judge;
use crate::layout::Layout;
use crate::progress::{Event, Listener};
use crate::run::{Job, Program, Runner, WorldLimits};
use crate::source::Source;
use crate::stage::{Part, Stage, program_name};
use crate::submission::Answer;
use anyhow::Context;
use blake3::Hash;
use record::Task;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Grades answers to a course's exercises.
pub struct Pipeline<'a> {
    /// The course.
    pub course: &'a Course,
    /// Where things lie.
    pub layout: &'a Layout,
    /// What a check may use.
    pub limits: WorldLimits,
    /// Results of earlier runs, if they may be used.
    pub cache: Option<Cache>,
    /// Told how far a run is.
    pub listener: Listener<'a>,
    /// Which staged workspace to use: `grade` for a learner's answers, `verify` for the authors'.
    pub purpose: &'a str,
    /// How much is run.
    pub reach: Reach,
}

/// How much of an exercise is run on an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All checks in all their worlds.
    #[default]
    Full,
    /// Checks until one fails. The rest have no result.
    FirstFailure,
    /// The same in one world, without the checks that do not run there.
    FirstFailureIn(World),
    /// All checks in one world, without those that do not run there.
    In(World),
}

impl Reach {
    /// Whether one failure is enough.
    fn until_failure(self) -> bool {
        matches!(self, Self::FirstFailure | Self::FirstFailureIn(_))
    }
}

/// An answer's grade.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The graded exercise.
    pub exercise: GradedExercise,
    /// What rustc warned of in the answer.
    pub warnings: Vec<String>,
}

impl Pipeline<'_> {
    /// Grade `answers`; the grades are in the same order.
    ///
    /// # Errors
    /// Only what is the grader's or the machine's fault.
    pub fn grade(&self, answers: &[Answer<'_>]) -> anyhow::Result<Vec<Grade>> {
        let mut items = Vec::new();
        for answer in answers {
            let mut item = Item::new(answer, self.reach);
            if let (Some(cache), Some(text)) = (&self.cache, item.text) {
                let key = cache.key(answer, text, self.reach)?;
                item.known = cache.get(&key).unwrap_or_default();
                item.key = Some(key);
            }
            items.push(item);
        }
        self.finish(&mut items, &Task::Search)?;
        let is_new = items.iter().any(|item| item.is_new);
        if let Some(cache) = self.cache.as_ref().filter(|_| is_new)
            && cache.is_current()?
        {
            for item in items.iter().filter(|item| item.is_new) {
                item.key.map(|key| cache.put(&key, &item.known)).transpose()?;
            }
        }
        Ok(items.into_iter().map(|item| item.grade(self.course)).collect())
    }

    /// The same cache, for other limits.
    ///
    /// # Errors
    /// The worlds cannot be read.
    pub fn reopened(&self, limits: WorldLimits) -> anyhow::Result<Option<Cache>> {
        self.cache.as_ref().map(|_| Cache::open(self.layout, &limits)).transpose()
    }

    /// Run one schedule of `check` again, in the model. The graded exercise has that check alone.
    ///
    /// # Errors
    /// Only what is the grader's or the machine's fault.
    pub fn replay(
        &self,
        answer: &Answer<'_>,
        check: &Check,
        token: &str,
    ) -> anyhow::Result<GradedExercise> {
        let mut item = Item::new(answer, Reach::Full);
        item.only = Some(check);
        let mut items = [item];
        self.finish(&mut items, &Task::Replay(token.to_owned()))?;
        let [item] = items;
        Ok(item.grade(self.course).exercise)
    }

    /// Stage, build and run what is not known yet.
    fn finish(&self, items: &mut [Item<'_, '_>], task: &Task) -> anyhow::Result<()> {
        if items.iter().any(|item| !item.open_checks().is_empty()) {
            let _lock = self.lock()?;
            let (stage, places) = self.stage(items)?;
            let built =
                compile::build(&stage, &self.layout.build(), self.limits.build, self.listener)?;
            for (index, item) in items.iter_mut().enumerate() {
                let of_item = |place: &usize| places[*place].0 == index;
                let worlds: Vec<_> = (0..places.len())
                    .filter(of_item)
                    .map(|place| (places[place].1, stage.packages[place].as_str(), &built[place]))
                    .collect();
                self.note_diagnostics(item, &worlds);
            }
            self.run(items, task, |index, world| {
                let place = places.iter().position(|place| *place == (index, world))?;
                Some((stage.package(place), &built[place]))
            });
            if self.reach.until_failure() {
                // Mutants are many, and none is built a second time.
                compile::discard(&stage, &self.layout.build())?;
            }
        }
        (self.listener)(Event::Finished);
        Ok(())
    }

    /// Stage each open answer in each world that its open checks need: the stage, and the item and
    /// world of each package.
    fn stage(&self, items: &[Item<'_, '_>]) -> anyhow::Result<(Stage, Vec<(usize, World)>)> {
        let (mut parts, mut places) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let checks = item.open_checks();
            let worlds: BTreeSet<_> = checks.iter().flat_map(|check| item.worlds(check)).collect();
            for world in worlds {
                let runs_there = |check: &&Check| item.worlds(check).contains(&world);
                parts.push(Part {
                    exercise: item.answer.exercise,
                    label: item.answer.label.as_deref(),
                    text: item.text.unwrap_or_default(),
                    world,
                    checks: checks.iter().copied().filter(runs_there).collect(),
                });
                places.push((index, world));
            }
        }
        let exercises = &self.course.exercises;
        let stage = Stage::lay_out(self.layout, self.purpose, exercises, &parts)?;
        Ok((stage, places))
    }

    /// Keep what rustc says about an answer.
    fn note_diagnostics(&self, item: &mut Item<'_, '_>, worlds: &[(World, &str, &Built)]) {
        let answer = item.answer;
        let names = Names {
            answer: &answer.shown_as,
            exercise: &Path::new("exercises").join(&answer.exercise.id),
            course: &self.course.root,
        };
        if worlds.is_empty() {
            // Nothing was built now: what is known of it stands.
            return;
        }
        item.is_new = true;
        item.known.compile_error = diagnostics::compile_error(worlds, names);
        if let Some((_, package, built)) = worlds.first() {
            let warnings = built.warnings.iter();
            item.known.warnings =
                warnings.map(|warning| diagnostics::named(warning, package, names)).collect();
        }
    }

    /// Run the open checks of every answer that was built.
    fn run<'b>(
        &self,
        items: &mut [Item<'_, '_>],
        task: &Task,
        built: impl Fn(usize, World) -> Option<(PathBuf, &'b Built)>,
    ) {
        let (mut jobs, mut owners) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            for check in item.open_checks() {
                let target = check.file.file_stem().unwrap_or_default().to_string_lossy();
                let program = |world| {
                    let (package, built) = built(index, world)?;
                    let own = |file: &TestFile| {
                        let name = package.file_name()?.to_string_lossy();
                        let program = built.programs.get(&program_name(&name, &file.stem()))?;
                        Some((file.stem(), program.clone()))
                    };
                    let own = item.answer.exercise.programs.iter().filter_map(own).collect();
                    let path = built.tests.get(&*target).cloned();
                    Some(Program { world, path, package, own })
                };
                let programs = item.worlds(check).into_iter().filter_map(program).collect();
                let exercise = item.answer.exercise;
                jobs.push(Job { exercise, check, programs, task: task.clone(), answer: index });
                owners.push(index);
            }
        }
        let target = self.layout.build();
        let until_failure = self.reach.until_failure();
        let (limits, listener) = (self.limits, self.listener);
        let runner = Runner { limits, target: &target, until_failure, listener };
        let graded = runner.run(&jobs);
        drop(jobs);
        for (owner, check) in owners.into_iter().zip(graded) {
            items[owner].known.checks.extend(check);
        }
    }

    /// One grader at a time works in a course's state.
    fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.layout.state)?;
        let file = File::create(self.layout.state.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let note = "another grader is at work on this course: waiting for it";
                (self.listener)(Event::Note(note));
                file.lock().context("waiting for another grader")?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("locking the state"),
        }
        Ok(file)
    }
}

/// An answer on its way.
struct Item<'a, 'c> {
    answer: &'a Answer<'c>,
    /// The content, where it may be compiled.
    text: Option<&'a str>,
    /// Why it may not be compiled.
    facts: Option<Facts>,
    /// The one check that is asked for, in the model only. `None`: all, in all their worlds.
    only: Option<&'a Check>,
    reach: Reach,
    key: Option<Hash>,
    known: Entry,
    /// Something was found out that the cache does not know.
    is_new: bool,
}

impl<'a, 'c> Item<'a, 'c> {
    fn new(answer: &'a Answer<'c>, reach: Reach) -> Self {
        let (text, facts) = match &answer.source {
            Source::Absent => (None, Some(Facts::NotSubmitted)),
            Source::Refused(refusal) => (None, Some(Facts::Refused(vec![refusal.clone()]))),
            Source::Text(text) => match forbidden::find(text) {
                refusals if refusals.is_empty() => (Some(text.as_str()), None),
                refusals => (None, Some(Facts::Refused(refusals))),
            },
        };
        let known = Entry::default();
        Self { answer, text, facts, only: None, reach, key: None, known, is_new: false }
    }

    /// The checks that are asked for.
    fn checks(&self) -> impl Iterator<Item = &'a Check> {
        let (only, reach, wanted) = (self.only, self.reach, &self.answer.wanted);
        self.answer.exercise.checks.iter().filter(move |check| {
            let within = match reach {
                Reach::Full | Reach::FirstFailure => true,
                Reach::FirstFailureIn(world) | Reach::In(world) => check.worlds.contains(&world),
            };
            let wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&check.name));
            within && wanted && only.is_none_or(|only| only.name == check.name)
        })
    }

    /// The checks that have to be run. None where the answer is known not to compile, or to fail if
    /// that is all that is asked.
    fn open_checks(&self) -> Vec<&'a Check> {
        let has_failed = self.known.checks.iter().any(|check| check.verdict.is_failure());
        if self.text.is_none()
            || self.known.compile_error.is_some()
            || self.reach.until_failure() && has_failed
        {
            return Vec::new();
        }
        self.checks().filter(|check| self.known.check(&check.name).is_none()).collect()
    }

    fn worlds(&self, check: &Check) -> Vec<World> {
        match (self.only, self.reach) {
            (Some(_), _) => vec![World::Model],
            (None, Reach::FirstFailureIn(world) | Reach::In(world)) => vec![world],
            (None, Reach::Full | Reach::FirstFailure) => check.worlds.clone(),
        }
    }

    fn grade(self, course: &Course) -> Grade {
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
        let sources = exercise.tests.iter().filter(|file| file.is_target());
        let source = |file: &TestFile| SourceFile {
            path: file.path.clone(),
            text: String::from_utf8_lossy(&file.content).into_owned(),
        };
        let answer_text = match &self.answer.source {
            Source::Text(text) => text.clone(),
            Source::Refused(_) | Source::Absent => String::new(),
        };
        let graded = GradedExercise {
            is_starter: course.starter(exercise).is_some_and(|starter| starter == answer_text),
            id: exercise.id.clone(),
            number: exercise.number,
            name: exercise.name.clone(),
            title: exercise.title.clone(),
            answer_path: self.answer.shown_as.clone(),
            answer_text,
            check_files: sources.map(source).collect(),
            compile_error: self.known.compile_error,
            checks,
        };
        Grade { exercise: graded, warnings: self.known.warnings }
    }
}
