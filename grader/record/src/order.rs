use serde::{Deserialize, Serialize};

/// What the grader asks a child process to do with one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// How the virtual clock moves. The native world ignores it.
    pub time: TimeMode,
    /// How far to search.
    pub budget: Budget,
    /// Whether to search, or to replay one schedule.
    pub task: Task,
    /// Processor time, in milliseconds, after which a thread that has reached no scheduling point
    /// is taken to be in an endless loop. A right answer needs less than a thousandth of it. (Model
    /// only.)
    pub patience: u64,
}

impl Order {
    /// Processor time, in milliseconds, that a thread may use between two scheduling points, unless
    /// an order says otherwise.
    pub const PATIENCE: u64 = 3_000;
}

/// Search for a failure, or replay one schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Search until the budget is spent or a schedule fails.
    Search,
    /// Run the one schedule that this token stands for, with tracing on.
    Replay(String),
    /// Run one schedule that somebody chooses step by step, with tracing on.
    Steer(Steering),
}

/// A schedule that somebody chooses, as far as it has been chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steering {
    /// What was chosen, at each point at which there was a choice.
    pub picks: Vec<Pick>,
    /// What to do at the first point at which nothing has been chosen.
    pub then: Then,
}

/// What to do where nothing has been chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Stop, and say what can be chosen.
    Stop,
    /// Go on with the thread that runs, for as long as it can.
    RunOn,
    /// Go on as the schedule with this token does.
    Replay(String),
}

/// What happens next at a point at which there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pick {
    /// The thread that goes on.
    pub thread: usize,
    /// Why it may.
    pub way: Way,
}

/// Why a thread may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Nothing keeps it from its next operation.
    Run,
    /// Its deadline passes.
    TimeOut,
    /// For no reason: a wait ends, or a weak compare-exchange fails.
    Spurious,
    /// It does not go on but stands in line, behind a thread that waits to write.
    Queue,
}

/// How the virtual clock moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeMode {
    /// Time moves only when every thread is waiting. Durations are exact.
    Exact,
    /// A deadline may also pass while other threads could still run, as on a slow machine.
    #[default]
    Adversarial,
}

/// How many schedules a search may run. Counted, never timed, so that a verdict does not depend on
/// the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Budget {
    /// The most preemptions that the systematic search tries in one schedule. It goes beyond that
    /// if no more schedules remain than the random strategies would run.
    pub preemptions: u32,
    /// Schedules for the systematic searches: by preemptions, all bounds together, and of all
    /// interleavings.
    pub systematic: u64,
    /// Which interleavings the second of them tries.
    pub interleavings: Interleavings,
    /// The most events in one schedule that a program cannot rely on (spurious wakeups, early deadlines)
    /// with which it tries them.
    pub odd_events: u32,
    /// Schedules for each random strategy (uniform random walk, random walk, PCT).
    pub random: u64,
    /// Runs on real threads (native world).
    pub rounds: u64,
    /// The seed of the random strategies.
    pub seed: u64,
}

/// Which interleavings are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interleavings {
    /// None: the search is left out.
    None,
    /// Those that may lead to different states.
    Distinct,
    /// Every one, also if it leads to the same state as another. There is no reason for that, except to
    /// prove that nothing is lost by leaving some out.
    Every,
}

impl Budget {
    /// What a check gets unless its exercise says otherwise.
    pub const DEFAULT: Self = Self {
        preemptions: 2,
        systematic: 10_000,
        interleavings: Interleavings::None,
        odd_events: 2,
        random: 1_000,
        rounds: 50,
        seed: 0,
    };
}

impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Default for Order {
    fn default() -> Self {
        Self {
            time: TimeMode::default(),
            budget: Budget::default(),
            task: Task::Search,
            patience: Self::PATIENCE,
        }
    }
}
