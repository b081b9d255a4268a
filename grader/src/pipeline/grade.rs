//! The grade of an answer.

use crate::graded::GradedExercise;

/// An answer's grade.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The graded exercise.
    pub exercise: GradedExercise,
    /// rustc's warnings about the answer.
    pub warnings: Vec<String>,
}
