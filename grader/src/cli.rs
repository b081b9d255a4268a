//! The command line: first as it was typed, then as what is to be done.

use crate::course;
use crate::exit::Stop;
use crate::report::{Detail, Format, ReportOptions};
use crate::verify::VerifyOptions;
use anyhow::{Context, anyhow};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Grades the exercises: runs each answer under thousands of thread schedules and shows the one
/// that breaks it.
#[derive(Debug, Parser)]
#[command(
    name = "grader",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Without a command, every exercise is graded.\n\
                  Exit code: 0 full marks, 1 not full marks, 2 wrong use or a broken course, \
                  3 a fault of the grader."
)]
struct Typed {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    grade: GradeArgs,
    #[command(flatten)]
    course: CourseArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Grade exercises, all of them if none is named
    Grade {
        /// An exercise, by number or name
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
        #[command(flatten)]
        grade: GradeArgs,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// List the exercises
    List {
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Run one schedule again and show it step by step
    Replay {
        /// The exercise, by number or name
        exercise: String,
        /// The token that a report gave for the schedule, such as 3-7f2k9
        token: String,
        /// The answer to run: a folder or a file [default: the one in exercises/]
        #[arg(long, value_name = "DIR|FILE")]
        submission: Option<PathBuf>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For authors: make the folders of a new exercise, with everything in them that is to be written
    New {
        /// Its name, such as `rlock`: small letters, digits and `_`
        name: String,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For authors: check that the course's own answers get the verdicts that they should
    Verify {
        /// An exercise, by number or name
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
        /// Check too that each exercise still has its starter as the answer
        #[arg(long)]
        pristine: bool,
        /// Write the pictures and the map in the course's documents where they are out of date
        #[arg(long)]
        bless: bool,
        /// Grade the starter, the reference and three wrong answers of each exercise only
        #[arg(long, conflicts_with_all = ["bless", "mutants"])]
        quick: bool,
        /// Grade the mutants of the reference answers too, as cargo mutants makes them
        #[arg(long)]
        mutants: bool,
        /// Run everything so often, and compare the runs
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        repeat: u32,
        /// The seed of the random strategies, which grading never changes
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
        #[command(flatten)]
        course: CourseArgs,
    },
}

#[derive(Debug, Default, Args)]
struct GradeArgs {
    /// What to grade: a folder like exercises/, one exercise's folder, or one .rs or .patch file [default: exercises/]
    #[arg(long, value_name = "DIR|FILE")]
    submission: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    format: Typeset,
    /// Write the report to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show every failure in full, and what was tried for the checks that pass
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Default, Args)]
struct CourseArgs {
    /// The course's folder [default: the nearest one around this folder]
    #[arg(long, value_name = "DIR")]
    course: Option<PathBuf>,
}

/// The formats under the names that are typed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Typeset {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What is to be done, with what.
#[derive(Debug)]
pub struct Options {
    /// The course's folder, absolute.
    pub root: PathBuf,
    /// What is to be done there.
    pub task: Task,
}

/// What is to be done.
#[derive(Debug)]
pub enum Task {
    /// Grade.
    Grade {
        /// The exercises that were named; none means all.
        exercises: Vec<String>,
        /// Where the answers are, if not in the course.
        submission: Option<PathBuf>,
        /// How the report looks.
        report: ReportOptions,
        /// Where it goes, if not to standard output.
        output: Option<PathBuf>,
    },
    /// List the exercises.
    List,
    /// Make a new exercise of this name.
    New(String),
    /// Run one schedule again.
    Replay {
        /// The exercise.
        exercise: String,
        /// The number of the check, from 1.
        check: usize,
        /// The schedule's own token.
        schedule: String,
        /// Where the answer is, if not in the course.
        submission: Option<PathBuf>,
    },
    /// Check the course's own answers.
    Verify {
        /// The exercises that were named; none means all.
        exercises: Vec<String>,
        /// What is to be checked.
        options: VerifyOptions,
        /// Whether the references are mutated.
        mutants: bool,
        /// The seed of the random strategies.
        seed: u64,
    },
}

/// Read the command line. Help and clap's own complaints end the process, with 0 and 2.
///
/// # Errors
/// What was typed makes no sense, or there is no course.
pub fn options() -> Result<Options, Stop> {
    resolve(Typed::parse()).map_err(Stop::Usage)
}

fn resolve(typed: Typed) -> anyhow::Result<Options> {
    let (course, task) = match typed.command {
        None => (typed.course, grade(Vec::new(), typed.grade)),
        Some(Command::Grade { exercises, grade: args, course }) => (course, grade(exercises, args)),
        Some(Command::List { course }) => (course, Task::List),
        Some(Command::New { name, course }) => (course, Task::New(name)),
        Some(Command::Replay { exercise, token, submission, course }) => {
            let (check, schedule) = split_token(&token)?;
            (course, Task::Replay { exercise, check, schedule, submission })
        }
        Some(Command::Verify {
            exercises,
            pristine,
            bless,
            quick,
            mutants,
            repeat,
            seed,
            course,
        }) => {
            let options = VerifyOptions { pristine, repeat, bless, quick };
            (course, Task::Verify { exercises, options, mutants, seed })
        }
    };
    Ok(Options { root: root(course)?, task })
}

fn grade(exercises: Vec<String>, args: GradeArgs) -> Task {
    let format = match args.format {
        Typeset::Text => Format::Text,
        Typeset::Json => Format::Json,
    };
    let detail = if args.all { Detail::All } else { Detail::First };
    let looks = match args.output {
        Some(_) => ReportOptions::default(),
        None => ReportOptions::for_stdout(),
    };
    let report = ReportOptions { format, detail, ..looks };
    Task::Grade { exercises, submission: args.submission, report, output: args.output }
}

/// `3-7f2k9`: the check's number, and the schedule.
fn split_token(token: &str) -> anyhow::Result<(usize, String)> {
    let parts = token.split_once('-').and_then(|(check, schedule)| {
        let check = check.parse().ok().filter(|check| *check > 0)?;
        Some((check, schedule.to_owned())).filter(|_| !schedule.is_empty())
    });
    parts.with_context(|| {
        format!(
            "`{token}` is no replay token; copy it from the report, where it looks like 3-7f2k9"
        )
    })
}

fn root(args: CourseArgs) -> anyhow::Result<PathBuf> {
    match args.course {
        Some(folder) => {
            let there =
                folder.canonicalize().ok().and_then(|f| course::find_root(&f).filter(|r| *r == f));
            there
                .ok_or_else(|| anyhow!("`{}` holds no exercises/ and Cargo.toml", folder.display()))
        }
        None => {
            let here = std::env::current_dir().context("finding the current folder")?;
            course::find_root(&here).ok_or_else(|| {
                anyhow!(
                    "neither this folder nor one around it is a course; name one with --course DIR"
                )
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Typed::command().debug_assert();
    }

    #[test]
    fn a_token_names_the_check_and_the_schedule() {
        assert_eq!(split_token("3-7f2k9").unwrap(), (3, "7f2k9".to_owned()));
        for nonsense in ["", "3", "7f2k9", "0-7f2k9", "-7f2k9", "3-"] {
            assert!(split_token(nonsense).is_err(), "{nonsense}");
        }
    }
}
