//! Where something happened, within a sentence.

use super::super::super::evidence::Evidence;
use record::Location;

/// More threads than this are not named one by one.
pub(super) const MOST_NAMED: usize = 4;

/// ` (lib.rs:31)`, or nothing where the place is in a library.
pub(super) fn place(evidence: &Evidence<'_>, at: &Location) -> String {
    evidence.sources.place(at).map(|place| format!(" ({place})")).unwrap_or_default()
}

/// ` at lib.rs:31`, or nothing.
pub(super) fn at(evidence: &Evidence<'_>, at: &Location) -> String {
    evidence.sources.place(at).map(|place| format!(" at {place}")).unwrap_or_default()
}
