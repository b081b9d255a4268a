//! What a failure is called.

use super::failure::is_never_woken;
use crate::explanation::evidence::Evidence;
use crate::verdict::Verdict;
use record::Failure;

/// A verdict in plain words.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passes",
        Verdict::Wrong => "wrong",
        Verdict::Deadlock => "deadlock",
        Verdict::LostWakeup => "lost wakeup",
        Verdict::BusyWait => "busy wait",
        Verdict::Livelock => "livelock",
        Verdict::EndlessLoop => "endless loop",
        Verdict::Starvation => "starvation",
        Verdict::NotParallel => "not parallel",
        Verdict::Crash => "crash",
        Verdict::TimeOut => "time-out",
        Verdict::Limit => "over a limit",
        Verdict::DoesNotCompile => "does not compile",
        Verdict::Contract => "contract broken",
        Verdict::TooLarge => "too large to search",
        Verdict::Forbidden => "not allowed",
        Verdict::NotSubmitted => "not submitted",
        Verdict::GraderFault => "the grader failed",
    }
}

/// What the failure of a check is called. The verdict on a thread that waits and is not woken is a
/// lost wakeup; if nobody has ever tried to wake it, or if that would be in vain, nothing was lost.
pub(in super::super) fn failure(evidence: &Evidence<'_>) -> &'static str {
    match evidence.check.verdict {
        Verdict::LostWakeup if is_never_woken(evidence) => "never woken",
        // No locks need be involved, which is what many think of.
        Verdict::Deadlock if matches!(evidence.failure, Some(Failure::LostWakeup { .. })) => {
            "waits for ever"
        }
        other => verdict(other),
    }
}
