//! How much of an exercise is run on an answer.

use crate::world::World;
use record::Budget;

/// A sample has one schedule out of this many.
const SAMPLE: u64 = 10;

/// How much of an exercise is run on an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All checks in all their worlds.
    #[default]
    Full,
    /// All checks in all their worlds, each with a small part of its schedules and rounds: enough to
    /// see that everything works, not that an answer is right.
    Sample,
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

    /// The part of `budget` that is used.
    pub(crate) fn of(self, budget: Budget) -> Budget {
        let part =
            |number: u64| if self == Self::Sample { number.div_ceil(SAMPLE) } else { number };
        Budget {
            systematic: part(budget.systematic),
            random: part(budget.random),
            rounds: part(budget.rounds),
            ..budget
        }
    }
}
