//! How to verify.

/// How to verify.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// The answers in `exercises/` must be the starters.
    pub pristine: bool,
    /// Run everything so often, and compare the runs. At least once.
    pub repeat: u32,
    /// Write what is out of date in documents, and patches that can be fitted.
    pub bless: bool,
    /// Of each exercise the starter, the reference and a few wrong answers only, and no documents.
    pub quick: bool,
}
