//! Runs a program under one thread schedule after another, and finds the one that breaks it.
//!
//! The program is a closure that uses the primitives of `model-std`. Its threads are coroutines on
//! one OS thread, so that which of them runs next is the explorer's decision and nobody else's.
//!
//! # How the parts work together
//!
//! * [`door`]: the one door through which every primitive goes. It announces the operation that
//!   comes next (object, kind, source line, and when it can be done) and is let through when the
//!   schedule says so.
//! * `execution`: one run of the program. From what the threads announced it knows which of them
//!   can go on, and so what a schedule can choose; with a virtual clock that moves when nobody can.
//! * `strategy`: how schedules are picked: every one with few preemptions first, then random ones.
//! * `session`: the decision at one point, and the two guards against running for ever.
//! * `diagnosis`: who waits for whom, when an execution can go no further.
//! * [`search`]: strategies one after another; `shrink` makes what they find smaller; `decisive` finds
//!   the step at which it was lost; a last run with a `recorder` writes down what happened. `token`
//!   puts a schedule into a dozen characters.
//! * `engine`: the bridge to the coroutines of `shuttle-engine`. Nothing else names it.
//!
//! Facts only: the words for people are the grader's.
//!
//! # What the model covers
//!
//! Sequentially consistent interleavings of operations on synchronisation objects. Orderings weaker
//! than `SeqCst` are accepted and treated as `SeqCst`. Whatever std leaves open is left to the
//! schedule: which waiter a notification wakes, wakeups for no reason, a weak exchange that fails
//! for none, how late a deadline is noticed.

mod choice;
mod decisive;
mod diagnosis;
pub mod door;
mod engine;
mod execution;
mod object;
mod operation;
mod panics;
mod recorder;
mod recording;
mod runs;
mod schedule;
mod search;
mod session;
mod shrink;
mod strategy;
mod thread;
pub mod threads;
mod token;

pub use door::progress;
pub use execution::MAX_THREADS;
pub use object::Handle;
pub use operation::{Announcement, GateId, ObjectId, Passage, ThreadId, Until};
pub use search::explore;
pub use token::is_token;

/// Panics of the program's threads, for the worlds' `panic` and `thread` modules.
pub mod unwinding {
    pub use crate::panics::{begin, end, panicking};
}
