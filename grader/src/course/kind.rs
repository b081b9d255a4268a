//! The kinds of answers that authors write.

/// The kind of an answer in `solutions/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a learner starts from. Must not get full marks.
    Starter,
    /// The reference answer or another right one. Must get full marks.
    Right,
    /// An answer with one fault. Must not get full marks.
    Wrong,
}
