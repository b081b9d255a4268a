//! How far an answer is graded.

use crate::world::World;

/// How much of an exercise is run on an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All checks in all their worlds.
    #[default]
    Full,
    /// Checks until one fails. The rest have no result.
    FirstFailure,
    /// The same in one world, without the checks that do not run there.
    FirstFailureIn(World),
    /// All checks in one world, without those that do not run there.
    In(World),
}

impl Extent {
    /// Whether one failure is enough.
    pub(crate) fn until_failure(self) -> bool {
        matches!(self, Self::FirstFailure | Self::FirstFailureIn(_))
    }
}
