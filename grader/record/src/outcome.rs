use crate::failure::Failure;
use crate::trace::Trace;
use serde::{Deserialize, Serialize};

/// What came of one check in one world. The default is a pass of which nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Why it failed, or `None` where no schedule did.
    pub failure: Option<Failure>,
    /// What was tried. A replay covers one schedule.
    pub coverage: Coverage,
    /// The failing schedule, or the one that was replayed. The native world has none.
    pub trace: Option<Trace>,
    /// The token that stands for the failing schedule, for [`Task::Replay`](crate::Task::Replay).
    pub replay: Option<String>,
    /// Where the failing schedule was lost, if that was worked out.
    #[serde(default)]
    pub decisive: Option<Decisive>,
    /// The program does not do the same under the same schedule, so there is no trace and no replay.
    #[serde(default)]
    pub nondeterministic: bool,
}

/// The last point of a failing schedule from which the check could still have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decisive {
    /// There is none: no schedule that was tried passes.
    Start,
    /// Before this step (an index into the trace's steps) some way of going on still passed, and
    /// after it none that was tried did.
    Step(usize),
}

/// What a search tried before it stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Schedules that the systematic search ran (rounds in the native world).
    pub systematic: u64,
    /// Schedules that the random strategies ran.
    pub random: u64,
    /// Every schedule with at most this many preemptions was run. A spurious wakeup, an early
    /// deadline and a compare-exchange that fails for no reason count as a preemption.
    pub bound: Option<u32>,
    /// Every schedule there is was run.
    pub exhausted: bool,
}

impl Coverage {
    /// Schedules run in all.
    pub fn schedules(&self) -> u64 {
        self.systematic + self.random
    }
}
