//! What comes of an answer.

use crate::graded::GradedExercise;

/// An answer's grade.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The graded exercise.
    pub exercise: GradedExercise,
    /// What rustc warned of in the answer.
    pub warnings: Vec<String>,
}
