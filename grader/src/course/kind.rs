//! What an answer of the authors' is.

/// What an answer in `solutions/` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a learner starts from. Never full marks.
    Starter,
    /// The reference answer or another right one. Full marks.
    Right,
    /// An answer with one fault. Never full marks.
    Wrong,
}
