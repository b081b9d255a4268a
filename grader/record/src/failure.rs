use crate::trace::{Location, Operation};
use serde::{Deserialize, Serialize};

/// Why a schedule failed. Threads and objects are indices into the
/// [`Trace`](crate::Trace)'s lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The check's own thread panicked: an assertion, or an error that nobody handled.
    Panicked {
        /// The panic that ended the check.
        panic: Panic,
        /// Panics of other threads in the same run, oldest first: often the cause, when the check
        /// only saw it through `join`.
        earlier: Vec<Panic>,
    },
    /// No thread can ever run again, and locks are part of it.
    Deadlock {
        /// Every thread that waits.
        waits: Vec<Wait>,
        /// Indices into `waits`: each holds what the one before it waits for, the first what the
        /// last waits for. Empty where no such ring exists.
        cycle: Vec<usize>,
    },
    /// No thread can ever run again: threads wait to be notified, and nobody is left to do it.
    LostWakeup {
        /// Every thread that waits.
        waits: Vec<Wait>,
    },
    /// A thread kept running while all others waited or slept, so virtual time could not move.
    BusyWait {
        /// The thread that ran.
        thread: usize,
        /// Where it ran round, in the order of the loop.
        at: Vec<Location>,
        /// Every thread that waited meanwhile.
        waits: Vec<Wait>,
    },
    /// Threads kept running under a fair schedule, and none of them got anywhere.
    Livelock {
        /// The threads that ran on.
        threads: Vec<usize>,
        /// Steps taken when the search gave up.
        steps: u64,
    },
    /// A thread ran on for seconds of processor time without coming to a scheduling point: a loop
    /// without end in which nothing waits, and no other thread could ever be let in.
    EndlessLoop {
        /// Where it goes round, the loop itself first. Empty where that is not known.
        at: Vec<Location>,
    },
    /// The program is too large to be searched: it did nothing wrong that was seen, and there is more
    /// of it than can be tried in every order.
    TooLarge {
        /// What there is too much of.
        what: Size,
        /// The most that can be searched.
        limit: u64,
        /// Where it was noticed.
        at: Location,
    },
    /// The program did what this world refuses, such as a `Mutex` in a `static`.
    Refused {
        /// What was refused, and what to do instead.
        message: String,
        /// Where.
        at: Location,
    },
}

/// What a program may have too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// Threads in one schedule, one after another or at once.
    Threads,
    /// Steps in one schedule.
    Steps,
}

/// A panic, as the panic hook saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The thread that panicked.
    pub thread: usize,
    /// The payload as text.
    pub message: String,
    /// Where.
    pub at: Location,
}

/// A thread that waits, for what, and what it holds meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The thread that waits.
    pub thread: usize,
    /// What it is about to do when it may go on.
    pub operation: Operation,
    /// What it waits for.
    pub object: Option<usize>,
    /// The thread it joins.
    pub joins: Option<usize>,
    /// Where it waits.
    pub at: Location,
    /// The threads that hold what it waits for.
    pub held_by: Vec<usize>,
    /// The virtual time in nanoseconds at which it would go on by itself.
    pub deadline: Option<u64>,
    /// What it holds itself.
    pub holds: Vec<Held>,
}

/// A lock that a thread holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The lock.
    pub object: usize,
    /// Where it was acquired.
    pub since: Location,
}
