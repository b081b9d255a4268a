//! Turns facts into verdicts and points. Pure functions: the same facts always get the same
//! verdict.

use crate::course::Check;
use crate::graded::{Exit, Facts, GradedCheck};
use crate::verdict::Verdict;
use crate::world::{ANSWER, World};
use record::{Coverage, Failure};
use std::collections::BTreeMap;

/// SIGKILL. A process that the grader kills is reported as out of time, so this signal means that
/// the kernel killed the process for lack of memory.
const KILLED: i32 = 9;

/// Judges what happened to `check` in `world`, the last one that it ran in.
pub fn judge(
    check: &Check,
    world: Option<World>,
    facts: Facts,
    coverage: Vec<(World, Coverage)>,
    output: String,
) -> GradedCheck {
    let verdict = verdict(&facts, &check.means);
    let replay = match &facts {
        // The schedule's token alone does not identify the check.
        Facts::Ended(outcome) => {
            outcome.replay.as_ref().map(|token| format!("{}-{token}", check.number))
        }
        _ => None,
    };
    GradedCheck {
        name: check.name.clone(),
        doc: check.doc.clone(),
        points: if verdict.is_pass() { check.points } else { 0 },
        max_points: check.points,
        verdict,
        world,
        facts,
        coverage,
        replay,
        output,
        standing: Vec::new(),
    }
}

/// The verdict for the facts, renamed by `means`. The new name says what a failed assertion of the
/// check stands for, so it does not apply if the answer's own code panicked, for example at a
/// `todo!()`.
pub fn verdict(facts: &Facts, means: &BTreeMap<Verdict, Verdict>) -> Verdict {
    let verdict = match facts {
        Facts::NotSubmitted => Verdict::NotSubmitted,
        Facts::Refused(_) => Verdict::Forbidden,
        Facts::NotBuilt => Verdict::DoesNotCompile,
        Facts::ContractBroken(_) => Verdict::Contract,
        Facts::Fault(_) => Verdict::GraderFault,
        Facts::Ended(outcome) => outcome.failure.as_ref().map_or(Verdict::Pass, of_failure),
        Facts::Died(exit) => of_exit(exit),
    };
    if panicked(facts) { verdict } else { means.get(&verdict).copied().unwrap_or(verdict) }
}

/// Whether the answer's own code panicked, either as the final failure or before the check noticed.
fn panicked(facts: &Facts) -> bool {
    let Facts::Ended(outcome) = facts else { return false };
    let Some(Failure::Panicked { panic, earlier }) = &outcome.failure else { return false };
    earlier.iter().chain([panic]).any(|panic| panic.at.file == ANSWER)
}

fn of_failure(failure: &Failure) -> Verdict {
    match failure {
        Failure::Panicked { .. } => Verdict::Wrong,
        Failure::Deadlock { .. } => Verdict::Deadlock,
        // Nothing was lost where a notification would not help.
        Failure::LostWakeup { in_vain: true, .. } => Verdict::Deadlock,
        Failure::LostWakeup { in_vain: false, .. } => Verdict::LostWakeup,
        Failure::BusyWait { .. } => Verdict::BusyWait,
        Failure::Livelock { .. } => Verdict::Livelock,
        Failure::EndlessLoop { .. } => Verdict::EndlessLoop,
        Failure::Refused { .. } => Verdict::Forbidden,
        Failure::TooLarge { .. } => Verdict::TooLarge,
    }
}

/// The verdict for a process without a complete record. It is never a pass, whatever the exit code.
fn of_exit(exit: &Exit) -> Verdict {
    match exit {
        hang if hang.is_hang() => Verdict::TimeOut,
        Exit::Output(_) | Exit::Memory(_) | Exit::Signal(KILLED) => Verdict::Limit,
        _ => Verdict::Crash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Location, Outcome, Panic};

    fn plain(facts: Facts) -> Verdict {
        verdict(&facts, &BTreeMap::new())
    }

    fn ended(failure: Option<Failure>) -> Facts {
        let coverage = Coverage::default();
        Facts::Ended(Box::new(Outcome { failure, coverage, ..Outcome::default() }))
    }

    #[test]
    fn only_a_record_of_the_end_without_a_failure_passes() {
        assert_eq!(plain(ended(None)), Verdict::Pass);
        assert_eq!(
            plain(ended(Some(Failure::LostWakeup { waits: vec![], in_vain: false }))),
            Verdict::LostWakeup
        );
        assert_eq!(
            plain(ended(Some(Failure::LostWakeup { waits: vec![], in_vain: true }))),
            Verdict::Deadlock
        );
        assert_eq!(plain(Facts::Died(Exit::Code(0))), Verdict::Crash);
        assert_eq!(plain(Facts::NotBuilt), Verdict::DoesNotCompile);
        assert_eq!(plain(Facts::Fault(String::new())), Verdict::GraderFault);
    }

    #[test]
    fn each_end_has_its_name() {
        for (exit, verdict) in [
            (Exit::Code(101), Verdict::Crash),
            (Exit::Signal(6), Verdict::Crash),
            (Exit::Signal(9), Verdict::Limit),
            (Exit::WallTime(60), Verdict::TimeOut),
            (Exit::CpuTime(60), Verdict::TimeOut),
            (Exit::Output(1), Verdict::Limit),
            (Exit::Memory(1), Verdict::Limit),
        ] {
            assert_eq!(plain(Facts::Died(exit)), verdict);
        }
    }

    #[test]
    fn a_check_may_call_a_verdict_otherwise() {
        let means = BTreeMap::from([(Verdict::LostWakeup, Verdict::Starvation)]);
        let facts = ended(Some(Failure::LostWakeup { waits: vec![], in_vain: false }));
        assert_eq!(verdict(&facts, &means), Verdict::Starvation);
        assert_eq!(verdict(&ended(None), &means), Verdict::Pass);
    }

    #[test]
    fn only_what_a_check_asserts_is_called_otherwise() {
        let means = BTreeMap::from([(Verdict::Wrong, Verdict::NotParallel)]);
        let panic = |file: &str| {
            let at = Location { file: file.to_owned(), line: 1, column: 1 };
            Panic { thread: 0, message: String::new(), at, below: None }
        };
        let panicked = |last: &str, earlier: &[&str]| {
            let earlier = earlier.iter().map(|file| panic(file)).collect();
            verdict(&ended(Some(Failure::Panicked { panic: panic(last), earlier })), &means)
        };
        assert_eq!(panicked("tests/checks.rs", &[]), Verdict::NotParallel);
        assert_eq!(panicked(ANSWER, &[]), Verdict::Wrong);
        assert_eq!(panicked("tests/checks.rs", &[ANSWER]), Verdict::Wrong);
    }
}
