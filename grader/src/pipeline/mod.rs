//! Turns answers into grades: stage, build, run, judge.

mod grade;
mod item;
mod prepare;
mod second_look;
mod steerable;

pub use grade::Grade;
pub use steerable::{Prepared, Steerable};

use crate::cache::Cache;
use crate::compile::{self, Built};
use crate::course::{Check, Course};
use crate::diagnostics::{self, Names};
use crate::extent::Extent;
use crate::graded::{GradedExercise, Refusal};
use crate::job::{Job, Program, WorldLimits};
use crate::judge;
use crate::last_drop;
use crate::layout::Layout;
use crate::progress::{Event, Listener};
use crate::run::Runner;
use crate::stage::{LEARNERS, Part, REPEATED, Stage};
use crate::statics;
use crate::submission::Answer;
use crate::world::World;
use anyhow::Context;
use item::Item;
use record::{Budget, Interleavings, Task};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Grades answers to a course's exercises.
pub struct Pipeline<'a> {
    /// The course.
    pub course: &'a Course,
    /// The folders to use.
    pub layout: &'a Layout,
    /// The limits in each world.
    pub limits: WorldLimits,
    /// The results of earlier runs, if they may be used.
    pub cache: Option<Cache>,
    /// Receives progress events.
    pub listener: Listener<'a>,
    /// Which staged workspace to use: `grade` for a learner's answers, `verify` for the authors',
    /// and `repeat` if these run several times.
    pub purpose: &'a str,
    /// How much to run.
    pub extent: Extent,
    /// Whether to build an answer a second time if it loops without end, hangs or crashes, to find
    /// out where.
    pub looks_again: bool,
}

impl Pipeline<'_> {
    /// Grades `answers`. The grades are in the same order.
    ///
    /// # Errors
    /// The grader or the machine fails.
    pub fn grade(&self, answers: &[Answer<'_>]) -> anyhow::Result<Vec<Grade>> {
        let mut items = self.looked_up(answers)?;
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

    /// The grades of those of `answers` that earlier runs have graded in full. Nothing is run.
    ///
    /// # Errors
    /// The exercises' files cannot be read.
    pub fn known(&self, answers: &[Answer<'_>]) -> anyhow::Result<Vec<Option<GradedExercise>>> {
        let known = |item: Item<'_, '_>| {
            item.open_checks().is_empty().then(|| item.grade(self.course).exercise)
        };
        Ok(self.looked_up(answers)?.into_iter().map(known).collect())
    }

    /// An item for each answer, with what the cache knows of it.
    fn looked_up<'i, 'c>(&self, answers: &'i [Answer<'c>]) -> anyhow::Result<Vec<Item<'i, 'c>>> {
        let look_up = |answer: &'i Answer<'c>| {
            let mut item = Item::new(answer, self.extent);
            if let (Some(cache), Some(text)) = (&self.cache, item.text) {
                let key = cache.key(answer, text, self.extent)?;
                item.known = cache.get(&key).unwrap_or_default();
                item.key = Some(key);
            }
            Ok(item)
        };
        answers.iter().map(look_up).collect()
    }

    /// Opens the same cache for other limits.
    ///
    /// # Errors
    /// The worlds cannot be read.
    pub fn reopened(&self, limits: WorldLimits) -> anyhow::Result<Option<Cache>> {
        self.cache.as_ref().map(|_| Cache::open(self.layout, &limits)).transpose()
    }

    /// Replays one schedule of `check` in the model. The graded exercise contains only that check.
    ///
    /// # Errors
    /// The grader or the machine fails.
    pub fn replay(
        &self,
        answer: &Answer<'_>,
        check: &Check,
        token: &str,
    ) -> anyhow::Result<GradedExercise> {
        let mut item = Item::new(answer, Extent::Full);
        item.only = Some(check);
        let mut items = [item];
        self.finish(&mut items, &Task::Replay(token.to_owned()))?;
        let [item] = items;
        Ok(item.grade(self.course).exercise)
    }

    /// Stages, builds and runs everything that is not known yet.
    fn finish(&self, items: &mut [Item<'_, '_>], task: &Task) -> anyhow::Result<()> {
        if items.iter().any(|item| !item.open_checks().is_empty()) {
            let _lock = self.lock()?;
            let Ready { stage, places, built } = self.ready(items)?;
            self.run(items, task, |index, world| {
                let place = places.iter().position(|place| *place == (index, world))?;
                Some((stage.package(place), &built[place]))
            });
            if self.looks_again && matches!(task, Task::Search) {
                // This only adds locations to results that are complete without them, so an error
                // here must not lose the results.
                if let Err(error) = self.look_again(items) {
                    let note = format!("cannot locate the hang or crash: {error:#}");
                    (self.listener)(Event::Note(&note));
                }
            }
            self.discard(&built);
        }
        (self.listener)(Event::Finished);
        Ok(())
    }

    /// Stages and builds everything that is not known yet. What rustc says of the answers goes to the
    /// items.
    fn ready(&self, items: &mut [Item<'_, '_>]) -> anyhow::Result<Ready> {
        let (mut stage, places) = self.stage(items)?;
        let mut built = self.build(&stage)?;
        // What the stage inserts must never be the reason why an answer does not compile.
        let fails =
            |place: &usize| places[*place].1 == World::Model && !built[*place].errors.is_empty();
        let failing: Vec<usize> = (0..places.len()).filter(fails).collect();
        if !failing.is_empty() {
            for &place in &failing {
                let item = &mut items[places[place].0];
                item.plain = true;
                let errors = built[place].errors.iter();
                item.known.insertion_error = errors.map(|it| it.rendered.clone()).next();
            }
            stage = self.stage(items)?.0;
            built = self.build(&stage)?;
        }
        for (index, item) in items.iter_mut().enumerate() {
            let of_item = |place: &usize| places[*place].0 == index;
            let beside = (0..places.len()).filter(of_item).flat_map(|it| &built[it].beside);
            if let Some(refusals) = refusals(beside, &self.course.root) {
                item.refuse(refusals);
                continue;
            }
            let worlds: Vec<_> = (0..places.len())
                .filter(of_item)
                .map(|place| (places[place].1, stage.packages[place].as_str(), &built[place]))
                .collect();
            self.note_diagnostics(item, &worlds);
        }
        Ok(Ready { stage, places, built })
    }

    /// Stages each answer with open checks, in each world that they need. Returns the stage, and
    /// the item and world of each package.
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
                    plain: item.plain,
                });
                places.push((index, world));
            }
        }
        let exercises = &self.course.exercises;
        let stage = Stage::lay_out(self.layout, self.purpose, exercises, &parts)?;
        Ok((stage, places))
    }

    fn build(&self, stage: &Stage) -> anyhow::Result<Vec<Built>> {
        compile::build(stage, &self.layout.build(), self.limits.build, self.listener)
    }

    /// Removes what was built if it is not built again: the authors' answers, and mutants. There are many
    /// of both, and each takes some megabytes.
    fn discard(&self, built: &[Built]) {
        if [LEARNERS, REPEATED].contains(&self.purpose) {
            return;
        }
        // The results are complete without this, so an error here must not lose them.
        if let Err(error) = compile::discard(built, &self.layout.build()) {
            let note = format!("what was built stays on the disk: {error:#}");
            (self.listener)(Event::Note(&note));
        }
    }

    /// Stores rustc's messages about an answer.
    fn note_diagnostics(&self, item: &mut Item<'_, '_>, worlds: &[(World, &str, &Built)]) {
        let answer = item.answer;
        let names = Names {
            answer: &answer.shown_as,
            exercise: &Path::new("exercises").join(&answer.exercise.id),
            course: &self.course.root,
        };
        if worlds.is_empty() {
            // Nothing was built in this run, so the known messages remain valid.
            return;
        }
        item.is_new = true;
        item.known.compile_error = diagnostics::compile_error(worlds, names);
        // In the model, rustc may warn of what the stage inserts.
        let plain = worlds.iter().find(|(world, ..)| *world != World::Model);
        if let Some((_, package, built)) = plain.or(worlds.first()) {
            let warnings = built.warnings.iter();
            item.known.warnings =
                warnings.map(|warning| diagnostics::named(warning, package, names)).collect();
        }
    }

    /// Runs the open checks of every answer that was built.
    fn run<'b>(
        &self,
        items: &mut [Item<'_, '_>],
        task: &Task,
        built: impl Fn(usize, World) -> Option<(PathBuf, &'b Built)>,
    ) {
        let (mut jobs, mut owners) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let separate_runs = item.text.is_some_and(statics::are_in);
            let interleavings = interleavings(item);
            for check in item.open_checks() {
                let exercise = item.answer.exercise;
                let program = |world| {
                    let (package, built) = built(index, world)?;
                    Some(Program::of(exercise, check, world, built, package))
                };
                let programs = item.worlds(check).into_iter().filter_map(program).collect();
                let (task, answer) = (task.clone(), index);
                let budget = Budget { interleavings, ..self.extent.of(check.budget) };
                jobs.push(Job { exercise, check, budget, programs, task, answer, separate_runs });
                owners.push(index);
            }
        }
        let target = self.layout.build();
        let until_failure = self.extent.until_failure();
        let (limits, listener) = (self.limits, self.listener);
        let runner = Runner { limits, target: &target, until_failure, listener };
        let judged = jobs.iter().zip(runner.run(&jobs)).map(|(job, ran)| {
            let ran = ran?;
            Some(judge::judge(job.check, ran.world, ran.facts, ran.coverage, ran.output))
        });
        let judged: Vec<_> = judged.collect();
        drop(jobs);
        for (owner, check) in owners.into_iter().zip(judged) {
            items[owner].known.checks.extend(check);
        }
    }

    /// Locks the course's state, so that only one grader at a time uses it.
    fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.layout.state)?;
        let file = File::create(self.layout.state.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let note = "waiting for another grader that is running on this course";
                (self.listener)(Event::Note(note));
                file.lock().context("waiting for another grader")?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("locking the state"),
        }
        Ok(file)
    }
}

/// What was built.
struct Ready {
    stage: Stage,
    /// The item and the world of each package.
    places: Vec<(usize, World)>,
    /// What came of each package.
    built: Vec<Built>,
}

/// Why an answer is refused for which rustc has read what is in `beside`. `None` if that is nothing.
/// Files of the course are named from its root, `course`.
fn refusals<'b>(beside: impl Iterator<Item = &'b String>, course: &Path) -> Option<Vec<Refusal>> {
    let beside: BTreeSet<&String> = beside.collect();
    let refusal = |read: &&String| {
        let read = Path::new(read).strip_prefix(course).unwrap_or(Path::new(read)).display();
        Refusal {
            message: format!(
                "the compiler read `{read}` for this answer; an answer is a single file that \
                 depends on nothing else, so put into it what it needs"
            ),
            at: None,
        }
    };
    (!beside.is_empty()).then(|| beside.iter().map(refusal).collect())
}

/// Which interleavings of the answer's checks to search.
fn interleavings(item: &Item<'_, '_>) -> Interleavings {
    let tests = item.answer.exercise.tests_in(World::Model);
    match item.text {
        Some(text) if !last_drop::matters(text, tests) => Interleavings::Distinct,
        // Some might be left out that lead to other states.
        _ => Interleavings::None,
    }
}
