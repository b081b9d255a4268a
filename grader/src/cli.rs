//! The command line: parsed as it was typed, then resolved to a task.

use crate::course;
use crate::exit::Stop;
use crate::mutants::MutantKinds;
use crate::report::{Detail, Format, ReportOptions};
use crate::task::Task;
use crate::verify::VerifyOptions;
use anyhow::{Context, anyhow};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Grades the exercises: runs each answer under thousands of thread schedules and shows the one
/// that breaks it.
#[derive(Debug, Parser)]
#[command(
    name = "grader",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Without a command, all exercises are graded.\n\
                  Exit codes: 0 full marks, 1 less than full marks, 2 usage error or broken course, \
                  3 the grader itself failed."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    grade: GradeArgs,
    #[command(flatten)]
    course: CourseArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Grade the named exercises, or all of them
    Grade {
        /// An exercise: its number, its name or a part of it, or a path into its folder
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
        #[command(flatten)]
        grade: GradeArgs,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Grade an exercise whenever its file is saved, and show what breaks: the way to work
    Watch {
        /// The exercise to begin with [default: the one that you were at]
        exercise: Option<String>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For `watch`: grade an exercise and tell another grader what happens
    #[command(hide = true)]
    Worker {
        /// The exercise
        exercise: String,
        /// Replay this schedule instead
        #[arg(long, value_name = "TOKEN")]
        replay: Option<String>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// List the exercises, and how far you are with each
    List {
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Show which exercise comes next: what it is about, what to read, what to edit
    Next {
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Give the next hint
    Hint {
        /// The exercise [default: the one that comes next]
        exercise: Option<String>,
        /// Show all of its hints
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Start an exercise again; your file is kept beside it
    Reset {
        /// The exercise
        exercise: String,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Show the reference answer of an exercise that you have solved, with its explanation
    Solution {
        /// The exercise
        exercise: String,
        /// Show it even if the exercise is not solved
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Replay one schedule and show it step by step
    Replay {
        /// The exercise
        exercise: String,
        /// The schedule's replay token, copied from a report, such as 3-7f2k9
        token: String,
        /// Go through it step by step, in the terminal
        #[arg(long)]
        step: bool,
        /// The answer to run: a folder or a file [default: the one in exercises/]
        #[arg(long, value_name = "DIR|FILE")]
        submission: Option<PathBuf>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Be the scheduler: choose which thread goes on, step by step, until a check breaks
    Play {
        /// The exercise
        exercise: String,
        /// A check, by number or name [default: the first one that fails]
        check: Option<String>,
        /// Play with one of the course's own answers, such as `looked_then_taken`
        #[arg(long, value_name = "NAME", conflicts_with = "submission")]
        answer: Option<String>,
        /// The answer to play with: a folder or a file [default: the one in exercises/]
        #[arg(long, value_name = "DIR|FILE")]
        submission: Option<PathBuf>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For authors: create the folders of a new exercise, with templates to fill in
    New {
        /// The exercise's name, such as `rlock`: lowercase letters, digits and `_`
        name: String,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For authors: check that the course's own answers get the verdicts they should
    Verify {
        /// An exercise: its number, its name or a part of it, or a path into its folder
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
        /// Also check that the answer in each exercise is still its starter
        #[arg(long)]
        pristine: bool,
        /// Update the pictures and the map in the course's documents where they are out of date
        #[arg(long)]
        bless: bool,
        /// Grade only the starter, the reference and two wrong answers of each exercise
        #[arg(long, conflicts_with_all = ["bless", "mutants"])]
        quick: bool,
        /// Also grade mutants of the right answers
        #[arg(long, value_name = "KINDS", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "all")]
        mutants: Option<MutantKinds>,
        /// Run everything N times and compare the runs
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        repeat: u32,
        /// Seed of the random strategies; ordinary grading always uses the default
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
        #[command(flatten)]
        course: CourseArgs,
    },
}

#[derive(Debug, Default, Args)]
struct GradeArgs {
    /// What to grade: a folder laid out like exercises/, one exercise's folder, or one .rs or
    /// .patch file [default: exercises/]
    #[arg(long, value_name = "DIR|FILE")]
    submission: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// Write the report to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show every failure in full, and what was tried on the checks that pass
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Default, Args)]
struct CourseArgs {
    /// The course's folder [default: the current folder or the nearest parent that holds a course]
    #[arg(long, value_name = "DIR")]
    course: Option<PathBuf>,
}

/// The report formats, named as on the command line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For people in a browser: one page that needs no network
    Html,
}

/// The task and the course to run it on.
#[derive(Debug)]
pub struct Options {
    /// The course's folder, absolute.
    pub root: PathBuf,
    /// What to do.
    pub task: Task,
}

/// Reads the command line. For `--help` and for errors that clap detects, clap exits the process,
/// with code 0 or 2.
///
/// # Errors
/// The replay token is malformed, or no course is found.
pub fn options() -> Result<Options, Stop> {
    resolve(CommandLine::parse()).map_err(Stop::Usage)
}

/// The names of the commands that people use.
pub fn commands() -> Vec<String> {
    let commands = CommandLine::command();
    let visible = commands.get_subcommands().filter(|command| !command.is_hide_set());
    visible.map(|command| command.get_name().to_owned()).collect()
}

fn resolve(typed: CommandLine) -> anyhow::Result<Options> {
    let (course, task) = match typed.command {
        None => (typed.course, grade(Vec::new(), typed.grade)),
        Some(Command::Grade { exercises, grade: args, course }) => (course, grade(exercises, args)),
        Some(Command::List { course }) => (course, Task::List),
        Some(Command::Watch { exercise, course }) => (course, Task::Watch(exercise)),
        Some(Command::Worker { exercise, replay, course }) => {
            let replay = replay.map(|token| token.parse()).transpose()?;
            (course, Task::Worker { exercise, replay })
        }
        Some(Command::Next { course }) => (course, Task::Next),
        Some(Command::Hint { exercise, all, course }) => (course, Task::Hint { exercise, all }),
        Some(Command::Reset { exercise, course }) => (course, Task::Reset(exercise)),
        Some(Command::Solution { exercise, anyway, course }) => {
            (course, Task::Solution { exercise, anyway })
        }
        Some(Command::New { name, course }) => (course, Task::New(name)),
        Some(Command::Play { exercise, check, answer, submission, course }) => {
            (course, Task::Play { exercise, check, answer, submission })
        }
        Some(Command::Replay { exercise, token, step, submission, course }) => {
            (course, Task::Replay { exercise, token: token.parse()?, submission, step })
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
        ReportFormat::Text => Format::Text,
        ReportFormat::Json => Format::Json,
        ReportFormat::Html => Format::Html,
    };
    let detail = if args.all { Detail::All } else { Detail::First };
    let looks = match args.output {
        Some(_) => ReportOptions::default(),
        None => ReportOptions::for_stdout(),
    };
    let report = ReportOptions { format, detail, ..looks };
    Task::Grade { exercises, submission: args.submission, report, output: args.output }
}

fn root(args: CourseArgs) -> anyhow::Result<PathBuf> {
    match args.course {
        Some(folder) => {
            let there =
                folder.canonicalize().ok().and_then(|f| course::find_root(&f).filter(|r| *r == f));
            there.ok_or_else(|| {
                anyhow!(
                    "`{}` is not a course: it needs exercises/ and Cargo.toml",
                    folder.display()
                )
            })
        }
        None => {
            let here = std::env::current_dir().context("finding the current folder")?;
            course::find_root(&here).ok_or_else(|| {
                anyhow!(
                    "neither this folder nor any parent folder is a course; name one with --course DIR"
                )
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }
}
