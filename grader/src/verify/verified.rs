//! The result of verifying an exercise.

use super::comparison::Comparison;

/// The result of verifying an exercise.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The exercise's folder name.
    pub id: String,
    /// The results for its answers.
    pub answers: Vec<Comparison>,
    /// Complaints about its documents.
    pub documents: Vec<String>,
}
