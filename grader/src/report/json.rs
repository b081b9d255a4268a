//! The report for programs. This schema is a promise: fields may be added, but none is renamed,
//! removed or given another meaning without a new [`SCHEMA`].
//!
//! The objects are the structs below, field by field. All text is safe to print: control
//! characters, and characters that hide text or change its direction, have been replaced.

use super::section;
use super::words;
use crate::explanation::{Explanation, Sources, explain, safe};
use crate::graded::{Facts, Graded, GradedCheck, GradedExercise};
use crate::world::World;
use serde::Serialize;

/// The version of this schema.
pub const SCHEMA: u32 = 2;

/// A grading run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of this schema: 2.
    pub schema: u32,
    /// Points earned over all exercises.
    pub score: u32,
    /// Points available over all exercises.
    pub max_score: u32,
    /// Whether the grader itself failed somewhere, so that the score is not final.
    pub grader_fault: bool,
    /// The exercises, in the order of their numbers.
    pub exercises: Vec<Exercise>,
    /// Folders of exercises that were not graded because they are unfinished or broken.
    pub left_out: Vec<String>,
}

/// One exercise.
#[derive(Clone, Debug, Serialize)]
pub struct Exercise {
    /// The folder's name, such as `08_rlock`.
    pub id: String,
    /// The number in the folder's name.
    pub number: u32,
    /// The package, such as `rlock`.
    pub name: String,
    /// The title.
    pub title: String,
    /// The file that was graded, as the user would name it.
    pub path: String,
    /// Points earned.
    pub score: u32,
    /// Points available.
    pub max_score: u32,
    /// `pass`, or the verdict of the first check that does not pass.
    pub verdict: &'static str,
    /// Why no check could run: rustc's diagnostics, what the course does not allow, or that no
    /// answer was submitted. Else `null`.
    pub compile_error: Option<String>,
    /// Items of `std` that the answer uses but the course leaves out, such as `std::fs`.
    pub missing_std: Vec<String>,
    /// The checks, in the order of `exercise.yaml`.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// The name of its `#[test]` function.
    pub name: String,
    /// Its doc comment.
    pub description: String,
    /// Points earned.
    pub points: u32,
    /// Points available.
    pub max_points: u32,
    /// One of `pass`, `wrong`, `deadlock`, `lost-wakeup`, `busy-wait`, `livelock`, `endless-loop`,
    /// `starvation`, `not-parallel`, `crash`, `time-out`, `limit`, `does-not-compile`, `contract`,
    /// `too-large`, `forbidden`, `not-submitted`, `grader-fault`.
    pub verdict: &'static str,
    /// The world that decided: `model`, `native` or `compile`. `null` if nothing ran.
    pub world: Option<&'static str>,
    /// What happened, in a few sentences. Empty for a pass.
    pub message: String,
    /// Schedules that the model ran for this check.
    pub schedules: u64,
    /// How much was tried in each world that ran to its end.
    pub coverage: Vec<Coverage>,
    /// The token for `grader replay`, if a schedule failed.
    pub replay: Option<String>,
    /// What the failing run printed.
    pub output: String,
    /// Why it failed: the whole [`Explanation`], with the marked lines of the source and the rows
    /// of the picture. `null` for a pass, and if no check of the exercise could run.
    pub explanation: Option<Explanation>,
}

/// How much was tried in a world.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// `model`, `native` or `compile`.
    pub world: &'static str,
    /// Schedules that the systematic search ran; rounds in the native world.
    pub systematic: u64,
    /// Schedules that the random strategies ran.
    pub random: u64,
    /// Every schedule with at most this many preemptions was run. `null` if not even all schedules
    /// without preemption were run.
    pub preemption_bound: Option<u32>,
    /// Every interleaving with at most this many spurious events was run (wakeups without a reason,
    /// deadlines that pass early, weak exchanges that fail without one), or one that differs from it
    /// only in the order of steps that have nothing to do with each other. `null` if none can be
    /// claimed.
    pub spurious_events: Option<u32>,
    /// Every possible schedule was run.
    pub exhausted: bool,
}

impl Report {
    pub(super) fn of(graded: &Graded) -> Self {
        Self {
            schema: SCHEMA,
            score: graded.score(),
            max_score: graded.max_score(),
            grader_fault: graded.has_fault(),
            exercises: graded.exercises.iter().map(Exercise::of).collect(),
            left_out: graded.left_out.iter().map(|id| safe::line(id)).collect(),
        }
    }
}

impl Exercise {
    fn of(exercise: &GradedExercise) -> Self {
        let sources = Sources::of(exercise);
        let error = exercise.compile_error.as_ref();
        let missing = error.map(|error| error.missing_std.as_slice()).unwrap_or_default();
        let checks = exercise.checks.iter().zip(explain(exercise));
        Self {
            id: safe::line(&exercise.id),
            number: exercise.number,
            name: safe::line(&exercise.name),
            title: safe::line(&exercise.title),
            path: safe::path(&exercise.answer_path),
            score: exercise.score(),
            max_score: exercise.max_score(),
            verdict: exercise.verdict().name(),
            compile_error: section::why_nothing_ran(exercise, &sources),
            missing_std: missing.iter().map(|item| safe::line(item)).collect(),
            checks: checks.map(|(check, explanation)| Check::of(check, explanation)).collect(),
        }
    }
}

impl Check {
    pub(super) fn of(check: &GradedCheck, explanation: Option<Explanation>) -> Self {
        Self {
            name: safe::line(&check.name),
            description: safe::text(&check.doc),
            points: check.points,
            max_points: check.max_points,
            verdict: check.verdict.name(),
            world: check.world.map(words::world),
            message: explanation.as_ref().map(Explanation::message).unwrap_or_default(),
            schedules: schedules(check),
            coverage: check.coverage.iter().map(Coverage::of).collect(),
            replay: check.replay.as_deref().map(safe::line),
            output: safe::text(&check.output),
            explanation,
        }
    }
}

/// How many schedules the model ran.
fn schedules(check: &GradedCheck) -> u64 {
    let model = check.coverage.iter().filter(|(world, _)| *world == World::Model);
    let tried = model.map(|(_, coverage)| coverage.schedules()).max();
    tried.unwrap_or_else(|| match &check.facts {
        Facts::Ended(outcome) if check.world == Some(World::Model) => outcome.coverage.schedules(),
        _ => 0,
    })
}

impl Coverage {
    fn of((world, coverage): &(World, record::Coverage)) -> Self {
        let record::Coverage { systematic, random, bound, odd_events, exhausted } = *coverage;
        let world = words::world(*world);
        Self {
            world,
            systematic,
            random,
            preemption_bound: bound,
            spurious_events: odd_events,
            exhausted,
        }
    }
}
