//! The grade of an answer.

use crate::graded::GradedExercise;

/// An answer's grade.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The graded exercise.
    pub exercise: GradedExercise,
    /// rustc's warnings about the answer.
    pub warnings: Vec<String>,
    /// Why it does not compile with what the stage inserts for its reports, if it does without.
    pub insertion_error: Option<String>,
}
