//! How much of an exercise is run on an answer.

use crate::world::World;

/// How much of an exercise is run on an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All checks in all their worlds.
    #[default]
    Full,
    /// The checks until one fails. The rest have no result.
    FirstFailure,
    /// The checks until one fails, in one world only. Checks that do not run there are skipped.
    FirstFailureIn(World),
    /// All checks in one world only. Checks that do not run there are skipped.
    In(World),
}

impl Extent {
    /// Whether to stop after the first failure.
    pub(crate) fn until_failure(self) -> bool {
        matches!(self, Self::FirstFailure | Self::FirstFailureIn(_))
    }
}
