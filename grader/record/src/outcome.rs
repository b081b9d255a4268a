use crate::{Failure, Trace};
use serde::{Deserialize, Serialize};

/// What came of one check in one world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Why it failed, or `None` where no schedule did.
    pub failure: Option<Failure>,
    /// What was tried. A replay covers one schedule.
    pub coverage: Coverage,
    /// The failing schedule, or the one that was replayed. The native world has none.
    pub trace: Option<Trace>,
    /// The token that stands for the failing schedule, for [`Task::Replay`](crate::Task::Replay).
    pub replay: Option<String>,
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
