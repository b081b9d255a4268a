//! The grader's command line.

mod commands;
mod pager;

use anyhow::Context;
use commands::play::On;
use commands::{authors, book, grade, guide, play, replay, watch, worker};
use grader::cli::{self, Asked, Options};
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::process;
use grader::task::Task;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code.into(),
        Err(stop) => {
            eprintln!("{stop}");
            stop.code().into()
        }
    }
}

fn run() -> Result<Code, Stop> {
    cli::answer_a_shell();
    let Options { root, task } = match cli::read()? {
        Asked::Work(options) => options,
        Asked::Script(shell) => {
            cli::write_script(shell, io::stdout().lock()).map_err(Stop::usage)?;
            return Ok(Code::FullMarks);
        }
        Asked::Manual(folder) => {
            cli::write_pages(&folder).map_err(Stop::usage)?;
            return Ok(Code::FullMarks);
        }
    };
    if !task.takes_the_terminal() {
        // Those that do give it back first.
        process::end_children_on_interrupt().context("watching for interrupts")?;
    }
    let mut course = Course::discover(&root).map_err(Stop::usage)?;
    match task {
        Task::Grade { exercises, submission, report, output } => {
            grade::run(&course, &exercises, submission.as_deref(), &report, output.as_deref())
        }
        Task::List => guide::list(&course),
        Task::Next => guide::next(&course),
        Task::Hint { exercise, all } => guide::hint(&course, exercise.as_deref(), all),
        Task::Reset(exercise) => guide::reset(&course, &exercise),
        Task::Solution { exercise, anyway } => guide::solution(&course, &exercise, anyway),
        Task::Watch(exercise) => watch::run(&course, exercise.as_deref()),
        Task::Worker { exercise, replay } => worker::run(&course, &exercise, replay.as_ref()),
        Task::Play { exercise, check, answer, submission } => {
            let own = answer.map(|label| play::answer(&course, &exercise, &label)).transpose()?;
            let path = own.or(submission);
            play::run(&course, &exercise, On::Check(check.as_deref()), path.as_deref())
        }
        Task::Replay { exercise, token, submission, step: true } => {
            play::run(&course, &exercise, On::Schedule(&token), submission.as_deref())
        }
        Task::Replay { exercise, token, submission, step: false } => {
            replay::run(&course, exercise, &token, submission.as_deref())
        }
        Task::Book(site) => book::run(&course, &site),
        Task::New(name) => authors::new(&course, &name),
        Task::Verify { exercises, options, mutants, seed } => {
            course.search_with_seed(seed);
            authors::verify(&course, &exercises, options, mutants)
        }
    }
}
