//! The report for programs. This schema is a promise: fields may be added, but none is renamed,
//! removed or given another meaning without a new [`SCHEMA`].
//!
//! Objects are the structs below, field by field. All text in it is safe to print: control
//! characters and such that hide text or turn its direction have been replaced.

use super::names::ObjectName;
use super::safe;
use super::scene::Scene;
use super::section;
use super::sources::Sources;
use super::story::{Length, Mark, Row, Story};
use super::words;
use super::words::failure::Part;
use crate::graded::{Facts, Graded, GradedCheck, GradedExercise, World};
use serde::Serialize;

/// The version of this schema.
pub const SCHEMA: u32 = 1;

/// A grading run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of this schema: 1.
    pub schema: u32,
    /// Points earned over all exercises.
    pub score: u32,
    /// Points to be had over all exercises.
    pub max_score: u32,
    /// Whether the grader itself failed somewhere, so that the score is not final.
    pub grader_fault: bool,
    /// The exercises, in the order of their numbers.
    pub exercises: Vec<Exercise>,
}

/// One exercise.
#[derive(Clone, Debug, Serialize)]
pub struct Exercise {
    /// The folder's name, such as `10_rlock`.
    pub id: String,
    /// The number in it.
    pub number: u32,
    /// The package, such as `rlock`.
    pub name: String,
    /// The title.
    pub title: String,
    /// The file that was graded, as the user would name it.
    pub path: String,
    /// Points earned.
    pub score: u32,
    /// Points to be had.
    pub max_score: u32,
    /// `pass`, or the verdict of the first check that does not.
    pub verdict: &'static str,
    /// Why no check could run: rustc's words, or what the course does not allow. Else `null`.
    pub compile_error: Option<String>,
    /// Items of `std` that the answer asked for and the course leaves out, such as `std::fs`.
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
    /// Points to be had.
    pub max_points: u32,
    /// One of `pass`, `wrong`, `deadlock`, `lost-wakeup`, `busy-wait`, `livelock`, `starvation`,
    /// `not-parallel`, `crash`, `time-out`, `limit`, `does-not-compile`, `forbidden`,
    /// `not-submitted`, `grader-fault`.
    pub verdict: &'static str,
    /// The world that decided: `model`, `native` or `compile`; `null` where nothing ran.
    pub world: Option<&'static str>,
    /// What happened, in a few sentences; empty for a pass.
    pub message: String,
    /// Schedules that the model ran for this check.
    pub schedules: u64,
    /// How much was tried, in each world that ran to an end.
    pub coverage: Vec<Coverage>,
    /// The token for `grader replay`, where a schedule failed.
    pub replay: Option<String>,
    /// What the failing run printed.
    pub output: String,
    /// The names of the threads of the failing schedule, in the order of their creation; the first
    /// is the check's own.
    pub threads: Vec<String>,
    /// The failing schedule as the picture shows it, oldest first. Empty where there is none.
    pub steps: Vec<Step>,
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
    /// Every schedule with at most this many preemptions was run; `null` where not even all without
    /// one were.
    pub preemption_bound: Option<u32>,
    /// Every schedule there is was run.
    pub exhausted: bool,
}

/// One step of a schedule.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Index of the thread in `threads`.
    pub thread: usize,
    /// The file as the user would open it; `null` for a place inside a library.
    pub file: Option<String>,
    /// Line, from 1; `null` with `file`.
    pub line: Option<u32>,
    /// Column in characters, from 1; `null` with `file`.
    pub column: Option<u32>,
    /// What the source says there, shortened, or the operation in words.
    pub code: String,
    /// The operation, such as `lock`, `notify-one`, `compare-exchange`.
    pub operation: String,
    /// What the object it is done on is called, where it has one.
    pub object: Option<String>,
    /// `done`; `blocked`, where the thread begins to wait; `timed-out`; `spurious`, where it went on
    /// or failed for no reason.
    pub how: String,
    /// What it read, wrote or found out, as the picture shows it.
    pub value: Option<String>,
    /// What else happens to the thread, as the picture shows it.
    pub note: Option<String>,
    /// Index of the thread that could have gone on when this step was taken instead.
    pub preempted: Option<usize>,
    /// `turn` where the schedule takes its bad turn, `failure` where it fails, else `null`.
    pub mark: Option<&'static str>,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock_ns: u64,
    /// Steps left out since the one before.
    pub left_out: usize,
    /// The last `steps` steps up to this one come `times` times more.
    pub again: Option<Again>,
}

/// A loop in a schedule.
#[derive(Clone, Debug, Serialize)]
pub struct Again {
    /// How many steps a round has.
    pub steps: usize,
    /// How many rounds follow that are not listed.
    pub times: u64,
}

impl Report {
    pub(super) fn of(graded: &Graded) -> Self {
        Self {
            schema: SCHEMA,
            score: graded.score(),
            max_score: graded.max_score(),
            grader_fault: graded.has_fault(),
            exercises: graded.exercises.iter().map(Exercise::of).collect(),
        }
    }
}

impl Exercise {
    fn of(exercise: &GradedExercise) -> Self {
        let sources = Sources::of(exercise);
        let error = exercise.compile_error.as_ref();
        let missing = error.map(|error| error.missing_std.as_slice()).unwrap_or_default();
        let checks = exercise.checks.iter();
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
            checks: checks.map(|c| Check::of(c, &sources, Length::Short)).collect(),
        }
    }
}

impl Check {
    pub(super) fn of(check: &GradedCheck, sources: &Sources, length: Length) -> Self {
        let scene = Scene::of(check, sources);
        let story = Story::of(&scene, length);
        let message = words::failure::tell(&scene).into_iter().map(|part| match part {
            Part::Said(text) => words::sentence(&text),
            Part::Quoted(text) => text,
        });
        let names = (0..scene.trace.threads.len()).map(|thread| scene.names.thread(thread));
        Self {
            name: safe::line(&check.name),
            description: safe::text(&check.doc),
            points: check.points,
            max_points: check.max_points,
            verdict: check.verdict.name(),
            world: check.world.map(words::world),
            message: message.collect::<Vec<_>>().join("\n"),
            schedules: schedules(check),
            coverage: check.coverage.iter().map(Coverage::of).collect(),
            replay: check.replay.as_deref().map(safe::line),
            output: safe::text(&check.output),
            threads: names.collect(),
            steps: story.rows.into_iter().map(|row| Step::of(&scene, row)).collect(),
        }
    }
}

/// Schedules that the model ran.
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
        let record::Coverage { systematic, random, bound, exhausted } = *coverage;
        let world = words::world(*world);
        Self { world, systematic, random, preemption_bound: bound, exhausted }
    }
}

impl Step {
    fn of(scene: &Scene, row: Row) -> Self {
        let step = &scene.trace.steps[row.step];
        let source = scene.sources.find(&step.at);
        let object = step.object.and_then(|object| scene.names.object(object));
        Self {
            thread: row.thread,
            file: source.map(|source| source.path.clone()),
            line: source.map(|_| step.at.line),
            column: source.map(|_| step.at.column),
            code: row.code,
            operation: name(&step.operation),
            object: object.map(ObjectName::to_string),
            how: name(&step.how),
            value: row.value,
            note: row.note,
            preempted: row.preempted,
            mark: match row.mark {
                Mark::None => None,
                Mark::Turn => Some("turn"),
                Mark::Failure => Some("failure"),
            },
            clock_ns: step.clock,
            left_out: row.left_out,
            again: row.again.map(|(steps, times)| Again { steps, times }),
        }
    }
}

/// The name that a record gives to one of its kinds.
fn name(kind: &impl Serialize) -> String {
    let value = serde_json::to_value(kind).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
