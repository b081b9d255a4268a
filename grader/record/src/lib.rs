//! What a graded process tells the grader: facts, without a word for people.
//!
//! The worlds (`model-std`, `native-std`) write records, the grader reads them. A record says what
//! happened in one check: which operations ran, which thread waited for what, what panicked. Which
//! verdict that deserves and how it is told to a learner is decided by the grader.
//!
//! * [`Order`]: what the grader asks a child process to do with one check.
//! * [`Outcome`]: what came of it, with [`Failure`], [`Coverage`] and the [`Trace`] of the schedule
//!   that failed.
//! * [`channel`]: the file that carries them, each line stamped with a nonce.

pub mod channel;
mod failure;
pub mod marks;
mod order;
mod outcome;
mod trace;

pub use failure::{Failure, Held, Panic, Size, Wait};
pub use order::{Budget, Order, Task, TimeMode};
pub use outcome::{Coverage, Decisive, Outcome};
pub use trace::{How, Location, ObjectInfo, ObjectKind, Operation, Step, ThreadInfo, Trace, Value};
