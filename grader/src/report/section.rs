//! One exercise that is not solved: its heading, and what is to be said of each check.

use super::failed;
use super::ink::Tone;
use super::page::Page;
use super::safe::{self, width};
use super::sources::Sources;
use super::{Detail, words};
use crate::graded::{ANSWER, Facts, GradedCheck, GradedExercise, Refusal};
use crate::verdict::Verdict;
use record::{Failure, Panic};
use std::path::Path;

/// Lines of diagnostics that are shown: rustc's own, which may be endless.
const MOST_DIAGNOSTICS: usize = 200;

/// Tell of an exercise's failures. Says nothing of the grader's own faults.
pub(super) fn write(page: &mut Page, exercise: &GradedExercise, detail: Detail) {
    let failed: Vec<&GradedCheck> = exercise
        .checks
        .iter()
        .filter(|check| !check.verdict.is_pass() && check.verdict != Verdict::GraderFault)
        .collect();
    if failed.is_empty() && detail == Detail::First {
        return;
    }
    heading(page, exercise);
    let nothing_ran = not_compiled(page, exercise);
    let ran: Vec<&GradedCheck> =
        failed.into_iter().filter(|check| !nothing_ran || did_run(check)).collect();
    if is_not_begun(exercise) {
        page.gap();
        page.say(0, Tone::Plain, &words::not_begun(ran.len(), &first_todo(exercise)));
    } else if !ran.is_empty() {
        let sources = Sources::of(exercise);
        let cells = ran.iter().map(|check| width(&safe::line(&check.name))).max().unwrap_or(0);
        let mut in_lines = false;
        for (index, check) in ran.iter().enumerate() {
            let in_full = !is_todo(check) && (index == 0 || detail == Detail::All);
            if in_full {
                failed::full(page, exercise, check, &sources);
            } else {
                if !in_lines {
                    page.gap();
                }
                failed::line(page, check, cells);
            }
            in_lines = !in_full;
        }
    }
    if detail == Detail::All {
        page.gap();
        exercise.checks.iter().filter(|c| c.verdict.is_pass()).for_each(|c| passed(page, c));
    }
    if !exercise.verdict().is_pass() {
        page.gap();
        if detail == Detail::First && ran.len() > 1 && !is_not_begun(exercise) {
            let submission = submission(exercise);
            let command = words::grade_command(&exercise.name, submission.as_deref());
            page.entry(words::IN_FULL, &command);
        }
        page.entry(words::TASK, &format!("exercises/{}/README.md", exercise.id));
        page.entry(words::HINTS, &format!("exercises/{}/exercise.yaml", exercise.id));
    }
}

/// `── 10 RLock ── exercises/10_rlock/src/lib.rs ───────`
fn heading(page: &mut Page, exercise: &GradedExercise) {
    page.gap();
    let title = format!("{:02} {}", exercise.number, safe::line(&exercise.title));
    let path = safe::path(&exercise.answer_path);
    let rule = |text: &str| page.ink.paint(Tone::Faint, text);
    let used = 3 + width(&title) + 4 + width(&path) + 1;
    let strong = page.ink.paint(Tone::Strong, &title);
    if used < page.width {
        let rest = rule(&"─".repeat(page.width - used));
        let line = format!("{} {strong} {} {path} {rest}", rule("──"), rule("──"));
        page.line(&line);
    } else {
        let line = format!("{} {strong}", rule("──"));
        page.line(&line);
        page.line(&format!("   {path}"));
    }
}

/// Say why no check, or not every one, could run. Returns whether there was such a reason.
fn not_compiled(page: &mut Page, exercise: &GradedExercise) -> bool {
    if is_not_submitted(exercise) {
        page.gap();
        page.say(0, Tone::Plain, words::NOT_SUBMITTED);
        return true;
    }
    if let Some(refusals) = refusals(exercise) {
        page.gap();
        page.say(0, Tone::Bad, words::REFUSED);
        page.gap();
        let sources = Sources::of(exercise);
        for refusal in refusals {
            page.say(2, Tone::Plain, &words::failure::refusal(&sources.answer().label, refusal));
        }
        return true;
    }
    let Some(error) = &exercise.compile_error else {
        return false;
    };
    page.gap();
    page.say(0, Tone::Bad, words::NOT_COMPILED);
    page.gap();
    let text = safe::text(&error.rendered);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().take(MOST_DIAGNOSTICS).for_each(|line| page.line(line));
    if lines.len() > MOST_DIAGNOSTICS {
        page.say(0, Tone::Faint, &words::lines_left_out(lines.len() - MOST_DIAGNOSTICS));
    }
    if !error.missing_std.is_empty() {
        let items: Vec<String> = error.missing_std.iter().map(|item| safe::line(item)).collect();
        page.gap();
        page.say(0, Tone::Plain, &words::missing_std(&items));
    }
    true
}

/// Why no check could run, as text; `None` where some did.
pub(super) fn why_nothing_ran(exercise: &GradedExercise, sources: &Sources) -> Option<String> {
    if is_not_submitted(exercise) {
        return Some(words::NOT_SUBMITTED.to_owned());
    }
    if let Some(refusals) = refusals(exercise) {
        let label = &sources.answer().label;
        let reasons = refusals.iter().map(|refusal| words::failure::refusal(label, refusal));
        return Some(reasons.collect::<Vec<_>>().join("\n"));
    }
    exercise.compile_error.as_ref().map(|error| safe::text(&error.rendered))
}

fn refusals(exercise: &GradedExercise) -> Option<&[Refusal]> {
    exercise.checks.iter().find_map(|check| match &check.facts {
        Facts::Refused(refusals) => Some(refusals.as_slice()),
        _ => None,
    })
}

/// Whether a check has anything to tell beyond why the exercise could not run.
fn did_run(check: &GradedCheck) -> bool {
    !matches!(check.facts, Facts::NotSubmitted | Facts::Refused(_) | Facts::NotBuilt)
}

/// Whether the submission brings no answer.
pub(super) fn is_not_submitted(exercise: &GradedExercise) -> bool {
    exercise.checks.iter().any(|check| matches!(check.facts, Facts::NotSubmitted))
}

/// Whether every check that fails ran into a `todo!()`.
pub(super) fn is_not_begun(exercise: &GradedExercise) -> bool {
    let mut failed = exercise.checks.iter().filter(|check| !check.verdict.is_pass()).peekable();
    failed.peek().is_some() && failed.all(is_todo)
}

/// Where the first check arrives at a `todo!()`: `lib.rs:17`.
fn first_todo(exercise: &GradedExercise) -> String {
    let sources = Sources::of(exercise);
    let place = exercise.checks.iter().find_map(|check| {
        let panic = todo(check)?;
        sources.place(&panic.at)
    });
    place.unwrap_or_default()
}

/// Whether a check failed only because something is still to be written.
pub(super) fn is_todo(check: &GradedCheck) -> bool {
    todo(check).is_some()
}

/// The panic of the `todo!()` that a check ran into.
fn todo(check: &GradedCheck) -> Option<&Panic> {
    let Facts::Ended(outcome) = &check.facts else {
        return None;
    };
    let Some(Failure::Panicked { panic, earlier }) = &outcome.failure else {
        return None;
    };
    let mut panics = earlier.iter().chain([panic]);
    panics.find(|panic| panic.message.starts_with("not yet implemented"))
}

/// One line for a check that passes, with what that is worth.
fn passed(page: &mut Page, check: &GradedCheck) {
    let mark = page.ink.paint(Tone::Good, "✓");
    let points = words::points(check.points, check.max_points);
    page.line(&format!("{mark} {}, {points}", safe::line(&check.name)));
    let worth = words::coverage::passed(&check.coverage);
    if !worth.is_empty() {
        page.say(2, Tone::Faint, &words::sentence(&worth));
    }
}

/// The path to give to `--submission` so that this answer is graded again; `None` where it is the
/// course's own file.
pub(super) fn submission(exercise: &GradedExercise) -> Option<String> {
    let own = Path::new("exercises").join(&exercise.id).join(ANSWER);
    let path = &exercise.answer_path;
    // As named from the course's root, from a folder above it, or from one beneath.
    let is_own = path.ends_with(&own) || own.ends_with(path);
    (!is_own).then(|| quoted(&safe::path(path)))
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
