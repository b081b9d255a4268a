//! A check whose schedule somebody chooses step by step.

use crate::child::{self, ChildOptions};
use crate::graded::{Facts, GradedExercise};
use crate::job::{Job, WorldLimits};
use crate::judge;
use crate::world::World;
use record::{Steering, Task};

/// What came of preparing a check.
pub enum Prepared<'c> {
    /// It is built.
    Steerable(Box<Steerable<'c>>),
    /// It cannot be built. The exercise says why.
    Unbuilt(Box<GradedExercise>),
}

/// A check that was built in the model, and runs in an instant.
pub struct Steerable<'c> {
    pub(super) job: Job<'c>,
    pub(super) limits: WorldLimits,
    /// The exercise, with this check only and no result.
    pub(super) exercise: GradedExercise,
}

impl Steerable<'_> {
    /// Runs the check as `steering` says. The result has only this check.
    ///
    /// # Errors
    /// The grader or the machine fails.
    pub fn steer(&self, steering: Steering) -> anyhow::Result<GradedExercise> {
        self.run(Task::Steer(steering))
    }

    /// Searches for a schedule that breaks the check.
    ///
    /// # Errors
    /// The grader or the machine fails.
    pub fn search(&self) -> anyhow::Result<GradedExercise> {
        self.run(Task::Search)
    }

    fn run(&self, task: Task) -> anyhow::Result<GradedExercise> {
        let job = Job { task, ..self.job.clone() };
        let options = ChildOptions { patience: self.limits.patience, marks: None };
        let (facts, output) = match job.programs.first() {
            Some(program) => child::search(&job, program, self.limits.of(World::Model), options)?,
            None => (Facts::Fault("the check was not built".to_owned()), String::new()),
        };
        let coverage = match &facts {
            Facts::Ended(outcome) => vec![(World::Model, outcome.coverage)],
            _ => Vec::new(),
        };
        let check = judge::judge(job.check, Some(World::Model), facts, coverage, output);
        Ok(GradedExercise { checks: vec![check], ..self.exercise.clone() })
    }
}
