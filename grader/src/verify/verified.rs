//! What came of an exercise's answers.

use super::comparison::Comparison;

/// What came of an exercise's answers.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The exercise's folder name.
    pub id: String,
    /// Its answers.
    pub answers: Vec<Comparison>,
    /// What is not true in its documents.
    pub documents: Vec<String>,
}
