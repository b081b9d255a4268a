//! Grades the exercises of the course.
//!
//! A learner edits one file of ordinary Rust. The grader compiles that file together with the
//! exercise's checks, which are ordinary `#[test]` functions, against replacements for the standard
//! library. It runs the checks and reports what broke and how.
//!
//! # How a run goes
//!
//! ```text
//! discover → stage → build → run → judge → explain → report
//! ```
//!
//! * [`course`] reads the exercises and reports everything wrong with them.
//! * [`submission`] finds the answers: in the course itself, or in the folder or file that a user
//!   names. [`source`] reads them without following links; [`forbidden`] refuses answers that reach
//!   outside safe Rust and the replaced `std`.
//! * [`stage`] writes a workspace that combines each answer with the checks. The manifests and the
//!   checks are the course's; only the one file comes from the submission. What it inserts
//!   into them so that they tell more about themselves is in `instrument`.
//! * [`mod@compile`] builds the workspace with one call to cargo, a learner's answers incrementally
//!   (`incremental`); [`diagnostics`] makes rustc's
//!   messages readable. What rustc has read besides the answer (`dep_info`) is a reason to refuse it.
//! * [`run`] starts a child [`process`] for each check and world (`child`) when its turn comes
//!   (`turns`). Nothing that a child prints is trusted: facts arrive as records in a separate file
//!   (see the `record` crate).
//! * [`judge`] turns the result of each [`job`] into verdicts and points. Nothing else does.
//! * [`explanation`] works out from the facts what went wrong, as a plain value.
//! * [`report`] renders it: text and pictures in the terminal for people, JSON for programs.
//!
//! [`pipeline`] ties these together, and [`cache`] lets it skip what is already known. [`verify`]
//! runs the same pipeline on the authors' own answers, right and wrong, and compares the verdicts
//! with those expected. [`mutants`] adds faults that no author thought of, and [`generated`] keeps
//! the results shown in documents up to date. [`new_exercise`] creates the two folders of a new
//! exercise. [`guide`] has what a learner asks for between two runs: where they stand, hints, a fresh
//! start, the solution. [`mod@watch`] is the loop in which they work, with a [`worker`] that grades,
//! and [`play`] lets them choose a schedule step by step.
//! [`graded`] is the result of a run; [`extent`] says how much of an exercise is run.
//!
//! Data flows in this order, and imports are acyclic: `tests/architecture.rs` reads the `use` lines
//! and fails on a cycle, or on an import against the order.
//!
//! # Worlds
//!
//! The same two files, the answer and the checks, are compiled in up to three worlds, which differ
//! in their `std`:
//!
//! | world | `std` | finds |
//! | --- | --- | --- |
//! | model | runs on a schedule explorer with a virtual clock | the schedule that breaks it |
//! | native | the real one, without files, processes and the like ([`ability`]); many rounds | crashes, real blocking |
//! | compile | the real one; compiled but not run | programs that compile but must not, or the reverse |
//!
//! The model runs first. A check that fails there is not run natively: the schedule that broke it
//! is reproducible, and a native run depends on chance.
//!
//! # What an error costs
//!
//! A fault in an answer costs the points of the check that it fails: [`verdict::Verdict`]. An
//! answer that does not compile, or is refused, costs the points of its whole exercise. A broken
//! exercise of the course is left out and named; a broken course stops the run before anything is
//! graded. A fault in the grader itself is never scored: [`exit::Code`].
//!
//! # Where files are kept
//!
//! Grading writes only below `target/grader/` ([`layout`]). All of it may be deleted at any time.

pub mod ability;
pub mod book;
pub mod cache;
mod child;
pub mod cli;
pub mod compile;
pub mod contract;
pub mod course;
mod dep_info;
pub mod diagnostics;
pub mod exit;
pub mod explanation;
pub mod extent;
pub mod focus;
pub mod forbidden;
pub mod generated;
pub mod graded;
pub mod guide;
mod incremental;
mod instrument;
pub mod job;
pub mod judge;
pub mod last_drop;
pub mod layout;
pub mod mutants;
pub mod new_exercise;
pub mod output;
pub mod pipeline;
pub mod play;
pub mod process;
pub mod progress;
pub mod report;
pub mod run;
pub mod source;
pub mod stage;
mod statics;
mod stillness;
pub mod submission;
mod syntax;
pub mod task;
mod terminal;
pub mod token;
mod turns;
mod unchanged;
pub mod verdict;
pub mod verify;
pub mod watch;
pub mod worker;
pub mod world;
