//! How much of a schedule is told.

/// How much of a schedule is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// What matters, on one screen.
    Short,
    /// Every step.
    Whole,
}
