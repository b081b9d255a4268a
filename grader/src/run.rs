//! Runs checks: a child process for each check and world.

use crate::compile;
use crate::course::{Check, Exercise};
use crate::graded::{Exit, Facts, GradedCheck, World};
use crate::judge;
use crate::output;
use crate::process::{self, Limits};
use crate::progress::{Event, Listener};
use anyhow::Context;
use record::channel::{self, Entry};
use record::{Order, Outcome, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What a check may use in each world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorldLimits {
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
        let native = Limits { wall: 60, ..model };
        let compile = Limits { wall: 600, cpu: 300, memory: 4 << 30, output: 4 << 30 };
        Self { model, native, compile }
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
}

/// How to run checks.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// What each may use.
    pub limits: WorldLimits,
    /// Where cargo builds, for the contracts.
    pub target: &'a Path,
    /// Told of each check that begins.
    pub listener: Listener<'a>,
}

impl Runner<'_> {
    /// Run `jobs`, a few at a time. The results are in the order of the jobs.
    pub fn run(&self, jobs: &[Job<'_>]) -> Vec<GradedCheck> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results: Vec<Mutex<Option<GradedCheck>>> =
            jobs.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            while let Some(index) = Some(next.fetch_add(1, Relaxed)).filter(|i| *i < jobs.len()) {
                let tell = |world| {
                    (self.listener)(Event::Checking {
                        exercise: &jobs[index].exercise.name,
                        check: &jobs[index].check.name,
                        world,
                        done: done.load(Relaxed),
                        total: jobs.len(),
                    });
                };
                let graded = self.check(&jobs[index], &tell);
                *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(graded);
                done.fetch_add(1, Relaxed);
            }
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers.min(jobs.len()) {
                scope.spawn(work);
            }
        });
        // Every slot is full: a worker that panicked would have ended the scope with its panic.
        let take = |slot: Mutex<_>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().filter_map(take).collect()
    }

    /// Run a check in one world after another, until it fails in one.
    fn check(&self, job: &Job<'_>, tell: &dyn Fn(World)) -> GradedCheck {
        let mut coverage = Vec::new();
        let mut last = (None, Facts::Fault("the check runs in no world".to_owned()), String::new());
        for program in &job.programs {
            tell(program.world);
            let (facts, output) = self
                .child(job, program)
                .unwrap_or_else(|error| (Facts::Fault(format!("{error:#}")), String::new()));
            if let Facts::Ended(outcome) = &facts {
                coverage.push((program.world, outcome.coverage));
            }
            let passed = judge::verdict(&facts, &job.check.means).is_pass();
            let output = if passed { String::new() } else { output };
            last = (Some(program.world), facts, output);
            if !passed {
                break;
            }
        }
        let (world, facts, output) = last;
        judge::judge(job.check, world, facts, coverage, output)
    }

    /// Run a check in one world: what happened, and what it printed.
    fn child(&self, job: &Job<'_>, program: &Program) -> anyhow::Result<(Facts, String)> {
        let path = program.path.as_ref().context("its test program was not built")?;
        let folder = tempfile::tempdir().context("making a folder for a check's output")?;
        let file = |name: &str| folder.path().join(name);
        let (out, err, record) = (file("stdout"), file("stderr"), file("record"));
        File::create(&record)?;
        let nonce = nonce()?;
        let mut command = match program.world {
            World::Compile => contract(path, program, self.target),
            World::Model | World::Native => {
                let mut command = bare(path, program);
                let order = Order {
                    time: job.check.time,
                    budget: job.check.budget,
                    task: job.task.clone(),
                };
                command
                    .env(channel::FILE, &record)
                    .env(channel::NONCE, &nonce)
                    .env(channel::ORDER, serde_json::to_string(&order)?);
                command
            }
        };
        command
            .args(["--exact", &job.check.name, "--test-threads=1", "--nocapture"])
            .current_dir(&program.package)
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&err)?);
        let limits = self.limits.of(program.world);
        let exit = process::run(&mut command, limits).context("starting a check")?;
        let package = program.package.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!("{package}/");
        let printed = |file| -> anyhow::Result<String> {
            Ok(output::after(file, &nonce)?.replace(&prefix, ""))
        };
        let (stdout, stderr) = (printed(&out)?, printed(&err)?);
        if program.world == World::Compile {
            let words = join(&stdout, &stderr);
            let passed = output::tail(&out)?.contains("test result: ok. 1 passed");
            return Ok((contract_facts(exit, passed, &words), words));
        }
        let entries = channel::read(&record, &nonce)?;
        let exit = blame_memory(exit, &stderr, limits);
        Ok((facts(entries, exit, &prefix)?, join(&stdout, &stderr)))
    }
}

/// A child that sees nothing of the grader's environment.
fn bare(path: &Path, program: &Program) -> Command {
    let mut command = Command::new(path);
    command
        .env_clear()
        .env("RUST_BACKTRACE", "0")
        .env("NO_COLOR", "1")
        // Snapshots are compared, never written.
        .env("INSTA_UPDATE", "no")
        .env("INSTA_WORKSPACE_ROOT", program.package.parent().unwrap_or(&program.package));
    command
}

/// A child that runs the compiler on the programs of a contract. Nothing of the answer runs in it.
fn contract(path: &Path, program: &Program, target: &Path) -> Command {
    let mut command = compile::cargo();
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new(path);
    command
        .env_clear()
        .envs(environment)
        .env("CARGO_MANIFEST_DIR", &program.package)
        .env("CARGO_TARGET_DIR", target)
        .env("NO_COLOR", "1");
    command
}

fn contract_facts(exit: Exit, passed: bool, words: &str) -> Facts {
    match exit {
        Exit::Code(0) if passed => Facts::Ended(Box::new(Outcome {
            failure: None,
            coverage: record::Coverage::default(),
            trace: None,
            replay: None,
        })),
        Exit::Code(101) => Facts::ContractBroken(words.to_owned()),
        exit => Facts::Died(exit),
    }
}

/// What the records and the exit tell.
fn facts(entries: Vec<Entry>, exit: Exit, prefix: &str) -> anyhow::Result<Facts> {
    let started = entries.contains(&Entry::Started);
    let ended = entries.into_iter().find_map(|entry| match entry {
        Entry::Ended(outcome) => Some(outcome),
        Entry::Started | Entry::Replaying => None,
    });
    Ok(match (ended, exit) {
        // The record says that nothing failed, and then the process died: in a destructor, say.
        (Some(outcome), exit) if outcome.failure.is_none() && exit != Exit::Code(0) => {
            Facts::Died(exit)
        }
        (Some(outcome), _) => Facts::Ended(Box::new(with_own_paths(*outcome, prefix)?)),
        (None, Exit::Code(code)) if !started => {
            Facts::Fault(format!("the test program ended with code {code} before the check began"))
        }
        (None, exit) => Facts::Died(exit),
    })
}

/// `outcome` with files of the staged package named relative to it.
fn with_own_paths(outcome: Outcome, prefix: &str) -> anyhow::Result<Outcome> {
    fn shorten(value: &mut Value, prefix: &str) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(path) if name == "file" => {
                            if let Some(own) = path.strip_prefix(prefix) {
                                *path = own.to_owned();
                            }
                        }
                        other => shorten(other, prefix),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| shorten(value, prefix)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(outcome)?;
    shorten(&mut value, prefix);
    Ok(serde_json::from_value(value)?)
}

/// Rust's allocator aborts when it gets no memory, and says so. Both ways it is a failure, so that
/// nothing is won by printing the same words.
fn blame_memory(exit: Exit, stderr: &str, limits: Limits) -> Exit {
    const ABORT: i32 = 6;
    let out_of_memory = stderr.lines().any(|line| {
        line.starts_with("memory allocation of ") && line.trim_end().ends_with(" bytes failed")
    });
    if exit == Exit::Signal(ABORT) && out_of_memory { Exit::Memory(limits.memory) } else { exit }
}

fn join(stdout: &str, stderr: &str) -> String {
    match (stdout.is_empty(), stderr.is_empty()) {
        (false, false) => format!("{stdout}\n{stderr}"),
        _ => format!("{stdout}{stderr}"),
    }
}

/// 128 random bits in hexadecimal.
fn nonce() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
