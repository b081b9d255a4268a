//! Which failures of an exercise have the same cause, and which is explained first.

use super::evidence::FOR_EVER;
use super::telling::Explanation;
use crate::graded::{Facts, GradedCheck, GradedExercise};
use crate::verdict::Verdict;
use record::{Failure, Panic};
use std::collections::BTreeSet;

/// Whether a check failed in a way that has its own explanation. If one thing stops every check of
/// an exercise, such as an answer that does not compile, it is reported once for all of them.
pub fn can_be_explained(check: &GradedCheck) -> bool {
    check.verdict.is_failure()
        && !matches!(check.facts, Facts::NotSubmitted | Facts::Refused(_) | Facts::NotBuilt)
}

/// The panic of the `todo!()` that a check ran into.
pub fn todo(check: &GradedCheck) -> Option<&Panic> {
    let Facts::Ended(outcome) = &check.facts else {
        return None;
    };
    let Some(Failure::Panicked { panic, earlier }) = &outcome.failure else {
        return None;
    };
    let mut panics = earlier.iter().chain([panic]);
    panics.find(|panic| panic.message.starts_with("not yet implemented"))
}

/// Whether every check that fails ran into a `todo!()`.
pub fn is_not_begun(exercise: &GradedExercise) -> bool {
    let mut failed = exercise.checks.iter().filter(|check| !check.verdict.is_pass()).peekable();
    failed.peek().is_some() && failed.all(|check| todo(check).is_some())
}

/// Note in each explanation which other checks failed for the same cause.
pub(super) fn join(exercise: &GradedExercise, all: &mut [Option<Explanation>]) {
    let groups = groups(exercise, all);
    for (index, explanation) in all.iter_mut().enumerate() {
        let Some(explanation) = explanation else { continue };
        let others = (0..groups.len())
            .filter(|&other| other != index && groups[other].is_some())
            .filter(|&other| groups[other] == groups[index]);
        let names = others.map(|other| super::safe::line(&exercise.checks[other].name));
        explanation.same_cause = names.collect();
    }
}

/// For each check that failed, the index of the first one with the same cause.
fn groups(exercise: &GradedExercise, all: &[Option<Explanation>]) -> Vec<Option<usize>> {
    let causes: Vec<Option<Cause>> = exercise
        .checks
        .iter()
        .zip(all)
        .map(|(check, explanation)| explanation.as_ref().map(|it| Cause::of(check, it)))
        .collect();
    let mut groups: Vec<Option<usize>> = Vec::new();
    for (index, cause) in causes.iter().enumerate() {
        let Some(cause) = cause else {
            groups.push(None);
            continue;
        };
        let same = |&other: &usize| causes[other].as_ref().is_some_and(|it| it.is_same(cause));
        groups.push((0..index).find(same).and_then(|other| groups[other]).or(Some(index)));
    }
    groups
}

/// What a failure comes down to.
struct Cause {
    verdict: Verdict,
    /// The lines of the learner's file at which it fails.
    fails_at: BTreeSet<u32>,
    /// All marked lines of the learner's file.
    lines: BTreeSet<u32>,
}

impl Cause {
    fn of(check: &GradedCheck, explanation: &Explanation) -> Self {
        // Without a schedule, a line that is not where it fails is only the next best to be marked.
        let has_schedule = !explanation.timeline.rows.is_empty();
        let own =
            || explanation.marks.iter().filter(|mark| mark.own && (mark.fails || has_schedule));
        Self {
            verdict: kind(check),
            fails_at: own().filter(|mark| mark.fails).map(|mark| mark.line).collect(),
            lines: own().map(|mark| mark.line).collect(),
        }
    }

    /// Whether both are the same kind of failure, and the lines of one include those of the other.
    fn is_same(&self, other: &Self) -> bool {
        let nested = |a: &BTreeSet<u32>, b: &BTreeSet<u32>| {
            !a.is_empty() && !b.is_empty() && (a.is_subset(b) || b.is_subset(a))
        };
        self.verdict == other.verdict
            && (nested(&self.fails_at, &other.fails_at) || nested(&self.lines, &other.lines))
    }
}

/// The verdict, except that it makes no difference to a cause whether a notification would have helped.
fn kind(check: &GradedCheck) -> Verdict {
    let Facts::Ended(outcome) = &check.facts else { return check.verdict };
    match (&outcome.failure, check.verdict) {
        (Some(Failure::LostWakeup { .. }), Verdict::Deadlock) => Verdict::LostWakeup,
        (_, verdict) => verdict,
    }
}

/// A schedule with more threads than this, or more steps, is hard to follow.
const EASY_THREADS: usize = 3;
const EASY_STEPS: u64 = 120;

/// The index of the check whose failure teaches the most: the first that fails on the learner's own
/// lines with a schedule that is easy to follow, else the first with any schedule, else the first on
/// such a line, else the first. Code that is not written yet comes last; crashes, exceeded limits
/// and endless loops come just before it.
pub fn most_instructive(exercise: &GradedExercise, all: &[Option<Explanation>]) -> Option<usize> {
    let rank = |index: &usize| {
        let (check, explanation) = (&exercise.checks[*index], all[*index].as_ref());
        let explanation = explanation?;
        let has_line = explanation.has_own_line();
        let has_schedule = !explanation.timeline.rows.is_empty();
        let rank = match check.verdict {
            _ if todo(check).is_some() => 5,
            Verdict::Crash | Verdict::TimeOut | Verdict::Limit | Verdict::EndlessLoop => 4,
            _ if !has_line => 3,
            // Where something never comes is not where it was lost.
            Verdict::Wrong if !has_schedule && waits_for_ever(explanation) => 3,
            // A failure with one definite reason says more than a wrong result.
            Verdict::Deadlock | Verdict::LostWakeup | Verdict::BusyWait | Verdict::NotParallel
                if has_schedule =>
            {
                0
            }
            // So does a wrong result that one step of the schedule decides, or no step at all: the
            // first checks are the simplest, and what fails in them is seen best there.
            Verdict::Wrong
                if explanation.any_schedule || explanation.timeline.shows_decisive_step() =>
            {
                0
            }
            _ if has_schedule => 1,
            _ => 2,
        };
        let timeline = &explanation.timeline;
        // The difference between two transcripts can be read without the schedule, and nobody has to
        // follow one that leads into a loop.
        let is_hard = explanation.difference.is_empty()
            && check.verdict != Verdict::BusyWait
            && (timeline.threads.len() > EASY_THREADS || timeline.steps > EASY_STEPS);
        // Whether the schedule can be followed matters more than what kind of failure it shows.
        Some(((rank.max(1), is_hard && rank <= 1, rank), *index))
    };
    let failed: Vec<_> = (0..exercise.checks.len()).filter_map(|index| rank(&index)).collect();
    let &(best, mut first) = failed.iter().min()?;
    // What differs between two transcripts may follow from something that another check names.
    if all[first].as_ref().is_some_and(|it| !it.difference.is_empty()) {
        let names_it = |&&(rank, index): &&(_, usize)| {
            rank == best && exercise.checks[index].verdict != Verdict::Wrong
        };
        first = failed.iter().find(names_it).map_or(first, |&(_, index)| index);
    }
    Some(simpler(exercise, all, first).unwrap_or(first))
}

/// Whether a check on real threads says that it waited in vain.
fn waits_for_ever(explanation: &Explanation) -> bool {
    explanation.quoted().is_some_and(|text| text.contains(FOR_EVER))
}

/// Of the checks that failed for the same cause as `first`, one whose schedule is much shorter.
fn simpler(exercise: &GradedExercise, all: &[Option<Explanation>], first: usize) -> Option<usize> {
    let steps = |index: usize| all[index].as_ref().map_or(0, |it| it.timeline.steps);
    let told = all[first].as_ref()?;
    let same = (0..exercise.checks.len()).filter(|&index| {
        let name = super::safe::line(&exercise.checks[index].name);
        told.same_cause.contains(&name) && (1..steps(first) / 2).contains(&steps(index))
    });
    same.min_by_key(|&index| steps(index))
}
