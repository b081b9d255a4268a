//! The report that people read: scores, failures, faults of the grader, what to do next.

use super::ink::Tone;
use super::page::Page;
use super::safe;
use super::{Detail, section, table, words};
use crate::graded::{Facts, Graded, GradedCheck, GradedExercise, World};
use crate::verdict::Verdict;

/// Lines of a fault's text that are shown.
const MOST_FAULT: usize = 30;

/// Write the whole report.
pub(super) fn write(page: &mut Page, graded: &Graded, detail: Detail) {
    if graded.exercises.is_empty() {
        page.say(0, Tone::Plain, words::NOTHING);
        return;
    }
    table::scores(page, graded);
    for exercise in told(graded, detail) {
        section::write(page, exercise, detail);
    }
    faults(page, graded);
    ending(page, graded);
}

/// The exercises that have a section. Of those that nobody has begun, only the next ones, until one has
/// a schedule to show: the others are in the table, and a screen full of them helps nobody.
fn told(graded: &Graded, detail: Detail) -> Vec<&GradedExercise> {
    let mut is_next = true;
    let is_told = |exercise: &&GradedExercise| {
        let told = is_next || detail == Detail::All || !exercise.is_starter;
        is_next &= !(exercise.is_starter
            && exercise.checks.iter().any(|c| c.replay.is_some())
            && !section::is_not_begun(exercise));
        told
    };
    graded.exercises.iter().filter(is_told).collect()
}

/// What the grader could not do, apart from everything that is the learner's.
fn faults(page: &mut Page, graded: &Graded) {
    if !graded.has_fault() {
        return;
    }
    page.gap();
    let rest = page.width.saturating_sub(safe::width(words::FAULT_TITLE) + 4);
    page.line(&format!("══ {} {}", words::FAULT_TITLE, "═".repeat(rest)));
    page.gap();
    page.say(2, Tone::Plain, words::FAULT);
    for exercise in &graded.exercises {
        for check in exercise.checks.iter().filter(|c| c.verdict == Verdict::GraderFault) {
            fault(page, exercise, check);
        }
    }
}

fn fault(page: &mut Page, exercise: &GradedExercise, check: &GradedCheck) {
    page.gap();
    page.line(&format!("  {} {}", safe::line(&exercise.id), safe::line(&check.name)));
    if let Facts::Fault(text) = &check.facts {
        let left = page.quote(2, safe::text(text).trim_end(), MOST_FAULT);
        if left > 0 {
            page.say(2, Tone::Faint, &words::lines_left_out(left));
        }
    }
}

/// The score, and what to do next.
fn ending(page: &mut Page, graded: &Graded) {
    page.gap();
    let (score, max) = (graded.score(), graded.max_score());
    let checks = || graded.exercises.iter().flat_map(|exercise| &exercise.checks);
    let is_fault = |check: &&GradedCheck| check.verdict == Verdict::GraderFault;
    let ungraded: u32 = checks().filter(is_fault).map(|check| check.max_points).sum();
    if graded.has_fault() {
        page.say(0, Tone::Strong, &words::score_so_far(score, max, ungraded));
        return;
    }
    let next = graded.exercises.iter().find(|exercise| !exercise.verdict().is_pass());
    let Some(next) = next else {
        let tried = checks().flat_map(|check| &check.coverage);
        let tried = tried.filter(|(world, _)| *world == World::Model);
        let tried = tried.map(|(_, coverage)| coverage.schedules()).sum();
        page.say(0, Tone::Good, &words::all_solved(score, graded.exercises.len(), tried));
        return;
    };
    page.say(0, Tone::Strong, &words::score(score, max));
    if graded.exercises.len() > 1 {
        page.say(0, Tone::Plain, &words::next(next.number, &safe::line(&next.title)));
        let submission = section::submission(next);
        page.line(&format!("  {}", words::grade_command(&next.name, submission.as_deref())));
    }
}
