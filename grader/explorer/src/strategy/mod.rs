//! Strategies: how schedules are picked. None is enough by itself.
//!
//! | strategy | finds first |
//! | --- | --- |
//! | [`bounded`] | bugs of few preemptions, all of them, the simplest first |
//! | [`lockstep`] | threads that give way to each other for ever |
//! | [`uniform`] | bugs of many threads in which every order is as likely as any other |
//! | [`random`] | bugs that need many switches close together |
//! | [`priority`] | bugs that need one thread to be delayed for long |
//! | [`replay`] | the same again |
//! | [`prefix`] | other ways to go on from where a schedule has come to |

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
    /// Another execution begins. Returns false if there is nothing left to try.
    fn begin(&mut self) -> bool;

    /// Decide at `point`: an index into its choices, of which there is at least one.
    fn choose(&mut self, point: &Point) -> usize;

    /// The execution is over. `steps` is how many it had.
    fn end(&mut self, _steps: u32) {}

    /// The base of its current schedule, if it is another than to run on.
    fn base(&self) -> Base {
        Base::RunOn
    }

    /// The largest preemption bound of which every schedule has been run, and whether those were
    /// all schedules there are.
    fn covered(&self) -> (Option<u32>, bool) {
        (None, false)
    }
}
