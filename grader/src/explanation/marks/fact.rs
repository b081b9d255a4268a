//! What one thread did at a place.

use super::super::evidence::Evidence;
use super::super::timeline::has_place;
use super::super::words::label::Phrase;
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

/// Whether a step happened at a place in the learner's file that can be pointed at.
pub(super) fn tells(evidence: &Evidence<'_>, step: &Step) -> bool {
    let is_step = !matches!(step.operation, Operation::Panic | Operation::Call);
    evidence.sources.is_answer(&step.at) && has_place(step) && is_step
}
