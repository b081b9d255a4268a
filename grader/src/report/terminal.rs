//! The report that people read: scores, failures, grader faults, and what to do next.

use super::options::Detail;
use super::page::Page;
use super::section::Notes;
use super::style::Tone;
use super::submission::submission;
use super::{section, table, words};
use crate::explanation::safe;
use crate::graded::{Facts, Graded, GradedCheck, GradedExercise};
use crate::verdict::Verdict;
use crate::world::World;

/// At most this many lines of a fault's text are shown.
const MOST_FAULT: usize = 30;

/// Write the whole report.
pub(super) fn write(page: &mut Page, graded: &Graded, detail: Detail) {
    let mut notes = Notes::default();
    match &graded.exercises[..] {
        [] => {
            page.say(0, Tone::Plain, words::NOTHING);
            return;
        }
        [only] => section::write(page, only, detail, &mut notes),
        all => {
            table::scores(page, graded);
            let current = graded.current();
            for (index, exercise) in all.iter().enumerate() {
                let shown = match detail {
                    Detail::First => Some(index) == current,
                    Detail::All => exercise.checks.iter().any(section::has_failed),
                };
                if shown && detail == Detail::First && exercise.is_starter {
                    // The README says what is missing in a starter.
                    section::next(page, exercise);
                } else if shown {
                    section::write(page, exercise, detail, &mut notes);
                }
            }
        }
    }
    faults(page, graded);
    if !graded.left_out.is_empty() {
        page.gap();
    }
    for id in &graded.left_out {
        page.say(0, Tone::Bad, &words::left_out(id));
    }
    page.flow(Tone::Faint, &notes.legend);
    ending(page, graded);
}

/// The grader's own faults, kept apart from everything about the learner's code.
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
    let Some(current) = graded.current() else {
        let tried = checks().flat_map(|check| &check.coverage);
        let tried = tried.filter(|(world, _)| *world == World::Model);
        let tried = tried.map(|(_, coverage)| coverage.schedules()).sum();
        page.say(0, Tone::Good, &words::all_solved(score, graded.exercises.len(), tried));
        return;
    };
    let next = &graded.exercises[current];
    if graded.exercises.len() > 1 {
        let untouched = graded.exercises.iter().filter(|exercise| exercise.is_starter);
        let given: u32 = untouched.map(GradedExercise::score).sum();
        page.say(0, Tone::Strong, &words::score(score, max, given));
        let title = safe::line(&next.title);
        page.say(0, Tone::Plain, &words::next(next.number, &title, next.is_starter));
        let submission = submission(next);
        page.line(&format!("  {}", words::grade_command(&next.name, submission.as_deref())));
        if submission.is_none() {
            page.say(0, Tone::Plain, words::OR_WATCH);
            page.line(&format!("  {}", words::WATCH));
        }
    }
}
