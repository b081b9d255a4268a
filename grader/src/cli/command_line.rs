//! The command line as it is typed, with its help.

use super::candidates;
use crate::mutants::MutantKinds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::{ArgValueCandidates, Shell};
use std::path::PathBuf;

/// Grades the exercises: runs each answer under thousands of thread schedules and shows the one
/// that breaks it.
#[derive(Debug, Parser)]
#[command(
    name = "grader",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Without a command, all exercises are graded.\n\n\
                  Examples:\n  \
                  cargo run -p grader -- watch              work on the exercise that comes next\n  \
                  cargo run -p grader -- grade rlock        grade one exercise\n  \
                  cargo run -p grader -- --format html -o report.html\n\n\
                  Exit codes: 0 full marks, 1 less than full marks, 2 usage error or broken course, \
                  3 the grader itself failed."
)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) grade: GradeArgs,
    #[command(flatten)]
    pub(super) course: CourseArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Grade the named exercises, or all of them
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- grade 3\n  \
                      cargo run -p grader -- grade rlock condition\n  \
                      cargo run -p grader -- grade queue --all\n  \
                      cargo run -p grader -- grade --submission ../student\n  \
                      cargo run -p grader -- grade --submission answer.rs rlock")]
    Grade {
        /// An exercise: its number, its name or a part of it, or a path into its folder
        #[arg(value_name = "EXERCISE", add = ArgValueCandidates::new(candidates::exercises))]
        exercises: Vec<String>,
        #[command(flatten)]
        grade: GradeArgs,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Grade an exercise whenever its file is saved, and show what breaks: the way to work
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- watch\n  \
                      cargo run -p grader -- watch lock")]
    Watch {
        /// The exercise to begin with [default: the one that you were at]
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
        exercise: Option<String>,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// For `watch`: grade an exercise and tell another grader what happens
    #[command(hide = true)]
    Worker {
        /// The exercise
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
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
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- hint\n  \
                      cargo run -p grader -- hint bank --all")]
    Hint {
        /// The exercise [default: the one that comes next]
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
        exercise: Option<String>,
        /// Show all of its hints
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Start an exercise again; your file is kept beside it
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- reset threads")]
    Reset {
        /// The exercise
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
        exercise: String,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Show the reference answer of an exercise that you have solved, with its explanation
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- solution threads\n  \
                      cargo run -p grader -- solution threads --anyway")]
    Solution {
        /// The exercise
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
        exercise: String,
        /// Show it even if the exercise is not solved
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        course: CourseArgs,
    },
    /// Replay one schedule and show it step by step
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- replay bank_account 5-2aa0\n  \
                      cargo run -p grader -- replay bank_account 5-2aa0 --step")]
    Replay {
        /// The exercise
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
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
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- play shared_counter\n  \
                      cargo run -p grader -- play bank_account audit\n  \
                      cargo run -p grader -- play bank_account --answer audit_one_by_one")]
    Play {
        /// The exercise
        #[arg(add = ArgValueCandidates::new(candidates::exercises))]
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
    /// Print a script by which a shell completes the grader's commands and the exercises' names
    #[command(after_help = "Examples:\n  \
                      alias grader='cargo run -q -p grader --'\n  \
                      source <(cargo run -q -p grader -- completions bash)")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual as man pages
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- man -o ~/.local/share/man/man1")]
    Man {
        /// The folder to write them to
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// For teachers: make a static site of the course, with its tasks and explanations
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- book -o site")]
    Book {
        /// The folder for the site; one that holds a book already is replaced
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
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
    #[command(after_help = "Examples:\n  \
                      cargo run -p grader -- verify\n  \
                      cargo run -p grader -- verify rlock --bless\n  \
                      cargo run -p grader -- verify queue --mutants=concurrency")]
    Verify {
        /// An exercise: its number, its name or a part of it, or a path into its folder
        #[arg(value_name = "EXERCISE", add = ArgValueCandidates::new(candidates::exercises))]
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
pub(super) struct GradeArgs {
    /// What to grade: a folder laid out like exercises/, one exercise's folder, or one .rs or
    /// .patch file [default: exercises/]
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) submission: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ReportFormat,
    /// Write the report to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Show every failure in full, and what was tried on the checks that pass
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct CourseArgs {
    /// The course's folder [default: the current folder or the nearest parent that holds a course]
    #[arg(long, value_name = "DIR")]
    pub(super) course: Option<PathBuf>,
}

/// The report formats, named as on the command line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For people in a browser: one page that needs no network
    Html,
}
