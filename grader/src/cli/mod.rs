//! The command line: parsed as it was typed, then resolved to a task.

mod candidates;
mod command_line;
mod completion;
mod manual;

pub use completion::{answer_a_shell, write_script};
pub use manual::write_pages;

use crate::course;
use crate::exit::Stop;
use crate::report::{Detail, Format, ReportOptions};
use crate::task::Task;
use crate::verify::VerifyOptions;
use anyhow::{Context, anyhow};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use command_line::{Command, CommandLine, CourseArgs, GradeArgs, ReportFormat};
use std::path::PathBuf;

/// The task and the course to run it on.
#[derive(Debug)]
pub struct Options {
    /// The course's folder, absolute.
    pub root: PathBuf,
    /// What to do.
    pub task: Task,
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Asked {
    /// Work on a course.
    Work(Options),
    /// The script by which this shell completes command lines.
    Script(Shell),
    /// The man pages, in this folder.
    Manual(PathBuf),
}

/// Reads the command line. For `--help` and for errors that clap detects, clap exits the process,
/// with code 0 or 2.
///
/// # Errors
/// The replay token is malformed, or no course is found.
pub fn read() -> Result<Asked, Stop> {
    resolve(CommandLine::parse()).map_err(Stop::Usage)
}

/// The names of the commands that people use.
pub fn commands() -> Vec<String> {
    let commands = CommandLine::command();
    let visible = commands.get_subcommands().filter(|command| !command.is_hide_set());
    visible.map(|command| command.get_name().to_owned()).collect()
}

fn resolve(typed: CommandLine) -> anyhow::Result<Asked> {
    let (course, task) = match typed.command {
        Some(Command::Completions { shell }) => return Ok(Asked::Script(shell)),
        Some(Command::Man { output }) => return Ok(Asked::Manual(output)),
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
        Some(Command::Book { output, course }) => (course, Task::Book(output)),
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
    Ok(Asked::Work(Options { root: root(course)?, task }))
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
