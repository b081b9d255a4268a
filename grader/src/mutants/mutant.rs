//! A right answer with one change, and what became of it.

use super::operator::Operator;

/// A right answer with one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Who lists it.
    pub origin: Origin,
    /// The change, such as `replace > with >= in Queue::full`.
    pub change: String,
    /// The line of the right answer, counted from 1.
    pub line: usize,
    /// The text of that line in the right answer.
    pub source: String,
    /// The whole text with the change.
    pub text: String,
}

/// Who lists a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// cargo mutants.
    Cargo,
    /// One of the operators for concurrency.
    Concurrency(Operator),
}

/// The result for a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutantResult {
    /// It does not compile, so it does not count.
    Unviable,
    /// A check failed.
    Killed {
        /// The check's name.
        by: String,
    },
    /// Every check passes, and the author has given a reason.
    Argued {
        /// The author's reason.
        why: String,
    },
    /// Every check passes, and no reason is given.
    Survived,
}

/// The mutants of one right answer.
#[derive(Clone, Debug)]
pub struct Mutated {
    /// The exercise's folder name.
    pub id: String,
    /// The right answer's label: `reference`, or `right/` and a name.
    pub answer: String,
    /// Each mutant and its result.
    pub mutants: Vec<(Mutant, MutantResult)>,
}

/// The mutants of one exercise.
#[derive(Clone, Debug)]
pub struct MutatedExercise {
    /// Those of each right answer.
    pub answers: Vec<Mutated>,
    /// The entries of `mutants.yaml` that match no surviving mutant.
    pub idle: Vec<String>,
}
