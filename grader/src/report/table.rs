//! The table of scores.

use super::page::Page;
use super::style::Tone;
use super::words;
use crate::explanation::causes;
use crate::explanation::safe::{self, cut, pad, width};
use crate::graded::{Graded, GradedExercise};
use crate::verdict::Verdict;

/// Width of a score bar in cells.
pub(super) const BAR: usize = 10;
/// A longer title loses its end.
pub(super) const MAX_TITLE: usize = 26;

/// One line for each exercise, and the total.
pub(super) fn scores(page: &mut Page, graded: &Graded) {
    let title = |exercise: &GradedExercise| cut(&safe::line(&exercise.title), MAX_TITLE);
    let titles = graded.exercises.iter().map(|e| width(&title(e))).max().unwrap_or(0);
    let points = |score: u32, max: u32| format!("{score}/{max}");
    let total = points(graded.score(), graded.max_score());
    let digits = graded
        .exercises
        .iter()
        .map(|e| width(&points(e.score(), e.max_score())))
        .chain([width(&total)])
        .max()
        .unwrap_or(0);
    for exercise in &graded.exercises {
        let (score, max) = (exercise.score(), exercise.max_score());
        let tone = if exercise.verdict().is_pass() { Tone::Good } else { Tone::Plain };
        let front = format!(
            "{:>2}  {}  {}  {:>digits$}  ",
            exercise.number,
            pad(&title(exercise), titles),
            page.style.paint(tone, &bar(score, max)),
            points(score, max),
        );
        let used = 2 + 2 + titles + 2 + BAR + 2 + digits + 2;
        let verdict = cut(&standing(exercise), page.width.saturating_sub(used));
        let line = format!("{front}{}", page.style.paint(tone, &verdict));
        page.line(&line);
    }
    if graded.exercises.len() > 1 {
        let edge = " ".repeat(4 + titles + 2 + BAR + 2);
        page.line(&format!("{edge}{}", "─".repeat(digits)));
        page.line(&format!(
            "{edge}{}",
            page.style.paint(Tone::Strong, &format!("{total:>digits$}"))
        ));
    }
}

/// The score as a bar, which is full only for all points and empty only for none.
pub(super) fn bar(score: u32, max: u32) -> String {
    let share = if max == 0 { 0 } else { score as usize * BAR / max as usize };
    let filled = if score > 0 { share.max(1) } else { 0 };
    format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled.min(BAR)))
}

/// An exercise's verdict in plain words.
fn standing(exercise: &GradedExercise) -> String {
    if exercise.is_starter || causes::is_not_begun(exercise) {
        return words::NOT_BEGUN.to_owned();
    }
    let verdicts: Vec<Verdict> = exercise.checks.iter().map(|check| check.verdict).collect();
    words::standing(&verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_for_all_points() {
        assert_eq!(bar(0, 12), "░░░░░░░░░░");
        assert_eq!(bar(1, 100), "█░░░░░░░░░");
        assert_eq!(bar(99, 100), "█████████░");
        assert_eq!(bar(12, 12), "██████████");
        assert_eq!(bar(0, 0), "░░░░░░░░░░");
    }
}
