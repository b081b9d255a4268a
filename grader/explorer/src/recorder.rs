//! Writes down what happens in one execution. Only a replay has a recorder; a search runs without
//! one.

use record::Step;

/// The most steps a trace keeps. A longer one is cut in the middle, because its end is what
/// matters.
const KEEP: usize = 1_000;

#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) steps: Vec<Step>,
    pub(crate) dropped: u64,
    /// The decision, counted from 1, whose step is wanted.
    pub(crate) wanted: Option<u32>,
    /// The index of that step in `steps`.
    pub(crate) found: Option<usize>,
}

impl Recorder {
    /// A recorder that notes which step belongs to decision `wanted`.
    pub(crate) fn looking_for(wanted: Option<u32>) -> Self {
        Self { wanted, ..Self::default() }
    }

    pub(crate) fn push(&mut self, step: Step) {
        if self.steps.len() == KEEP {
            self.steps.drain(KEEP / 4..KEEP / 2);
            self.dropped += (KEEP / 4) as u64;
            self.found = match self.found {
                Some(at) if at >= KEEP / 2 => Some(at - KEEP / 4),
                Some(at) if at < KEEP / 4 => Some(at),
                _ => None,
            };
        }
        self.steps.push(step);
    }
}
