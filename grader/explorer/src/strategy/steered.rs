//! A schedule that somebody chooses step by step.

use super::replay::Replay;
use super::{STOP, Strategy};
use crate::schedule::Point;
use record::Pick;
use std::cell::RefCell;
use std::rc::Rc;

/// Takes `wanted` where there is a choice, and then what `then` says. Where there is only one way to
/// go on, it is taken without asking.
pub(crate) struct Steered {
    wanted: std::vec::IntoIter<Pick>,
    then: Afterwards,
    /// The picks taken so far.
    taken: Rc<RefCell<Vec<Pick>>>,
    begun: bool,
}

/// What to do once all that was wanted is taken.
pub(crate) enum Afterwards {
    /// Stop.
    Stop,
    /// Take the default.
    RunOn,
    /// Do as this schedule does.
    Follow(Replay),
}

impl Steered {
    pub(crate) fn new(wanted: Vec<Pick>, then: Afterwards, taken: Rc<RefCell<Vec<Pick>>>) -> Self {
        Self { wanted: wanted.into_iter(), then, taken, begun: false }
    }
}

impl Strategy for Steered {
    fn begin(&mut self) -> bool {
        if let Afterwards::Follow(replay) = &mut self.then {
            replay.begin();
        }
        !std::mem::replace(&mut self.begun, true)
    }

    fn choose(&mut self, point: &Point) -> usize {
        if point.choices.len() == 1 {
            return 0;
        }
        let picked = match self.wanted.next() {
            Some(pick) => {
                // What is not possible here ends the schedule, and is not among the picks taken.
                point.choices.iter().position(|choice| choice.pick() == pick).unwrap_or(STOP)
            }
            None => match &mut self.then {
                Afterwards::Stop => STOP,
                Afterwards::RunOn => 0,
                Afterwards::Follow(replay) => replay.choose(point),
            },
        };
        if let Some(choice) = point.choices.get(picked) {
            self.taken.borrow_mut().push(choice.pick());
        }
        picked
    }
}
