//! Strategies: how schedules are picked. No single one is enough, so [`turns`] has them take turns.
//!
//! | strategy | finds first |
//! | --- | --- |
//! | [`bounded`] | all bugs that need few preemptions, the simplest first |
//! | [`sleep_sets`] | that there are none: it tries each order of steps that matters once |
//! | [`systematic`] | what either of these two finds |
//! | [`lockstep`] | threads that give way to each other forever |
//! | [`uniform`] | bugs among many threads, where every order is equally likely |
//! | [`random`] | bugs that need many switches close together |
//! | [`priority`] | bugs that need one thread to be delayed for a long time |
//! | [`replay`] | the same schedule again |
//! | [`steered`] | what somebody chooses step by step |
//! | [`prefix`] | other continuations of a schedule's first steps |

pub(crate) mod bounded;
pub(crate) mod lockstep;
pub(crate) mod prefix;
pub(crate) mod priority;
pub(crate) mod random;
pub(crate) mod replay;
pub(crate) mod sleep_sets;
pub(crate) mod steered;
pub(crate) mod systematic;
pub(crate) mod turns;
pub(crate) mod uniform;

use crate::footprint::Footprint;
use crate::schedule::{Base, Point};
use std::cell::RefCell;
use std::rc::Rc;

/// What a strategy chooses to end the execution here, without a failure.
pub(crate) const STOP: usize = usize::MAX;

/// How an execution ended.
pub(crate) struct End<'a> {
    /// What the last step touched.
    pub(crate) footprint: &'a Footprint,
    /// Whether the strategy decided at every point.
    pub(crate) steered: bool,
    /// Whether footprints have more in them from now on, so that earlier ones cannot be relied on.
    pub(crate) widened: bool,
}

/// Picks schedules, one execution after another.
pub(crate) trait Strategy {
    /// Starts another execution. Returns false if there is nothing left to try.
    fn begin(&mut self) -> bool;

    /// Decides at `point`: returns an index into its choices, of which there is at least one, or
    /// [`STOP`].
    fn choose(&mut self, point: &Point) -> usize;

    /// The execution is over.
    fn end(&mut self, _end: &End) {}

    /// The base of the current schedule.
    fn base(&self) -> Base {
        Base::RunOn
    }

    /// The largest preemption bound under which every schedule has been run, and whether those were
    /// all the schedules there are.
    fn covered(&self) -> (Option<u32>, bool) {
        (None, false)
    }
}

/// A strategy that can be asked, once it has run, how far it has come.
pub(crate) struct Shared<S>(pub(crate) Rc<RefCell<S>>);

impl<S: Strategy> Strategy for Shared<S> {
    fn begin(&mut self) -> bool {
        self.0.borrow_mut().begin()
    }

    fn choose(&mut self, point: &Point) -> usize {
        self.0.borrow_mut().choose(point)
    }

    fn end(&mut self, end: &End) {
        self.0.borrow_mut().end(end);
    }

    fn base(&self) -> Base {
        self.0.borrow().base()
    }
}
