//! Runs a program under one thread schedule after another until one of them breaks it.
//!
//! The program is a closure that uses the primitives of `model-std`. Its threads are coroutines on
//! a single OS thread, so only the explorer decides which of them runs next.
//!
//! # How the parts work together
//!
//! * [`scheduler`]: the entry point that every primitive goes through. The primitive announces its
//!   next operation (object, kind, source line, and the condition it waits for) and is let through
//!   when the schedule says so.
//! * `execution`: one run of the program. From the announcements it knows which threads are
//!   enabled, and so what a schedule can choose. Its virtual clock moves when no thread can run.
//! * `strategy`: how schedules are picked. A systematic search and several that leave it to chance take
//!   turns (`strategy::turns`).
//! * `footprint`: what a step touches, and so which steps may change places. The search of all
//!   interleavings (`strategy::sleep_sets`) rests on it. An order says with [`record::Interleavings`]
//!   whether it may be relied on.
//! * `session`: the decision at each point, and the two guards against running forever.
//! * `diagnosis`: which thread waits for which, when an execution can go no further.
//! * [`search`]: runs the program until a schedule fails or the budget is spent. `shrink` makes a failing schedule smaller,
//!   `decisive` finds the step that decided the failure, and a last run with a `recorder` writes
//!   down what happened. `steer` runs a schedule that somebody chooses. `token` encodes a schedule in about a dozen characters.
//! * `engine`: the bridge to the coroutines of `shuttle-engine`, and the only module that names it.
//!
//! This crate reports facts only; the grader turns them into text.
//!
//! # What the model covers
//!
//! Sequentially consistent interleavings of operations on synchronisation objects. Orderings weaker
//! than `SeqCst` are accepted and treated as `SeqCst`. Whatever std leaves open is left to the
//! schedule: which waiter a notification wakes, spurious wakeups, spurious failures of a weak
//! compare-exchange, and how late a deadline is noticed.

mod choice;
mod decisive;
mod diagnosis;
mod engine;
mod execution;
mod footprint;
mod object;
mod operation;
mod panics;
mod recorder;
mod recording;
mod runs;
mod schedule;
pub mod scheduler;
mod search;
mod session;
mod shrink;
mod steer;
mod strategy;
mod system_clock;
mod thread;
pub mod threads;
mod token;

pub use execution::MAX_THREADS;
pub use object::{Handle, Use};
pub use operation::{Announcement, GateId, ObjectId, ThreadId, Until, WaitResult};
pub use scheduler::progress;
pub use search::explore;
pub use thread::Position;
pub use token::is_token;

/// Tracks panics of the program's threads, for the worlds' `panic` and `thread` modules.
pub mod unwinding {
    pub use crate::panics::{begin, end, panicking, pass_on};
}
