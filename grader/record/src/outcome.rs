use crate::failure::Failure;
use crate::order::Pick;
use crate::trace::{Location, Operation, Trace};
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
    /// Of a schedule that somebody chooses: where it stands.
    #[serde(default)]
    pub steered: Option<Steered>,
}

/// Where a schedule stands that somebody chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steered {
    /// What was chosen, at each point at which there was a choice. It may be fewer picks than were
    /// asked for: one that is not possible ends the schedule.
    pub picks: Vec<Pick>,
    /// What can be chosen now, the usual first. Empty if the schedule is over.
    pub offers: Vec<Offer>,
    /// The threads that have not ended, and what each is about to do.
    pub threads: Vec<NextStep>,
    /// The objects that are held, and by which thread.
    pub held: Vec<(usize, usize)>,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock: u64,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The choice.
    pub pick: Pick,
    /// Whether no program can rely on it.
    pub is_odd: bool,
}

/// What a thread is about to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// The thread.
    pub thread: usize,
    /// Its next operation.
    pub operation: Operation,
    /// The object that it works on, if any.
    pub object: Option<usize>,
    /// The place in the source.
    pub at: Location,
    /// The answer's statement that it is at, if it is in the answer.
    pub statement: Option<Location>,
    /// Whether it could do it now.
    pub is_ready: bool,
    /// The virtual time at which it gives up waiting, if it does.
    pub deadline: Option<u64>,
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
