//! What a step touches, and so which steps may change places without anyone noticing.
//!
//! A step is one operation and everything that its thread does from there to its next
//! announcement. Two steps of different threads *commute* if neither changes what the other one
//! touches: run in either order, they lead to the same state, and neither enables or disables the
//! other. This is the independence relation of A. Mazurkiewicz, "Trace Theory", 1987.

use crate::operation::{ObjectId, ThreadId};

/// Touches that are kept one by one. A step that touches more counts as touching everything.
const ROOM: usize = 8;

/// Something that the steps of several threads may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A synchronisation object, and the value or the gates that belong to it.
    Object(u32),
    /// Whether a thread has finished, and what it has left.
    Thread(u32),
    /// What `unpark` gives a thread.
    Permit(u32),
    /// Virtual time.
    Clock,
    /// Which number the next thread gets.
    Numbers,
    /// How many threads live. Who counts them *changes* this, and who is counted does not: only the
    /// order between these two matters.
    Living,
}

impl Place {
    pub(crate) fn object(object: ObjectId) -> Self {
        Self::Object(object as u32)
    }

    pub(crate) fn thread(thread: ThreadId) -> Self {
        Self::Thread(thread as u32)
    }

    pub(crate) fn permit(thread: ThreadId) -> Self {
        Self::Permit(thread as u32)
    }
}

/// What one step touches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    touches: [(Place, bool); ROOM],
    count: usize,
    everything: bool,
}

impl Footprint {
    /// Of a step that touches nothing yet.
    pub(crate) const NOTHING: Self =
        Self { touches: [(Place::Clock, false); ROOM], count: 0, everything: false };

    /// The step looks at `place`.
    pub(crate) fn look(&mut self, place: Place) {
        self.touch(place, false);
    }

    /// The step changes `place`, or may do so.
    pub(crate) fn change(&mut self, place: Place) {
        self.touch(place, true);
    }

    /// The step cannot change places with any other.
    pub(crate) fn change_everything(&mut self) {
        self.everything = true;
    }

    fn touch(&mut self, place: Place, changes: bool) {
        let known = &mut self.touches[..self.count];
        if let Some((_, known)) = known.iter_mut().find(|(known, _)| *known == place) {
            *known |= changes;
        } else if self.count < ROOM {
            self.touches[self.count] = (place, changes);
            self.count += 1;
        } else {
            self.everything = true;
        }
    }

    /// Whether a step of one thread with this footprint and a step of another thread with the
    /// `other` one lead to the same state in either order.
    pub(crate) fn commutes(&self, other: &Self) -> bool {
        let clashes = |(place, changes): &(Place, bool)| {
            let others = &other.touches[..other.count];
            others.iter().any(|(it, changed)| it == place && (*changes || *changed))
        };
        !self.everything && !other.everything && !self.touches[..self.count].iter().any(clashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(looks: &[Place], changes: &[Place]) -> Footprint {
        let mut footprint = Footprint::NOTHING;
        looks.iter().for_each(|&place| footprint.look(place));
        changes.iter().for_each(|&place| footprint.change(place));
        footprint
    }

    #[test]
    fn steps_commute_unless_one_changes_what_the_other_touches() {
        let (a, b) = (Place::Object(1), Place::Object(2));
        assert!(footprint(&[a], &[]).commutes(&footprint(&[a], &[])));
        assert!(footprint(&[], &[a]).commutes(&footprint(&[], &[b])));
        assert!(!footprint(&[], &[a]).commutes(&footprint(&[a], &[])));
        assert!(!footprint(&[a], &[]).commutes(&footprint(&[b], &[a])));
        assert!(!footprint(&[a], &[a]).commutes(&footprint(&[a], &[])));
        assert!(Place::Thread(1) != Place::Object(1));
    }

    #[test]
    fn a_step_that_touches_too_much_commutes_with_none() {
        let many: Vec<Place> = (0..=ROOM as u32).map(Place::Object).collect();
        let other = footprint(&[], &[Place::Clock]);
        assert!(footprint(&[], &many[..ROOM]).commutes(&other));
        assert!(!footprint(&[], &many).commutes(&other));
    }
}
