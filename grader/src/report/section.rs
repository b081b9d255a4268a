//! One exercise: its heading, and what there is to say about its checks.

use super::failed;
use super::options::Detail;
use super::page::Page;
use super::style::Tone;
use super::words;
use crate::course::Mistake;
use crate::explanation::safe::{self, width};
use crate::explanation::words::failure;
use crate::explanation::{Explanation, Sources, causes, explain};
use crate::graded::{Facts, GradedCheck, GradedExercise, Refusal};
use crate::verdict::Verdict;

/// At most this many lines of rustc's diagnostics are shown; there may be any number.
const MOST_DIAGNOSTICS: usize = 60;

/// Up to this many further failures have room for a second line each, and so few for a third one.
const FEW_LINES: usize = 5;
const VERY_FEW_LINES: usize = 2;

/// So do more of them if the report is not longer than this by then.
const SHORT: usize = 45;

/// The legend of all pictures in a report, printed once at its end.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) legend: Vec<&'static str>,
}

impl Notes {
    fn add(&mut self, explanation: &Explanation) {
        let timeline = &explanation.timeline;
        for line in &timeline.legend {
            if !self.legend.contains(line) {
                self.legend.push(line);
            }
        }
    }
}

/// Report on an exercise, except for the grader's own faults.
pub(super) fn write(page: &mut Page, exercise: &GradedExercise, detail: Detail, notes: &mut Notes) {
    heading(page, exercise);
    let nothing_ran = not_compiled(page, exercise);
    let explanations = explain(exercise);
    let mut has_lines = false;
    if !nothing_ran && explanations.iter().any(Option::is_some) && !causes::is_not_begun(exercise) {
        // The heading's rule separates enough.
        page.close_up();
    }
    if causes::is_not_begun(exercise) {
        page.gap();
        let todo = exercise.checks.iter().filter(|check| causes::todo(check).is_some()).count();
        page.say(0, Tone::Plain, &words::not_begun(todo, &first_todo(exercise)));
    } else {
        has_lines = failures(page, exercise, &explanations, detail, notes);
    }
    let passes = || exercise.checks.iter().filter(|check| check.verdict.is_pass());
    if detail == Detail::All || passes().count() == exercise.checks.len() {
        page.gap();
        has_lines = false;
        passes().for_each(|check| failed::passed(page, check));
    }
    if exercise.verdict().is_pass() {
        if let Some(mistake) = &exercise.mistake {
            tell_mistake(page, mistake);
        }
        return;
    }
    let told_in_lines = !nothing_ran && has_lines;
    if !told_in_lines {
        page.gap();
    }
    if !nothing_ran {
        let told = explanations.iter().flatten().count();
        let more = detail == Detail::First && told > 1 && !causes::is_not_begun(exercise);
        let standing =
            words::standing_of(page.controls, passes().count(), exercise.checks.len(), more);
        page.say(2, Tone::Plain, &standing);
    }
    if nothing_ran || causes::is_not_begun(exercise) {
        page.entry(words::TASK, &format!("exercises/{}/README.md", exercise.id));
    } else {
        page.entry(words::HINTS, &words::hint(page.controls, &exercise.name));
    }
}

/// Shows a mistake that is easily made in an exercise, to a learner who has solved it.
fn tell_mistake(page: &mut Page, mistake: &Mistake) {
    page.gap();
    page.say(0, Tone::Strong, &words::mistake(&safe::line(&mistake.fault)));
    for line in mistake.diff.lines() {
        let tone = match line.as_bytes().first() {
            Some(b'-') => Tone::Bad,
            Some(b'+') => Tone::Good,
            Some(b'@') => Tone::Faint,
            _ => Tone::Plain,
        };
        let line = page.style.paint(tone, &safe::line(line));
        page.line(&format!("  {line}"));
    }
    page.say(0, Tone::Plain, words::MORE_MISTAKES);
    page.entry(words::EXPLAINED, &safe::path(&mistake.page));
}

/// Introduce an exercise that has not been started.
pub(super) fn next(page: &mut Page, exercise: &GradedExercise) {
    heading(page, exercise);
    page.gap();
    page.entry(words::TASK, &format!("exercises/{}/README.md", exercise.id));
    page.entry(words::FILE, &safe::path(&exercise.answer_path));
}

/// The failures. With [`Detail::First`], the most instructive one in full and one line for each of
/// the others; else all in full. Checks that failed for the same cause are named together. Returns whether
/// there are such lines: what follows then stands directly below them.
fn failures(
    page: &mut Page,
    exercise: &GradedExercise,
    explanations: &[Option<Explanation>],
    detail: Detail,
    notes: &mut Notes,
) -> bool {
    let before = page.height();
    let sources = Sources::of(exercise);
    let first = causes::most_instructive(exercise, explanations);
    let mut told: Vec<String> = Vec::new();
    let order = first.into_iter().chain((0..explanations.len()).filter(|&at| Some(at) != first));
    let mut lines: Vec<usize> = Vec::new();
    for index in order {
        let Some(explanation) = &explanations[index] else { continue };
        let check = &exercise.checks[index];
        let is_todo = causes::todo(check).is_some();
        if told.contains(&safe::line(&check.name)) {
            continue;
        }
        if Some(index) == first || detail == Detail::All && !is_todo {
            failed::full(page, exercise, index, explanation, &sources, detail);
            notes.add(explanation);
            told.extend(explanation.same_cause.iter().cloned());
        } else {
            lines.push(index);
        }
    }
    if !lines.is_empty() {
        page.gap();
    }
    let name = |index: usize| safe::line(&exercise.checks[index].name);
    let cells = lines.iter().map(|&index| width(&name(index))).max().unwrap_or(0);
    let height = page.height() - before + 2 * lines.len();
    let below = match lines.len() {
        ..=VERY_FEW_LINES => 2,
        few => usize::from(few <= FEW_LINES || height <= SHORT),
    };
    for index in lines {
        let (check, explanation) = (&exercise.checks[index], explanations[index].as_ref());
        failed::line(page, check, explanation, &sources, cells, below);
    }
    cells > 0
}

/// `── 10 RLock ── exercises/08_rlock/src/lib.rs ── 12/16 ──`
pub(super) fn heading(page: &mut Page, exercise: &GradedExercise) {
    page.gap();
    let title = format!("{:02} {}", exercise.number, safe::line(&exercise.title));
    let path = safe::path(&exercise.answer_path);
    let points = format!("{} points", words::fraction(exercise.score(), exercise.max_score()));
    let rule = |text: &str| page.style.paint(Tone::Faint, text);
    let strong = page.style.paint(Tone::Strong, &title);
    let used = 3 + width(&title) + 4 + width(&path) + 4 + width(&points) + 1;
    if used < page.width {
        let rest = rule(&"─".repeat(page.width - used));
        let bars = rule("──");
        page.line(&format!("{bars} {strong} {bars} {path} {bars} {points} {rest}"));
    } else {
        let line = format!("{} {strong} {} {points}", rule("──"), rule("──"));
        page.line(&line);
        page.line(&format!("   {path}"));
    }
}

/// Say why some or all checks could not run. Returns whether there was such a reason.
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
            page.say(2, Tone::Plain, &failure::refusal(&sources.answer().label, refusal));
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

/// Why no check could run, as text. `None` if some did.
pub(super) fn why_nothing_ran(exercise: &GradedExercise, sources: &Sources) -> Option<String> {
    if is_not_submitted(exercise) {
        return Some(words::NOT_SUBMITTED.to_owned());
    }
    if let Some(refusals) = refusals(exercise) {
        let label = &sources.answer().label;
        let reasons = refusals.iter().map(|refusal| failure::refusal(label, refusal));
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

/// Whether the submission contains no answer to the exercise.
pub(super) fn is_not_submitted(exercise: &GradedExercise) -> bool {
    exercise.checks.iter().any(|check| matches!(check.facts, Facts::NotSubmitted))
}

/// Where the first check stops at a `todo!()`: `lib.rs:17`.
fn first_todo(exercise: &GradedExercise) -> String {
    let sources = Sources::of(exercise);
    let place = exercise.checks.iter().find_map(|check| {
        let panic = causes::todo(check)?;
        sources.place(&panic.at)
    });
    place.unwrap_or_default()
}

/// Whether a check failed for a reason other than a fault of the grader.
pub(super) fn has_failed(check: &GradedCheck) -> bool {
    !check.verdict.is_pass() && check.verdict != Verdict::GraderFault
}
