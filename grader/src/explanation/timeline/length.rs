//! How much of a schedule is shown.

/// How much of a schedule is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// What matters, on one screen.
    Short,
    /// Every step.
    Whole,
}
