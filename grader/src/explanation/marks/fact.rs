//! What one thread did at a place.

use super::super::evidence::Evidence;
use super::super::timeline::has_place;
use super::super::words::label::{self, Phrase};
use record::{Location, Operation, Step};

/// What one thread did at a place.
pub(super) struct Fact {
    pub(super) at: Location,
    pub(super) thread: Option<usize>,
    pub(super) phrase: Phrase,
    pub(super) fails: bool,
}

impl Fact {
    pub(super) fn cause(at: &Location, thread: usize, phrase: Phrase) -> Self {
        Self { at: at.clone(), thread: Some(thread), phrase, fails: false }
    }

    pub(super) fn failure(at: &Location, thread: usize, phrase: Phrase) -> Self {
        Self { fails: true, ..Self::cause(at, thread, phrase) }
    }

    /// Something that is not said of any thread.
    pub(super) fn plain(at: &Location, phrase: Phrase) -> Self {
        Self { at: at.clone(), thread: None, phrase, fails: true }
    }
}

/// The learner's statement `at`, which ran code of somebody else's that panicked at `raised`.
pub(super) fn panics_below(
    evidence: &Evidence<'_>,
    at: &Location,
    thread: usize,
    raised: &Location,
) -> Fact {
    let is_end_of_block = evidence.sources.is_end_of_block(at);
    let drops = evidence.sources.is_in_destructor(raised);
    Fact::cause(at, thread, label::panics_below(is_end_of_block, drops))
}

/// Whether a step happened at a place in the learner's file that can be pointed at.
pub(super) fn tells(evidence: &Evidence<'_>, step: &Step) -> bool {
    let is_step = !matches!(step.operation, Operation::Panic | Operation::Call);
    evidence.sources.is_answer(&step.at) && has_place(step) && is_step
}
