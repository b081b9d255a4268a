//! What a graded process tells the grader: facts only, with no wording for people.
//!
//! The worlds (`model-std`, `native-std`) write records, and the grader reads them. A record says
//! what happened in one check: which operations ran, which thread waited for what, what panicked.
//! The grader decides which verdict that deserves and how to explain it to the learner.
//!
//! * [`Order`]: what the grader asks a child process to do with one check.
//! * [`Outcome`]: the result, with a [`Failure`], the [`Coverage`] and the [`Trace`] of the failing
//!   schedule.
//! * [`channel`]: the file that carries the records, each line with a secret.

pub mod channel;
mod failure;
pub mod marks;
mod order;
mod outcome;
mod trace;

pub use failure::{Failure, HeldLock, Panic, Size, Wait};
pub use order::{Budget, Interleavings, Order, Pick, Steering, Task, Then, TimeMode, Way};
pub use outcome::{Coverage, Decisive, NextStep, Offer, Outcome, Steered};
pub use trace::{
    Call, Location, ObjectInfo, ObjectKind, Operation, Step, StepStatus, ThreadInfo, Trace, Value,
};
