use crate::trace::{Location, Operation};
use serde::{Deserialize, Serialize};

/// Why a schedule failed. Threads and objects are given as indices into the lists of the
/// [`Trace`](crate::Trace).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The check's own thread panicked: on an assertion, or on an error that no code handled.
    Panicked {
        /// The panic that ended the check.
        panic: Panic,
        /// Panics of other threads in the same run, oldest first: often the actual cause, which the
        /// check saw only through `join`.
        earlier: Vec<Panic>,
    },
    /// No thread can ever run again, and locks are involved.
    Deadlock {
        /// Every waiting thread.
        waits: Vec<Wait>,
        /// Indices into `waits`: each thread holds what the one before it waits for, and the first
        /// holds what the last waits for. Empty if there is no such cycle.
        cycle: Vec<usize>,
    },
    /// No thread can ever run again: threads wait to be notified, and none is left to notify them.
    LostWakeup {
        /// Every waiting thread.
        waits: Vec<Wait>,
        /// Whether a notification would be in vain: when all of them are woken, all wait again, and
        /// nothing else comes of it. What they wait for is not so, and never will be.
        in_vain: bool,
    },
    /// A thread kept running while all others waited or slept, so virtual time could not move.
    BusyWait {
        /// The thread that ran.
        thread: usize,
        /// The places where it looped, in source order.
        at: Vec<Location>,
        /// Every thread that was waiting meanwhile.
        waits: Vec<Wait>,
    },
    /// Threads kept running under a fair schedule, and none of them made progress.
    Livelock {
        /// The threads that kept running.
        threads: Vec<usize>,
        /// Steps taken before the search gave up.
        steps: u64,
    },
    /// A thread used seconds of processor time without reaching a scheduling point: an endless loop
    /// that never waits, so no other thread could ever run.
    EndlessLoop {
        /// Where it loops, the loop itself first. Empty if that is not known.
        at: Vec<Location>,
    },
    /// The program is too large to be searched: no fault was found, but it has more interleavings
    /// than can be tried.
    TooLarge {
        /// What exceeded the limit.
        what: Size,
        /// The most that can be searched.
        limit: u64,
        /// Where it was noticed.
        at: Location,
    },
    /// The program did something that this world refuses, such as keeping a `Mutex` in a `static`.
    Refused {
        /// What was refused, and what to do instead.
        message: String,
        /// Where.
        at: Location,
    },
}

/// What can make a program too large to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// Threads in one schedule, in total.
    Threads,
    /// Steps in one schedule.
    Steps,
}

/// A panic, as the panic hook saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The thread that panicked.
    pub thread: usize,
    /// The payload, as text.
    pub message: String,
    /// Where.
    pub at: Location,
    /// For a panic in other code, on a real thread, that was seen with marks: the answer's statement that
    /// the thread was at. Where there is a [`Trace`](crate::Trace), its step says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Location>,
}

/// A waiting thread, what it waits for, and what it holds meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The thread that waits.
    pub thread: usize,
    /// The operation it will perform once it can continue.
    pub operation: Operation,
    /// What it waits for.
    pub object: Option<usize>,
    /// The thread it joins.
    pub joins: Option<usize>,
    /// Where it waits.
    pub at: Location,
    /// The threads that hold what it waits for.
    pub held_by: Vec<usize>,
    /// The virtual time, in nanoseconds, at which its wait would end by itself.
    pub deadline: Option<u64>,
    /// The locks it holds.
    pub holds: Vec<HeldLock>,
}

/// A lock that a thread holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLock {
    /// The lock.
    pub object: usize,
    /// Where it was acquired.
    pub since: Location,
}
