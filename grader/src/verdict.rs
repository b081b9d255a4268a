//! The verdicts on a check, each a single word.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The verdict on one check. [`judge`](crate::judge) derives it from stored facts; it is never read
/// from a submission's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No schedule within the budget broke it.
    Pass,
    /// An assertion failed, or the answer panicked.
    Wrong,
    /// No thread can ever continue. They wait for locks that waiting threads hold, or for something that
    /// no thread is left to bring about.
    Deadlock,
    /// Threads wait to be notified, which would let one of them go on, and no thread is left to notify
    /// them.
    LostWakeup,
    /// A thread kept running while all others waited or slept.
    BusyWait,
    /// Threads kept running under a fair schedule without making progress.
    Livelock,
    /// A thread was overtaken more often than the check allows.
    Starvation,
    /// A thread ran in an endless loop without a scheduling point.
    EndlessLoop,
    /// Work that should overlap ran one piece after the other.
    NotParallel,
    /// The process died: abort, stack overflow, a signal.
    Crash,
    /// The process exceeded its limit of wall time or processor time.
    TimeOut,
    /// A memory, output, process or file limit was hit.
    Limit,
    /// rustc refused the answer.
    DoesNotCompile,
    /// A program that must compile with the answer does not compile, or a program that must not
    /// compile does.
    Contract,
    /// The search space is too large. No fault was found, but nothing was proven.
    TooLarge,
    /// The answer uses something that the course does not allow: `unsafe`, files, a `Mutex` in a
    /// `static`.
    Forbidden,
    /// The submission contains no answer to the exercise.
    NotSubmitted,
    /// The grader itself failed. Never the learner's fault, never scored.
    GraderFault,
}

impl Verdict {
    /// Every verdict that an author may name in `exercise.yaml` or in an answer's header.
    pub const NAMED: [Self; 16] = [
        Self::Pass,
        Self::Wrong,
        Self::Deadlock,
        Self::LostWakeup,
        Self::BusyWait,
        Self::Livelock,
        Self::EndlessLoop,
        Self::Starvation,
        Self::NotParallel,
        Self::Crash,
        Self::TimeOut,
        Self::Limit,
        Self::DoesNotCompile,
        Self::Contract,
        Self::TooLarge,
        Self::Forbidden,
    ];

    /// The verdict's name in files and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Wrong => "wrong",
            Self::Deadlock => "deadlock",
            Self::LostWakeup => "lost-wakeup",
            Self::BusyWait => "busy-wait",
            Self::Livelock => "livelock",
            Self::EndlessLoop => "endless-loop",
            Self::Starvation => "starvation",
            Self::NotParallel => "not-parallel",
            Self::Crash => "crash",
            Self::TimeOut => "time-out",
            Self::Limit => "limit",
            Self::DoesNotCompile => "does-not-compile",
            Self::Contract => "contract",
            Self::TooLarge => "too-large",
            Self::Forbidden => "forbidden",
            Self::NotSubmitted => "not-submitted",
            Self::GraderFault => "grader-fault",
        }
    }

    /// The verdict with this name, if authors may use it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|verdict| verdict.name() == name)
    }

    /// Whether it earns the check's points.
    pub fn is_pass(self) -> bool {
        self == Self::Pass
    }

    /// Whether the answer failed the check: neither a pass nor a fault of the grader.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Pass | Self::GraderFault)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
