//! What a run says about itself while it goes on. How that is shown is the
//! [`report`](crate::report)'s choice.

use crate::world::World;
use std::time::Duration;

/// Something that a run has just begun or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The compiler is at work: `done` of `total` packages are built.
    Building {
        /// Packages built.
        done: usize,
        /// Packages to build.
        total: usize,
    },
    /// A check has begun in a world; `done` of `total` checks are over.
    Checking {
        /// The exercise's package, such as `rlock`.
        exercise: &'a str,
        /// The check.
        check: &'a str,
        /// Where it runs.
        world: World,
        /// Checks that are over.
        done: usize,
        /// Checks in all.
        total: usize,
    },
    /// A check has come to an end in a world.
    Checked {
        /// The check.
        check: &'a str,
        /// Where it ran.
        world: World,
        /// How long that took.
        took: Duration,
    },
    /// Something the user should know, in a sentence.
    Note(&'a str),
    /// Nothing more will come.
    Finished,
}

/// Receives the events of a run, from any of its threads.
pub type Listener<'a> = &'a (dyn Fn(Event<'_>) + Sync);
