use crate::failure::Failure;
use crate::trace::Trace;
use serde::{Deserialize, Serialize};

/// The result of one check in one world. The default is a pass about which nothing else is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Why it failed, or `None` if no schedule did.
    pub failure: Option<Failure>,
    /// What was tried. A replay covers one schedule.
    pub coverage: Coverage,
    /// The failing schedule, or the one that was replayed. The native world has none.
    pub trace: Option<Trace>,
    /// The token that stands for the failing schedule, for [`Task::Replay`](crate::Task::Replay).
    pub replay: Option<String>,
    /// The last point at which the check could still have passed, if that was worked out.
    #[serde(default)]
    pub decisive: Option<Decisive>,
    /// The program behaves differently under the same schedule, so there is no trace and no replay.
    #[serde(default)]
    pub nondeterministic: bool,
}

/// The last point in a failing schedule at which the check could still have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decisive {
    /// There is none: no schedule that was tried passes.
    Start,
    /// Before this step (an index into the trace's steps) some continuation still passed; after it,
    /// none that was tried did.
    Step(usize),
}

/// How much a search tried before it stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Schedules that the systematic search ran (in the native world, runs on real threads).
    pub systematic: u64,
    /// Schedules that the random strategies ran.
    pub random: u64,
    /// Every schedule with at most this many preemptions was run. A spurious wakeup, an early
    /// deadline and a compare-exchange that fails spuriously each count as a preemption.
    pub bound: Option<u32>,
    /// Every interleaving with at most this many events that a program cannot rely on (spurious wakeups,
    /// early deadlines, weak exchanges that fail) was run, or one that leads to the same state.
    pub odd_events: Option<u32>,
    /// Every possible schedule was run, or one that leads to the same state.
    pub exhausted: bool,
}

impl Coverage {
    /// Schedules run in total.
    pub fn schedules(&self) -> u64 {
        self.systematic + self.random
    }
}
