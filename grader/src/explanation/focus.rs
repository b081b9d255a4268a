//! Which exercise of a course the learner is at.

use crate::graded::{Graded, GradedExercise};

/// The index of the exercise that the learner is at: the unsolved one whose file changed last, of
/// those that are no longer their starters, or else the first unsolved one. `None` where all are
/// solved.
pub fn current(graded: &Graded) -> Option<usize> {
    let unsolved = |exercise: &GradedExercise| !exercise.verdict().is_pass();
    let all = || graded.exercises.iter().enumerate().filter(|(_, exercise)| unsolved(exercise));
    let begun = all().filter(|(_, exercise)| !exercise.is_starter);
    // Of files that changed at the same time, or whose time is not known, the first.
    let last = begun.max_by_key(|(index, it)| (it.changed, std::cmp::Reverse(*index)));
    last.or_else(|| all().next()).map(|(index, _)| index)
}
