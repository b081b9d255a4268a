//! Strategies: how schedules are picked. No single one is enough.
//!
//! | strategy | finds first |
//! | --- | --- |
//! | [`bounded`] | all bugs that need few preemptions, the simplest first |
//! | [`lockstep`] | threads that give way to each other forever |
//! | [`uniform`] | bugs among many threads, where every order is equally likely |
//! | [`random`] | bugs that need many switches close together |
//! | [`priority`] | bugs that need one thread to be delayed for a long time |
//! | [`replay`] | the same schedule again |
//! | [`prefix`] | other continuations of a schedule's first steps |

pub(crate) mod bounded;
pub(crate) mod lockstep;
pub(crate) mod prefix;
pub(crate) mod priority;
pub(crate) mod random;
pub(crate) mod replay;
pub(crate) mod uniform;

use crate::schedule::{Base, Point};

/// Picks schedules, one execution after another.
pub(crate) trait Strategy {
    /// Starts another execution. Returns false if there is nothing left to try.
    fn begin(&mut self) -> bool;

    /// Decides at `point`: returns an index into its choices, of which there is at least one.
    fn choose(&mut self, point: &Point) -> usize;

    /// The execution is over, after `steps` steps.
    fn end(&mut self, _steps: u32) {}

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
