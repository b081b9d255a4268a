//! Which exercise of a course the learner is working on.

use crate::graded::{Graded, GradedExercise};

/// The index of the exercise that the learner is working on: of the unsolved ones that differ from
/// their starters, the one whose file changed last, or else the first unsolved one. `None` if all
/// are solved.
pub fn current(graded: &Graded) -> Option<usize> {
    let unsolved = |exercise: &GradedExercise| !exercise.verdict().is_pass();
    let all = || graded.exercises.iter().enumerate().filter(|(_, exercise)| unsolved(exercise));
    let begun = all().filter(|(_, exercise)| !exercise.is_starter);
    // Among files that changed at the same time, or at an unknown time, the first one counts.
    let last = begun.max_by_key(|(index, it)| (it.changed, std::cmp::Reverse(*index)));
    last.or_else(|| all().next()).map(|(index, _)| index)
}
