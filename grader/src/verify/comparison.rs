//! One answer of the authors', and how it differs from what it should be.

use crate::course::{Kind, Solution};
use crate::graded::{Facts, GradedCheck};
use crate::pipeline::Grade;
use crate::verdict::Verdict;
use crate::world::World;
use record::Failure;

/// What came of one answer.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Such as `wrong/anyone_may_release`.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Points earned.
    pub score: u32,
    /// Points to be had.
    pub max_score: u32,
    /// How it differs from what it should be. Empty where all is well.
    pub complaints: Vec<String>,
    /// The grader itself failed on it.
    pub fault: bool,
    /// A check that catches it does so only after the systematic search, so that a seed may matter.
    pub late: bool,
}

pub(super) fn rate(solution: &Solution, grade: &Grade, differences: Vec<String>) -> Comparison {
    let exercise = &grade.exercise;
    let (score, max_score) = (exercise.score(), exercise.max_score());
    let mut complaints = Vec::new();
    // One complaint, and not one for each check.
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
                "`{}` should be {expected}, and is {}",
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
    complaints.extend(grade.warnings.iter().map(|warning| format!("rustc: {}", warning.trim())));
    complaints.extend(differences);
    let fault = exercise.checks.iter().any(|check| check.verdict == Verdict::GraderFault);
    let late = exercise.checks.iter().any(|check| check.verdict.is_failure() && is_late(check));
    let (label, kind) = (solution.label.clone(), solution.kind);
    Comparison { label, kind, score, max_score, complaints, fault, late }
}

/// Whether the strategies that come after the systematic search found the failure.
fn is_late(check: &GradedCheck) -> bool {
    let in_model = check.coverage.iter().find(|(world, _)| *world == World::Model);
    check.world == Some(World::Model) && in_model.is_some_and(|(_, coverage)| coverage.random > 0)
}

/// The verdict, the world, and in a few words why.
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

/// What must be the same each time: the verdict, and where a schedule was found, which one.
pub(super) fn compare(first: &Grade, again: &Grade) -> Vec<String> {
    let differs = |(a, b): (&GradedCheck, &GradedCheck)| {
        let same = a.verdict == b.verdict && a.world == b.world && a.replay == b.replay;
        (!same || searched(a) != searched(b)).then(|| {
            let one = format!("{}, {} schedules", found(a), searched(a));
            let other = format!("{}, {} schedules", found(b), searched(b));
            format!("`{}` is not the same each time: {one}; then {other}", a.name)
        })
    };
    first.exercise.checks.iter().zip(&again.exercise.checks).filter_map(differs).collect()
}

/// Schedules that the model ran.
fn searched(check: &GradedCheck) -> u64 {
    let in_model = check.coverage.iter().find(|(world, _)| *world == World::Model);
    in_model.map_or(0, |(_, coverage)| coverage.schedules())
}
