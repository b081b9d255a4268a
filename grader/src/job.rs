//! A job: a check, the programs built for it, and their limits.

use crate::compile::Built;
use crate::course::{Check, Exercise, TestFile};
use crate::process::Limits;
use crate::stage::program_name;
use crate::world::World;
use anyhow::Context;
use record::{Budget, Order, Task};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The limits of the compiler and of a check in each world, for each process separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorldLimits {
    /// For the compiler that builds an answer.
    pub build: Limits,
    /// In the model.
    pub model: Limits,
    /// On real threads.
    pub native: Limits,
    /// For the compiler that judges a contract.
    pub compile: Limits,
    /// Processor time, in milliseconds, that a thread may use in the model between two scheduling
    /// points.
    pub patience: u64,
}

impl Default for WorldLimits {
    fn default() -> Self {
        // A search prints the output of thousands of schedules, so large output does not mean
        // endless output.
        let model = Limits { wall: 120, still: 0, cpu: 60, memory: 2 << 30, output: 64 << 20 };
        // On real threads, a right answer uses less than a second of processor time in all its
        // rounds together, and none of its checks sleeps for more than 3 s. A check that gives up
        // after 10 s should still be able to say so.
        let native = Limits { wall: 60, still: 12, cpu: 10, ..model };
        // Compiling a crate takes seconds, but evaluating a constant may never end. The wall time
        // covers all crates together.
        let build = Limits { wall: 3600, still: 0, cpu: 300, memory: 4 << 30, output: 4 << 30 };
        let compile = Limits { wall: 600, ..build };
        Self { build, model, native, compile, patience: Order::PATIENCE }
    }
}

impl WorldLimits {
    pub(crate) fn of(&self, world: World) -> Limits {
        match world {
            World::Model => self.model,
            World::Native => self.native,
            World::Compile => self.compile,
        }
    }
}

/// A check built for one world.
#[derive(Clone, Debug)]
pub struct Program {
    /// The world.
    pub world: World,
    /// The test program. `None` if it was not built although its package was.
    pub path: Option<PathBuf>,
    /// The staged package's folder.
    pub package: PathBuf,
    /// The exercise's own programs, by the names that its checks use.
    pub own: Vec<(String, PathBuf)>,
}

impl Program {
    /// Finds the program of `check` in the build result of its package.
    pub(crate) fn of(
        exercise: &Exercise,
        check: &Check,
        world: World,
        built: &Built,
        package: PathBuf,
    ) -> Self {
        let target = check.file.file_stem().unwrap_or_default().to_string_lossy();
        let own = |file: &TestFile| {
            let name = package.file_name()?.to_string_lossy();
            let program = built.programs.get(&program_name(&name, &file.stem()))?;
            Some((file.stem(), program.clone()))
        };
        let own = exercise.programs.iter().filter_map(own).collect();
        let path = built.tests.get(&*target).cloned();
        Self { world, path, package, own }
    }

    /// The test program.
    pub(crate) fn path(&self) -> anyhow::Result<&Path> {
        self.path.as_deref().context("the test program of this check was not built")
    }
}

/// A check to run.
#[derive(Clone, Debug)]
pub struct Job<'c> {
    /// The exercise that the check belongs to.
    pub exercise: &'c Exercise,
    /// The check.
    pub check: &'c Check,
    /// How far to search.
    pub budget: Budget,
    /// Its programs, in the order in which they run.
    pub programs: Vec<Program>,
    /// Whether to search or to replay one schedule.
    pub task: Task,
    /// Identifies the answer: jobs for the same answer have the same number.
    pub answer: usize,
    /// Whether each run on real threads gets a process of its own, because the answer keeps state in
    /// statics.
    pub separate_runs: bool,
}
