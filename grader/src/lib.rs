//! Grades the exercises of the course.
//!
//! A learner edits one file of ordinary Rust. The grader compiles that file and the exercise's
//! checks, ordinary `#[test]` functions, against other standard libraries, runs them, and reports
//! what broke and how.
//!
//! # How a run goes
//!
//! ```text
//! discover → stage → build → run → judge → explain → report
//! ```
//!
//! * [`course`] reads the exercises and refuses a course with anything wrong in it.
//! * [`submission`] finds the answers: in the course itself, or in the folder or file that a user
//!   names. [`source`] reads them without following a link, [`forbidden`] refuses what reaches
//!   outside the language's safe part.
//! * [`stage`] writes a workspace in which each answer meets the checks: our manifests, our checks,
//!   and of the submission nothing but the one file. For the model, small helpers in it are made to
//!   name their callers (`tracked`); for a second look at what hangs, it gets marks (`marked`).
//! * [`mod@compile`] builds it with one call of cargo; [`diagnostics`] makes rustc's words readable.
//! * [`run`] starts a child [`process`] for each check and world (`child`), when it is its turn
//!   (`turns`). Nothing that a child prints is believed: facts arrive as records on a file of their own
//!   (see the `record` crate).
//! * [`judge`] turns what came of a [`job`] into verdicts and points, and nothing else does.
//! * [`explanation`] works out from the facts what went wrong, as one plain value.
//! * [`report`] renders it: the terminal's text and pictures for people, the JSON for programs.
//!
//! [`pipeline`] ties these together, and [`cache`] lets it leave out what is known. [`verify`] is
//! the same pipeline with the authors' own answers, right and wrong, and what they must get;
//! [`mutants`] adds the faults that nobody thought of, and [`generated`] keeps what their documents show
//! of it true. [`new_exercise`] makes the two folders of one that is to be written. What a run knows in the end is [`graded`]; [`extent`] says how far it goes.
//!
//! Data flows in this order and no file imports one that imports it: `tests/architecture.rs` reads the
//! `use` lines and fails on a circle, or on an arrow against the order.
//!
//! # Worlds
//!
//! The same two files are compiled in up to three worlds, which differ in what `std` is:
//!
//! | world | `std` | finds |
//! | --- | --- | --- |
//! | model | runs on a schedule explorer with a virtual clock | the schedule that breaks it |
//! | native | the real one, less files, processes and the like ([`ability`]); many rounds | crashes, real blocking |
//! | compile | the real one; only compiled | programs that must not compile, and do |
//!
//! The model runs first. A check that fails there is not run natively: the schedule that broke it
//! is the same each time, and what a machine does by chance is not.
//!
//! # What costs what
//!
//! A fault of an answer costs the check in which it shows: [`verdict::Verdict`]. An answer that does
//! not compile, or is refused, costs its own exercise. A broken course stops everything before
//! anything is graded, and so does a fault of the grader itself, which is never scored:
//! [`exit::Code`].
//!
//! # Where things lie
//!
//! The grader writes below `target/grader/` and nowhere else ([`layout`]). All of it may be deleted
//! at any time.

pub mod ability;
pub mod cache;
mod child;
pub mod cli;
pub mod compile;
pub mod contract;
pub mod course;
pub mod diagnostics;
pub mod exit;
pub mod explanation;
pub mod extent;
pub mod forbidden;
pub mod generated;
pub mod graded;
mod insertion;
pub mod job;
pub mod judge;
pub mod layout;
mod marked;
pub mod mutants;
pub mod new_exercise;
pub mod output;
pub mod pipeline;
pub mod process;
pub mod progress;
pub mod report;
pub mod run;
pub mod source;
pub mod stage;
mod stillness;
pub mod submission;
mod syntax;
mod tracked;
mod turns;
mod unchanged;
pub mod verdict;
pub mod verify;
pub mod world;
