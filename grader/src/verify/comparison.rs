//! Compares the grade of an author's answer with the expected one.

use crate::course::{Kind, Solution};
use crate::graded::{Facts, GradedCheck};
use crate::pipeline::Grade;
use crate::verdict::Verdict;
use crate::world::World;
use record::Failure;

/// The result for one answer.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Its label, such as `wrong/anyone_may_release`.
    pub label: String,
    /// Its kind.
    pub kind: Kind,
    /// Points earned.
    pub score: u32,
    /// Points available.
    pub max_score: u32,
    /// How the grade differs from the expected one. Empty if it does not.
    pub complaints: Vec<String>,
    /// Whether the grader itself failed on it.
    pub fault: bool,
    /// Whether a check catches it only after a long search. If so, the seed may matter.
    pub late: bool,
}

pub(super) fn rate(solution: &Solution, grade: &Grade, differences: Vec<String>) -> Comparison {
    let exercise = &grade.exercise;
    let (score, max_score) = (exercise.score(), exercise.max_score());
    let mut complaints = Vec::new();
    // One complaint for the answer, rather than one for each check.
    let unbuilt = |check: &GradedCheck| matches!(check.facts, Facts::NotBuilt);
    if let Some(error) = &exercise.compile_error
        && !solution.expect.values().any(|verdict| *verdict == Verdict::DoesNotCompile)
    {
        complaints.push(format!("it does not compile: {}", error.rendered.trim()));
    }
    for check in exercise.checks.iter().filter(|check| !unbuilt(check)) {
        let expected = match solution.kind {
            Kind::Right => Some(&Verdict::Pass),
            Kind::Starter | Kind::Wrong => solution.expect.get(&check.name),
        };
        if let Some(expected) = expected.filter(|expected| **expected != check.verdict) {
            complaints.push(format!(
                "`{}` should be {expected}, but is {}",
                check.name,
                found(check)
            ));
        } else if check.verdict == Verdict::GraderFault {
            complaints.push(format!("`{}` is {}", check.name, found(check)));
        }
    }
    if solution.kind != Kind::Right && score == max_score {
        complaints.push("it has full marks".to_owned());
    }
    if exercise.compile_error.is_none()
        && let Some(error) = &grade.insertion_error
    {
        complaints.push(format!(
            "its reports lack calls, results and callers, because this does not compile with what is \
             inserted for them (mostly, a variable in a check needs a type): {}",
            error.trim()
        ));
    }
    complaints.extend(grade.warnings.iter().map(|warning| format!("rustc: {}", warning.trim())));
    complaints.extend(differences);
    let fault = exercise.checks.iter().any(|check| check.verdict == Verdict::GraderFault);
    let late = exercise.checks.iter().any(|check| check.verdict.is_failure() && is_late(check));
    let (label, kind) = (solution.label.clone(), solution.kind);
    Comparison { label, kind, score, max_score, complaints, fault, late }
}

/// Schedules after which a search is long. At another seed it might take more than there may be.
pub(super) const LATE: u64 = 1_000;

/// Whether the failure was found only after a long search.
fn is_late(check: &GradedCheck) -> bool {
    check.world == Some(World::Model) && searched(check) > LATE
}

/// The verdict, the world, and a short reason.
fn found(check: &GradedCheck) -> String {
    let world = check.world.map(|world| format!(" ({})", world.name())).unwrap_or_default();
    let why = match &check.facts {
        Facts::Fault(why) => format!(": {why}"),
        Facts::ContractBroken(broken) => {
            let why: Vec<&str> = broken.iter().map(|contract| contract.broken.as_str()).collect();
            format!(": {}", why.join(" "))
        }
        Facts::Died(exit) => format!(": {exit:?}"),
        Facts::Refused(refusals) => {
            refusals.first().map(|refusal| format!(": {}", refusal.message)).unwrap_or_default()
        }
        Facts::Ended(outcome) => match &outcome.failure {
            Some(Failure::Panicked { panic, .. }) => format!(": {}", panic.message),
            Some(Failure::Refused { message, .. }) => format!(": {message}"),
            _ => String::new(),
        },
        Facts::NotBuilt | Facts::NotSubmitted => String::new(),
    };
    format!("{}{world}{why}", check.verdict)
}

/// Notes the checks whose result differs between two runs: their verdict, world, failing schedule
/// and number of schedules must be the same each time.
pub(super) fn compare(first: &Grade, again: &Grade) -> Vec<String> {
    let differs = |(a, b): (&GradedCheck, &GradedCheck)| {
        let same = a.verdict == b.verdict && a.world == b.world && a.replay == b.replay;
        (!same || searched(a) != searched(b)).then(|| {
            let one = format!("{}, {} schedules", found(a), searched(a));
            let other = format!("{}, {} schedules", found(b), searched(b));
            format!("`{}` differs between runs: first {one}; then {other}", a.name)
        })
    };
    first.exercise.checks.iter().zip(&again.exercise.checks).filter_map(differs).collect()
}

/// Schedules that the model ran.
fn searched(check: &GradedCheck) -> u64 {
    let in_model = check.coverage.iter().find(|(world, _)| *world == World::Model);
    in_model.map_or(0, |(_, coverage)| coverage.schedules())
}
