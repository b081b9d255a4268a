//! Schedules to the first failure of each wrong answer: the grader's search against shuttle's
//! random walk, PCT and uniform walk, and against loom, as far as these can express the check.
//!
//! Every wrong answer is compiled, with the course's own checks, against each tool's primitives. A
//! tool that fails the reference answer in a check, or does not compile it, is left out of that
//! check: it lacks the clock, the timeouts or the calls that the check needs.

use anyhow::Context;
use grader::compile::{self, Built};
use grader::course::{Check, Course, Exercise};
use grader::layout::Layout;
use grader::process::{self, Limits};
use grader::stage::{Part, Stage};
use grader::world::World;
use record::channel::{self, Commission, Entry, Secrets};
use record::{Budget, Order, Outcome};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use toml::{Table, Value};

/// Schedules after which a search gives up.
const CAP: u64 = 10_000;
/// Seeds for the random strategies.
const SEEDS: u64 = 5;

/// The tools that run each check.
const TOOLS: [(&str, Option<&str>, &[&str]); 3] = [
    ("grader", None, &["search"]),
    ("shuttle", Some("shuttle"), &["random", "pct", "urw"]),
    ("loom", Some("loom"), &["bound 2"]),
];

/// An answer's label and text, and the check that decides; `None` if any check may be run.
type Candidate<'a> = (&'a str, &'a str, Option<&'a Check>);

/// How many schedules one strategy of one tool needed.
#[derive(Clone, Copy)]
enum Found {
    /// Schedules to the first failure, as the mean over the seeds.
    After(f64),
    /// Found at this many of the seeds, not at the others.
    Sometimes(u64),
    /// The tool cannot express the check.
    NoSay,
}

pub fn compare(course: &Course, exercises: &[&Exercise]) -> anyhow::Result<()> {
    let root = &course.root;
    let solutions = course.solutions(exercises).map_err(anyhow::Error::msg)?;
    println!(
        "Schedules to the first failure of each wrong answer, mean of {SEEDS} seeds, up to {CAP}"
    );
    println!("  (n of {SEEDS}: found at n of the seeds; -: this tool cannot express the check)");
    println!(
        "  {:<52} {:>7} {:>9} {:>9} {:>9} {:>9}",
        "wrong answer, check", "grader", "random", "pct", "uniform", "loom"
    );
    let mut all: Vec<Vec<Found>> = Vec::new();
    for (exercise, solutions) in exercises.iter().zip(&solutions) {
        let mut answers: Vec<Candidate<'_>> = Vec::new();
        for solution in solutions {
            // The check that its author names first decides.
            let expect = solution.expect.iter().find(|(_, verdict)| !verdict.is_pass());
            let name = expect.map(|(name, _)| name.as_str());
            let check = exercise.checks.iter().find(|check| Some(check.name.as_str()) == name);
            let model = check.filter(|check| check.worlds.contains(&World::Model));
            match model {
                Some(check) if solution.label.starts_with("wrong/") => {
                    answers.push((solution.label.as_str(), solution.text.as_str(), Some(check)));
                }
                _ if solution.label == "reference" => {
                    answers.insert(0, ("reference", solution.text.as_str(), None));
                }
                _ => {}
            }
        }
        let mut columns: Vec<Vec<Found>> = vec![Vec::new(); answers.len()];
        for (_, world, strategies) in TOOLS {
            let layout = Layout::with_target(root, &root.join("target/bench"));
            let programs = build(&layout, course, exercise, &answers, world)?;
            for strategy in strategies {
                for (index, (_, _, check)) in answers.iter().enumerate() {
                    let Some(check) = check else { continue };
                    let found = if expresses(&programs[0], check, strategy)? {
                        search(&programs[index], check, strategy)?
                    } else {
                        Found::NoSay
                    };
                    columns[index].push(found);
                }
            }
        }
        for ((label, _, check), found) in answers.iter().zip(&columns) {
            let Some(check) = check else { continue };
            let label = label.trim_start_matches("wrong/");
            let name = format!("{} {label}, {}", exercise.number, check.name);
            let name: String = name.chars().take(52).collect();
            let cells: String = found.iter().map(|found| format!(" {:>9}", cell(*found))).collect();
            println!("  {name:<50}{cells}");
        }
        all.extend(columns.into_iter().filter(|found| !found.is_empty()));
    }
    summarise(&all);
    Ok(())
}

/// How many answers are found at every seed, out of those that a tool can express.
fn summarise(all: &[Vec<Found>]) {
    let strategies = TOOLS.iter().flat_map(|(tool, _, names)| names.iter().map(move |n| (tool, n)));
    println!("  Found at every seed, out of those that the tool can express");
    for (index, (tool, strategy)) in strategies.enumerate() {
        let found = || all.iter().map(move |found| found[index]);
        let always = found().filter(|found| matches!(found, Found::After(_))).count();
        let expressed = found().filter(|found| !matches!(found, Found::NoSay)).count();
        println!("  {:<20} {always:>5} of {expressed:>5}", format!("{tool} {strategy}"));
    }
    println!();
}

fn cell(found: Found) -> String {
    match found {
        Found::After(mean) => format!("{mean:.0}"),
        Found::Sometimes(0) => "none".to_owned(),
        Found::Sometimes(seeds) => format!("{seeds} of {SEEDS}"),
        Found::NoSay => "-".to_owned(),
    }
}

/// The check programs of `exercise` with one answer, compiled against the grader's own primitives.
pub fn build_one(course: &Course, exercise: &Exercise, text: &str) -> anyhow::Result<Program> {
    let layout = Layout::with_target(&course.root, &course.root.join("target/bench"));
    let built = build(&layout, course, exercise, &[("reference", text, None)], None)?;
    built.into_iter().next().context("one answer gives one program")
}

/// The check programs of each answer, compiled against the primitives of `tool`, or against the
/// grader's own if that is `None`.
fn build(
    layout: &Layout,
    course: &Course,
    exercise: &Exercise,
    answers: &[Candidate<'_>],
    tool: Option<&str>,
) -> anyhow::Result<Vec<Program>> {
    let world = World::Model;
    let in_model = || exercise.checks.iter().filter(|check| check.worlds.contains(&world));
    let mut parts = Vec::new();
    for (label, text, check) in answers {
        let checks = check.map_or_else(|| in_model().collect(), |check| vec![check]);
        parts.push(Part { exercise, label: Some(label), text, world, checks, plain: false });
    }
    let purpose = tool.unwrap_or("grader");
    let stage = Stage::lay_out(layout, purpose, &course.exercises, &parts)?;
    if let Some(tool) = tool {
        for index in 0..parts.len() {
            use_primitives(&stage.package(index).join("Cargo.toml"), layout, tool)?;
        }
    }
    let built = compile::build(&stage, &layout.build(), limits(), &|_| ())?;
    let program = |(index, built): (usize, Built)| Program {
        folder: stage.package(index),
        tests: built.tests,
    };
    Ok(built.into_iter().enumerate().map(program).collect())
}

pub struct Program {
    folder: PathBuf,
    /// The test programs, by the name of their file. Empty if they do not compile.
    tests: BTreeMap<String, PathBuf>,
}

/// Makes a staged package use a tool's primitives instead of the model's.
fn use_primitives(manifest: &Path, layout: &Layout, tool: &str) -> anyhow::Result<()> {
    let mut table: Table = fs::read_to_string(manifest)?.parse()?;
    let path = layout.root.join("grader/bench/worlds").join(format!("{tool}-std"));
    let mut std = Table::new();
    std.insert("package".to_owned(), Value::String(format!("{tool}-world-std")));
    std.insert("path".to_owned(), Value::String(path.display().to_string()));
    let mut dependencies = Table::new();
    dependencies.insert("std".to_owned(), Value::Table(std));
    table.insert("dependencies".to_owned(), Value::Table(dependencies));
    fs::write(manifest, toml::to_string(&table)?).context("writing a staged manifest")
}

/// The resource limits of a process: enough for any search up to the cap.
fn limits() -> Limits {
    Limits { wall: 3600, still: 0, cpu: 300, memory: 4 << 30, output: 4 << 30 }
}

/// Whether the reference answer passes this check under a tool.
fn expresses(reference: &Program, check: &Check, strategy: &str) -> anyhow::Result<bool> {
    let outcome = run(reference, check, strategy, 0, 1_000)?;
    Ok(outcome.is_some_and(|(failed, _)| !failed))
}

/// The mean over the seeds. Searches without a seed run once.
fn search(program: &Program, check: &Check, strategy: &str) -> anyhow::Result<Found> {
    let seeds = if strategy == "bound 2" { 1 } else { SEEDS };
    let (mut found, mut schedules) = (0, 0);
    for seed in 0..seeds {
        match run(program, check, strategy, seed, CAP)? {
            None => return Ok(Found::NoSay),
            Some((false, _)) => {}
            Some((true, count)) => {
                found += 1;
                schedules += count;
            }
        }
    }
    if found == seeds {
        return Ok(Found::After(schedules as f64 / seeds as f64));
    }
    Ok(Found::Sometimes(if seeds == 1 { 0 } else { found }))
}

/// Runs a check once. Returns whether a schedule failed, and how many were run. `None` if the tool
/// cannot run it: the check does not compile, or its process did not end by itself.
pub fn run(
    program: &Program,
    check: &Check,
    strategy: &str,
    seed: u64,
    cap: u64,
) -> anyhow::Result<Option<(bool, u64)>> {
    let budget = match strategy {
        "search" => Budget { seed, ..check.budget },
        _ => Budget { seed, random: cap, systematic: cap, ..check.budget },
    };
    let outcome = explore(program, check, strategy, budget)?;
    Ok(outcome.map(|outcome| (outcome.failure.is_some(), outcome.coverage.schedules())))
}

/// The outcome of one search of a check. `None` as for [`run`].
pub fn explore(
    program: &Program,
    check: &Check,
    strategy: &str,
    budget: Budget,
) -> anyhow::Result<Option<Outcome>> {
    let stem = check.file.file_stem().unwrap_or_default().to_string_lossy();
    let Some(test) = program.tests.get(&*stem) else {
        return Ok(None);
    };
    let folder = tempfile::tempdir()?;
    let (record, commission) = (folder.path().join("record"), folder.path().join("commission"));
    File::create(&record)?;
    let order = Order { time: check.time, budget, ..Order::default() };
    let secret = |of: &str| format!("bench {of}");
    let secrets = Secrets {
        started: secret("started"),
        replaying: secret("replaying"),
        ended: secret("ended"),
        mark: secret("mark"),
    };
    Commission { order, record: record.clone(), secrets: secrets.clone() }.write(&commission)?;
    let mut command = process::limited(test, limits());
    command
        .args(["--exact", &check.name, "--test-threads=1", "--nocapture"])
        .env(channel::COMMISSION, &commission)
        .env("BENCH_SCHEDULER", strategy)
        .env("INSTA_UPDATE", "no")
        .env("SHUTTLE_SILENCE_WARNINGS", "1")
        .current_dir(&program.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    process::run(&mut command, limits())?;
    Ok(channel::read(&record, &secrets)?.into_iter().find_map(|entry| match entry {
        Entry::Ended(outcome) => Some(*outcome),
        _ => None,
    }))
}
