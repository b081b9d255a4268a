//! Which exercise of a course the learner is working on.

use std::cmp::Reverse;
use std::time::SystemTime;

/// What matters of an exercise here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether it is solved.
    pub is_solved: bool,
    /// Whether its file differs from the starter.
    pub is_begun: bool,
    /// When its file was last changed, if known.
    pub changed: Option<SystemTime>,
}

/// The index of the exercise that the learner is working on: of the unsolved ones that differ from
/// their starters, the one whose file changed last, or else the first unsolved one. `None` if all
/// are solved.
pub fn current(places: impl IntoIterator<Item = Place>) -> Option<usize> {
    let unsolved = places.into_iter().enumerate().filter(|(_, place)| !place.is_solved);
    // Among files that changed at the same time, or at an unknown time, the first one counts.
    let rank = |(index, place): &(usize, Place)| {
        (place.is_begun, place.changed.filter(|_| place.is_begun), Reverse(*index))
    };
    unsolved.max_by_key(rank).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NEW: Place = Place { is_solved: false, is_begun: false, changed: None };
    const SOLVED: Place = Place { is_solved: true, is_begun: true, changed: None };

    fn begun(at: u64) -> Place {
        let changed = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(at));
        Place { is_solved: false, is_begun: true, changed }
    }

    #[test]
    fn it_is_the_one_changed_last_that_is_not_solved() {
        let late = Place { is_solved: true, ..begun(9) };
        let restored = Place { is_begun: false, ..begun(8) };
        assert_eq!(current([SOLVED, begun(3), begun(7), begun(7), late, restored, NEW]), Some(2));
    }

    #[test]
    fn without_one_it_is_the_first_that_is_not_solved() {
        assert_eq!(current([SOLVED, NEW, Place { is_begun: false, ..begun(8) }]), Some(1));
        assert_eq!(current([SOLVED, SOLVED]), None);
    }
}
