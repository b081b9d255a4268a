//! Progress events of a run. The [`report`](crate::report) decides how they are shown.

use crate::world::World;
use std::time::Duration;

/// Something that has just begun or ended in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The compiler is running: `done` of `total` packages are built.
    Building {
        /// Packages built.
        done: usize,
        /// Packages to build.
        total: usize,
        /// The crate that was compiled last, if one was.
        last: Option<&'a str>,
    },
    /// A check has begun in a world; `done` of `total` checks are finished.
    Checking {
        /// The exercise's package, such as `rlock`.
        exercise: &'a str,
        /// The check.
        check: &'a str,
        /// Where it runs.
        world: World,
        /// Checks finished.
        done: usize,
        /// Checks to run.
        total: usize,
    },
    /// A check has ended in a world.
    Checked {
        /// The answer: its position among those that are graded.
        answer: usize,
        /// The check.
        check: &'a str,
        /// Where it ran.
        world: World,
        /// How long it took.
        took: Duration,
    },
    /// A note to the user, in one sentence.
    Note(&'a str),
    /// The run is over.
    Finished,
}

/// Receives the events of a run, from any of its threads.
pub type Listener<'a> = &'a (dyn Fn(Event<'_>) + Sync);
