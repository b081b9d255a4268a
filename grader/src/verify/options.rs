//! Options of a verification.

/// Options of a verification.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// The answers in `exercises/` must be the starters.
    pub pristine: bool,
    /// How many times to run everything, to compare the runs. At least 1.
    pub repeat: u32,
    /// Rewrite parts of documents that are out of date, and renew patches.
    pub bless: bool,
    /// Grade only the starter, the reference and a few wrong answers of each exercise, the reference
    /// with a sample of its schedules, and check no documents.
    pub quick: bool,
}
