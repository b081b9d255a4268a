//! What a grader says to another one that it works for, line by line.
//!
//! `watch` grades in a process of its own: it can be stopped at any moment, with everything that it
//! started, and its faults do not take the screen down.

use crate::graded::{Graded, GradedExercise};
use crate::progress::Event;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// One line of a worker's output, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// The compiler is running.
    Building {
        /// Packages built.
        done: usize,
        /// Packages to build.
        total: usize,
        /// The crate that was compiled last, if one was.
        last: Option<String>,
    },
    /// A check has begun.
    Checking {
        /// The check.
        check: String,
        /// Where it runs.
        world: World,
        /// Checks finished.
        done: usize,
        /// Checks to run.
        total: usize,
    },
    /// A note to the user.
    Note(String),
    /// The result. Nothing comes after it.
    Graded(Box<Graded>),
    /// One schedule of one check, step by step. Nothing comes after it.
    Replayed(Box<GradedExercise>),
    /// Nothing was graded, for a reason that the user can change. Nothing comes after it.
    Refused(String),
}

impl Message {
    /// The message about an event. `None` if it does not matter to the other side.
    pub fn of(event: Event<'_>) -> Option<Self> {
        match event {
            Event::Building { done, total, last } => {
                Some(Self::Building { done, total, last: last.map(str::to_owned) })
            }
            Event::Checking { exercise: _, check, world, done, total } => {
                Some(Self::Checking { check: check.to_owned(), world, done, total })
            }
            Event::Note(text) => Some(Self::Note(text.to_owned())),
            Event::Checked { .. } | Event::Finished => None,
        }
    }
}
