//! Phrases that say, within a sentence, where something happened.

use super::super::super::evidence::Evidence;
use record::Location;

/// At most this many threads are named one by one.
pub(super) const MOST_NAMED: usize = 4;

/// ` (lib.rs:31)`, or nothing if the place is in a library.
pub(super) fn place(evidence: &Evidence<'_>, at: &Location) -> String {
    evidence.sources.place(at).map(|place| format!(" ({place})")).unwrap_or_default()
}

/// ` at lib.rs:31`, or nothing if the place is in a library.
pub(super) fn at(evidence: &Evidence<'_>, at: &Location) -> String {
    evidence.sources.place(at).map(|place| format!(" at {place}")).unwrap_or_default()
}
