//! The worlds in which answers are compiled and run, and the path of the answer in them.

use serde::{Deserialize, Serialize};

/// The only file of an exercise that the learner edits, relative to the exercise's folder.
pub const ANSWER: &str = "src/lib.rs";

/// Where a check runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// `model-std`: the schedule explorer with a virtual clock.
    Model,
    /// `native-std`: real threads, many rounds.
    Native,
    /// Real `std`, compiled but not run: programs that must compile and programs that must not.
    Compile,
}

impl World {
    /// Every world, in the order in which they decide.
    pub const ALL: [Self; 3] = [Self::Model, Self::Native, Self::Compile];

    /// The world's name in files and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Native => "native",
            Self::Compile => "compile",
        }
    }

    /// The world with this name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|world| world.name() == name)
    }
}
