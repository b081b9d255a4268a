//! Runs a check in one world in a child process, and reads the results that it leaves.

use crate::compile;
use crate::contract;
use crate::graded::{Exit, Facts};
use crate::instrument;
use crate::job::{Job, Program};
use crate::output;
use crate::process::{self, Limits};
use crate::world::{ANSWER, World};
use anyhow::{Context, ensure};
use record::channel::{self, Commission, Entry, Secrets};
use record::marks;
use record::{Budget, Coverage, Order, Outcome};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// How to run a child, apart from its limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildOptions<'a> {
    /// Maximum processor time between two scheduling points of the model, in milliseconds.
    pub(crate) patience: u64,
    /// The folder in which the threads of a marked program record their positions.
    pub(crate) marks: Option<&'a Path>,
}

/// Runs the check of `job` in a world that reports through records. Returns what happened and what
/// the child printed.
///
/// # Errors
/// The grader or the machine fails.
pub(crate) fn search(
    job: &Job<'_>,
    program: &Program,
    limits: Limits,
    options: ChildOptions<'_>,
) -> anyhow::Result<(Facts, String)> {
    let budget = job.budget;
    if program.world != World::Native || !job.separate_runs {
        return search_in_one(job, program, limits, options, budget);
    }
    let mut passed = 0;
    loop {
        let one = Budget { rounds: 1, ..budget };
        let (mut facts, printed) = search_in_one(job, program, limits, options, one)?;
        let passes = facts.passes();
        passed += u64::from(passes);
        if let Facts::Ended(outcome) = &mut facts {
            outcome.coverage.systematic = passed + u64::from(!passes);
        }
        if !passes || passed >= budget.rounds {
            return Ok((facts, printed));
        }
    }
}

/// Runs the check of `job` in one process.
fn search_in_one(
    job: &Job<'_>,
    program: &Program,
    limits: Limits,
    options: ChildOptions<'_>,
    budget: Budget,
) -> anyhow::Result<(Facts, String)> {
    let files = Files::new()?;
    let (record, commission) = (files.path("record"), files.path("commission"));
    File::create(&record)?;
    let secrets = Secrets {
        started: random_text()?,
        replaying: random_text()?,
        ended: random_text()?,
        mark: random_text()?,
    };
    let order =
        Order { time: job.check.time, budget, task: job.task.clone(), patience: options.patience };
    Commission { order, record: record.clone(), secrets: secrets.clone() }.write(&commission)?;
    let mut command = process::limited(program.path()?, limits);
    command
        .env_clear()
        .env("RUST_BACKTRACE", "0")
        .env("NO_COLOR", "1")
        // Snapshots are compared, never written.
        .env("INSTA_UPDATE", "no")
        .env("INSTA_WORKSPACE_ROOT", program.package.parent().unwrap_or(&program.package))
        .env(channel::COMMISSION, &commission);
    command.envs(options.marks.map(|folder| (marks::FOLDER, folder)));
    // Cargo sets these variables for a test.
    let own = program.own.iter().map(|(name, path)| (format!("CARGO_BIN_EXE_{name}"), path));
    command.envs(own);
    let exit = files.run(&mut command, job, program, limits)?;
    let printed = |stream| -> anyhow::Result<String> {
        Ok(output::after(&files.path(stream), &secrets.mark)?
            .replace(&instrument::prefix(&program.package), ""))
    };
    let (stdout, stderr) = (printed("stdout")?, printed("stderr")?);
    let exit = blame_memory(exit, &stderr, limits);
    let facts = facts(channel::read(&record, &secrets)?, exit, &program.package)?;
    Ok((facts, join(&stdout, &stderr)))
}

/// Runs the check of `job` in the compile world. No code of the answer runs in the child, so its
/// output can be trusted.
///
/// # Errors
/// The grader or the machine fails.
pub(crate) fn compile_contract(
    job: &Job<'_>,
    program: &Program,
    limits: Limits,
    target: &Path,
) -> anyhow::Result<(Facts, String)> {
    let files = Files::new()?;
    let mut command = process::limited(program.path()?, limits);
    command
        .env_clear()
        .envs(compile::environment())
        .env("CARGO_MANIFEST_DIR", &program.package)
        .env("CARGO_TARGET_DIR", target)
        .env("NO_COLOR", "1");
    let exit = files.run(&mut command, job, program, limits)?;
    let stdout = output::tail(&files.path("stdout"))?;
    let passed = stdout.contains("test result: ok. 1 passed");
    let facts = match exit {
        Exit::Code(0) if passed => {
            let coverage = Coverage::default();
            Facts::Ended(Box::new(Outcome { coverage, ..Outcome::default() }))
        }
        Exit::Code(101) => {
            // trybuild prints everything to standard error.
            let said = output::tail(&files.path("stderr"))?;
            let answer = fs::read_to_string(program.package.join(ANSWER))?;
            let broken = contract::broken(&said, &job.exercise.tests, &answer);
            ensure!(!broken.is_empty(), "trybuild failed but named no program:\n{said}");
            Facts::ContractBroken(broken)
        }
        exit => Facts::Died(exit),
    };
    Ok((facts, String::new()))
}

/// The files of one child. Its output goes to files, not pipes: a pipe stays open as long as any
/// process holds it, and a full one blocks the child.
struct Files(TempDir);

impl Files {
    fn new() -> anyhow::Result<Self> {
        Ok(Self(tempfile::tempdir().context("creating a folder for a check's output")?))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the check of `job` with `command`.
    fn run(
        &self,
        command: &mut Command,
        job: &Job<'_>,
        program: &Program,
        limits: Limits,
    ) -> anyhow::Result<Exit> {
        command
            .args(["--exact", &job.check.name, "--test-threads=1", "--nocapture"])
            .current_dir(&program.package)
            .stdin(Stdio::null())
            .stdout(File::create(self.path("stdout"))?)
            .stderr(File::create(self.path("stderr"))?);
        process::run(command, limits).context("starting a check")
    }
}

/// The facts that follow from the records and the exit.
fn facts(entries: Vec<Entry>, exit: Exit, package: &Path) -> anyhow::Result<Facts> {
    let started = entries.contains(&Entry::Started);
    let ended = entries.into_iter().find_map(|entry| match entry {
        Entry::Ended(outcome) => Some(outcome),
        Entry::Started | Entry::Replaying => None,
    });
    Ok(match (ended, exit) {
        // No failure was recorded, but then the process died, for example in a destructor.
        (Some(outcome), exit) if outcome.failure.is_none() && exit != Exit::Code(0) => {
            Facts::Died(exit)
        }
        (Some(outcome), _) => Facts::Ended(Box::new(instrument::in_exercise(*outcome, package)?)),
        (None, Exit::Code(code)) if !started => {
            Facts::Fault(format!("the test program ended with code {code} before the check began"))
        }
        (None, exit) => Facts::Died(exit),
    })
}

/// Reports an abort as an exceeded memory limit if Rust's allocator printed that an allocation
/// failed. Both are failures, so an answer gains nothing by printing the same message.
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
fn random_text() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::WorldLimits;
    use record::{Failure, Location, Operation, Step, Trace, Value};

    fn location(file: &str) -> Location {
        Location { file: file.to_owned(), line: 1, column: 1 }
    }

    fn ended(failure: Option<Failure>) -> Entry {
        let step = Step {
            thread: 0,
            operation: Operation::FetchUpdate,
            object: None,
            target: None,
            at: location("x-model/src/lib.rs"),
            how: record::StepStatus::Done,
            value: Some(Value::Changed { from: i128::from(u64::MAX), to: -1 }),
            preempts: false,
            clock: 0,
            called_from: None,
            below: None,
            gone_at: None,
        };
        let trace = Some(Trace { steps: vec![step], ..Trace::default() });
        let coverage = Coverage::default();
        Entry::Ended(Box::new(Outcome { failure, coverage, trace, ..Outcome::default() }))
    }

    fn of(entries: Vec<Entry>, exit: Exit) -> Facts {
        facts(entries, exit, Path::new("x-model")).unwrap()
    }

    #[test]
    fn success_needs_a_record_of_the_end() {
        let facts = of(vec![Entry::Started], Exit::Code(0));
        assert!(matches!(facts, Facts::Died(Exit::Code(0))), "{facts:?}");
        let facts = of(vec![Entry::Started, ended(None)], Exit::Code(0));
        assert!(matches!(facts, Facts::Ended(_)), "{facts:?}");
        let facts = of(vec![Entry::Started, ended(None)], Exit::Signal(6));
        assert!(matches!(facts, Facts::Died(Exit::Signal(6))), "{facts:?}");
    }

    #[test]
    fn a_program_that_never_began_is_the_graders_fault() {
        assert!(matches!(of(Vec::new(), Exit::Code(0)), Facts::Fault(_)));
        assert!(matches!(of(Vec::new(), Exit::Signal(11)), Facts::Died(_)));
    }

    #[test]
    fn files_are_named_relative_to_the_exercise() {
        let at = location("x-model/tests/checks.rs");
        let refused = Failure::Refused { message: "x-model/ stays".to_owned(), at };
        let facts = of(vec![Entry::Started, ended(Some(refused))], Exit::Code(0));
        let Facts::Ended(outcome) = facts else { panic!("{facts:?}") };
        let expected = location("tests/checks.rs");
        let message = "x-model/ stays".to_owned();
        assert_eq!(outcome.failure, Some(Failure::Refused { message, at: expected }));
        let step = &outcome.trace.unwrap().steps[0];
        assert_eq!(step.at.file, "src/lib.rs");
        assert_eq!(step.value, Some(Value::Changed { from: i128::from(u64::MAX), to: -1 }));
    }

    #[test]
    fn memory_is_blamed_where_the_allocator_says_so() {
        let limits = WorldLimits::default().model;
        let words = "memory allocation of 1048576 bytes failed\n";
        assert_eq!(blame_memory(Exit::Signal(6), words, limits), Exit::Memory(limits.memory));
        assert_eq!(blame_memory(Exit::Signal(6), "", limits), Exit::Signal(6));
        assert_eq!(blame_memory(Exit::Code(0), words, limits), Exit::Code(0));
    }
}
