//! Runs checks, a few at a time, each in one world after another until it fails in one.

use crate::child::{self, Care};
use crate::compile::Built;
use crate::course::{Check, Exercise, TestFile};
use crate::graded::{Facts, GradedCheck, World};
use crate::judge;
use crate::process::Limits;
use crate::progress::{Event, Listener};
use crate::stage::program_name;
use crate::turns::{Queue, Turn};
use crate::verdict::Verdict;
use anyhow::Context;
use record::{Order, Task};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Processor time in milliseconds between two scheduling points, for an answer that has run round
/// without end in another check. Still a thousand times what a right answer needs.
const IMPATIENCE: u64 = 500;

/// Wall time in seconds for a check on real threads, of an answer that has hung in another one.
const SHORT_WALL: u64 = 10;

/// What the compiler and a check in each world may use, each process by itself.
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
}

impl Default for WorldLimits {
    fn default() -> Self {
        // A search prints what its schedules print, thousands of times, so the output is large
        // before it is endless.
        let model = Limits { wall: 120, cpu: 60, memory: 2 << 30, output: 64 << 20 };
        // On real threads a right answer needs less than a second of processor time for all its rounds.
        let native = Limits { wall: 60, cpu: 10, ..model };
        // A crate's compilation takes seconds; a constant that never ends takes for ever. The wall
        // time is that of all crates together.
        let build = Limits { wall: 3600, cpu: 300, memory: 4 << 30, output: 4 << 30 };
        let compile = Limits { wall: 600, ..build };
        Self { build, model, native, compile }
    }
}

impl WorldLimits {
    fn of(&self, world: World) -> Limits {
        match world {
            World::Model => self.model,
            World::Native => self.native,
            World::Compile => self.compile,
        }
    }
}

/// A check that was built in some world.
#[derive(Clone, Debug)]
pub struct Program {
    /// The world.
    pub world: World,
    /// The test program, `None` where it was not built although its package was.
    pub path: Option<PathBuf>,
    /// The staged package's folder.
    pub package: PathBuf,
    /// The exercise's own programs, by the names that its checks know them by.
    pub own: Vec<(String, PathBuf)>,
}

impl Program {
    /// The program of `check` among what was `built` of a package.
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
        self.path.as_deref().context("its test program was not built")
    }
}

/// A check to run.
#[derive(Clone, Debug)]
pub struct Job<'c> {
    /// Whose check it is.
    pub exercise: &'c Exercise,
    /// The check.
    pub check: &'c Check,
    /// Its programs, in the order in which they run.
    pub programs: Vec<Program>,
    /// Search, or run one schedule again.
    pub task: Task,
    /// Whose answer it is: jobs of the same answer have the same number.
    pub answer: usize,
}

/// How to run checks.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// What each may use.
    pub limits: WorldLimits,
    /// Where cargo builds, for the contracts.
    pub target: &'a Path,
    /// Leave out the checks of an answer that failed one already.
    pub until_failure: bool,
    /// Told of each check that begins.
    pub listener: Listener<'a>,
}

impl Runner<'_> {
    /// Run `jobs`, a few at a time. The results are in the order of the jobs, `None` for one that
    /// was left out.
    pub fn run(&self, jobs: &[Job<'_>]) -> Vec<Option<GradedCheck>> {
        let queue = Queue::new((0..jobs.len()).map(Turn::first).collect());
        let done = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<GradedCheck>>> =
            jobs.iter().map(|_| Mutex::new(None)).collect();
        let failed = Mutex::new(BTreeSet::new());
        let hung = Mutex::new(BTreeSet::new());
        let work = || {
            while let Some((mut turn, _place)) = queue.next() {
                let job = &jobs[turn.job];
                if !self.until_failure || !lock(&failed).contains(&job.answer) {
                    self.tell(job, &turn, done.load(Relaxed), jobs.len());
                    let has_hung = lock(&hung).contains(&job.answer);
                    let Some(graded) = self.take(job, &mut turn, has_hung) else {
                        // Behind the others: what is over soon comes last, and no processor waits
                        // long for another.
                        queue.put_back(turn);
                        continue;
                    };
                    if matches!(graded.verdict, Verdict::EndlessLoop | Verdict::TimeOut) {
                        lock(&hung).insert(job.answer);
                    }
                    if graded.verdict.is_failure() {
                        lock(&failed).insert(job.answer);
                    }
                    *lock(&results[turn.job]) = Some(graded);
                }
                done.fetch_add(1, Relaxed);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..queue.workers().min(jobs.len()) {
                scope.spawn(work);
            }
        });
        let take = |slot: Mutex<_>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().map(take).collect()
    }

    fn tell(&self, job: &Job<'_>, turn: &Turn, done: usize, total: usize) {
        let Some(program) = job.programs.get(turn.program) else { return };
        let (exercise, check) = (&job.exercise.name, &job.check.name);
        (self.listener)(Event::Checking { exercise, check, world: program.world, done, total });
    }

    /// Run a check in the world whose turn it is. `None` where it passes and there is another world.
    /// Of an answer that `has_hung` in another check, less is put up with.
    fn take(&self, job: &Job<'_>, turn: &mut Turn, has_hung: bool) -> Option<GradedCheck> {
        let Some(program) = job.programs.get(turn.program) else {
            let facts = Facts::Fault("the check runs in no world".to_owned());
            return Some(judge::judge(job.check, None, facts, Vec::new(), String::new()));
        };
        let mut limits = self.limits.of(program.world);
        let mut care = Care { patience: Order::PATIENCE, marks: None };
        if has_hung {
            care.patience = IMPATIENCE;
            if program.world == World::Native {
                limits.wall = limits.wall.min(SHORT_WALL);
            }
        }
        let begun = Instant::now();
        let ended = match program.world {
            World::Compile => child::compile_contract(job, program, limits, self.target),
            World::Model | World::Native => child::search(job, program, limits, care),
        };
        let (check, world, took) = (&job.check.name, program.world, begun.elapsed());
        (self.listener)(Event::Checked { check, world, took });
        let (facts, output) =
            ended.unwrap_or_else(|error| (Facts::Fault(format!("{error:#}")), String::new()));
        if let Facts::Ended(outcome) = &facts {
            turn.coverage.push((program.world, outcome.coverage));
        }
        let passed = judge::verdict(&facts, &job.check.means).is_pass();
        turn.program += 1;
        if passed && turn.program < job.programs.len() {
            return None;
        }
        let output = if passed { String::new() } else { output };
        let coverage = std::mem::take(&mut turn.coverage);
        Some(judge::judge(job.check, Some(program.world), facts, coverage, output))
    }
}

/// A panic in a worker ends the run anyway, so what it left is not looked at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
