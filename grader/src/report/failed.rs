//! One failed check, in full or on one line.

use super::options::{Controls, Detail};
use super::page::Page;
use super::style::Tone;
use super::submission::submission;
use super::{excerpt, picture, words};
use crate::explanation::safe::{self, width};
use crate::explanation::words::{coverage, verdict::verdict};
use crate::explanation::{Explanation, Part, Sources, causes, fit_rule};
use crate::graded::{Facts, GradedCheck, GradedExercise};
use crate::verdict::Verdict;

/// At most this many lines of a check's doc comment are shown where it must be short.
const MOST_DOC: usize = 5;
/// At most this many lines of a panic message or of trybuild's output are shown.
const MOST_QUOTED: usize = 16;
/// At most this many lines of a difference or of output are shown.
const MOST_OUTPUT: usize = 20;
/// A longer token would bury the report.
const LONGEST_TOKEN: usize = 400;
/// A message cut to fewer cells than this is of no use.
const LEAST_SAID: usize = 20;
/// Like [`MOST_OUTPUT`], where there is also a picture.
const FEW_OUTPUT: usize = 6;

/// Everything there is to say about a failed check, on one screen.
pub(super) fn full(
    page: &mut Page,
    exercise: &GradedExercise,
    index: usize,
    explanation: &Explanation,
    sources: &Sources,
    detail: Detail,
) {
    let check = &exercise.checks[index];
    heading(page, check, explanation);
    let doc = safe::text(&check.doc);
    match detail {
        Detail::First => page.say_briefly(2, Tone::Faint, &doc, MOST_DOC),
        Detail::All => page.say_paragraphs(2, Tone::Faint, &doc),
    }
    page.gap();
    telling(page, explanation);
    quoted(page, words::TRANSCRIPT, &explanation.difference, MOST_OUTPUT);
    if !explanation.marks.is_empty() {
        page.gap();
        let style = page.style;
        page.lines(&excerpt::render(sources, &explanation.marks, page.width, style));
    }
    pictured(page, explanation);
    let has_picture = !explanation.timeline.rows.is_empty();
    let most = if has_picture && detail == Detail::First { FEW_OUTPUT } else { MOST_OUTPUT };
    quoted(page, words::OUTPUT, &explanation.output, most);
    page.gap();
    if let Some(found) = &explanation.found {
        page.say(2, Tone::Faint, found);
    }
    if !explanation.same_cause.is_empty() {
        page.list(words::SAME_CAUSE, &explanation.same_cause);
    }
    if let Some(token) = &explanation.replay {
        let submission = submission(exercise);
        if page.controls == Controls::Keys {
            page.entry(words::SAME_AGAIN, words::REPLAY_KEYS);
        } else if token.len() > LONGEST_TOKEN {
            page.say(2, Tone::Faint, &words::long_token(token.len()));
        } else {
            let command = words::replay_command(&exercise.name, token, submission.as_deref());
            page.entry(words::SAME_AGAIN, &command);
        }
    }
}

/// The schedule from its first step to its last.
pub(super) fn whole(page: &mut Page, check: &GradedCheck, explanation: &Explanation) {
    heading(page, check, explanation);
    if check.verdict.is_pass() && matches!(check.facts, Facts::Ended(_)) {
        page.say(2, Tone::Plain, words::REPLAY_PASSES);
    }
    page.gap();
    telling(page, explanation);
    if explanation.timeline.rows.is_empty() {
        page.gap();
        page.say(2, Tone::Plain, words::REPLAY_EMPTY);
    } else {
        pictured(page, explanation);
    }
    if explanation.timeline.dropped > 0 {
        page.say(2, Tone::Faint, &words::dropped(explanation.timeline.dropped));
    }
    for line in &explanation.timeline.legend {
        page.say(2, Tone::Faint, line);
    }
    quoted(page, words::TRANSCRIPT, &explanation.difference, MOST_OUTPUT);
    quoted(page, words::OUTPUT, &explanation.output, MOST_OUTPUT);
}

/// What happened, and the picture, for readers who have the answer in front of them.
pub(super) fn explained(page: &mut Page, check: &GradedCheck, explanation: &Explanation) {
    page.line(&format!("{}: {}", safe::line(&check.name), explanation.failure));
    page.gap();
    telling(page, explanation);
    quoted(page, words::TRANSCRIPT, &explanation.difference, MOST_OUTPUT);
    pictured(page, explanation);
    for line in &explanation.timeline.legend {
        page.say(2, Tone::Plain, line);
    }
}

/// The check's name, and at the end of the line its verdict and points.
fn heading(page: &mut Page, check: &GradedCheck, explanation: &Explanation) {
    page.gap();
    let passes = check.verdict.is_pass();
    let (mark, tone) = if passes { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
    let verdict = explanation.failure.as_str();
    let points = words::fraction(check.points, check.max_points);
    let room = page.width.saturating_sub(2 + 2 + width(verdict) + 2 + width(&points));
    let name = safe::cut(&safe::line(&check.name), room);
    let gap = " ".repeat(room.saturating_sub(width(&name)) + 2);
    let line = format!(
        "{} {}{gap}{}  {points}",
        page.style.paint(tone, mark),
        page.style.paint(Tone::Strong, &name),
        page.style.paint(tone, verdict),
    );
    page.line(&line);
}

/// What happened, in words.
fn telling(page: &mut Page, explanation: &Explanation) {
    for part in &explanation.told {
        match part {
            Part::Said(text) => page.say(2, Tone::Plain, text),
            Part::Quoted(text) => {
                let left = page.quote(2, text, MOST_QUOTED);
                if left > 0 {
                    page.say(2, Tone::Faint, &words::lines_left_out(left));
                }
            }
        }
    }
}

pub(super) fn pictured(page: &mut Page, explanation: &Explanation) {
    if !explanation.timeline.rows.is_empty() {
        page.gap();
        page.lines(&picture::draw(&explanation.timeline, page.width, page.style));
    }
}

/// The lines of `text` under `title`, if there are any.
fn quoted(page: &mut Page, title: &str, text: &str, most: usize) {
    if text.trim().is_empty() {
        return;
    }
    page.gap();
    page.say(2, Tone::Faint, title);
    let cells = page.width.saturating_sub(4);
    let fitted: Vec<String> = text.lines().map(|line| fit_rule(line, cells)).collect();
    let left = page.quote(2, &fitted.join("\n"), most);
    if left > 0 {
        page.say(2, Tone::Faint, &words::lines_left_out(left));
    }
}

/// One line for a failed check that is not explained in full: its name, padded to `name_cells`, its
/// verdict, its points, and what was wrong or the line to look at. If that does not fit, it may take
/// `below` further lines.
pub(super) fn line(
    page: &mut Page,
    check: &GradedCheck,
    explanation: Option<&Explanation>,
    sources: &Sources,
    name_cells: usize,
    below: usize,
) {
    let todo = causes::todo(check);
    let verdict = match todo {
        Some(_) => words::TODO,
        None => explanation.map_or(verdict(check.verdict), |it| it.failure.as_str()),
    };
    // A line that only ran last is no line to look at.
    let own = explanation.and_then(|it| it.marks.iter().find(|mark| mark.own && mark.fails));
    // The heading names the learner's file, so the line number is enough.
    let at = todo.map(|panic| &panic.at).or(own.map(|mark| &mark.at));
    let at = at.filter(|at| sources.is_answer(at));
    let points = words::fraction(check.points, check.max_points);
    let verdict_cells = width(verdict).max(14);
    let taken = 2 + name_cells + 1 + verdict_cells + 2 + width(&points) + 2;
    // The message of an assertion says more than a line.
    let asserts =
        matches!(check.verdict, Verdict::Wrong | Verdict::Starvation | Verdict::NotParallel);
    let said = explanation.filter(|_| asserts && todo.is_none());
    let in_cells = |cells: usize| {
        let sentence = |it: &Explanation| it.first_sentence().map(str::to_owned);
        // A panic in the learner's own code says little without its line.
        let panicked = check.facts.panicked_at().filter(|at| sources.is_answer(at));
        let front = panicked.map(|at| format!("{}: ", words::line(at.line))).unwrap_or_default();
        let cells = cells.saturating_sub(front.len());
        let said = said.and_then(|it| it.quoted_in_short(cells).or_else(|| sentence(it)));
        said.map(|said| format!("{front}{said}"))
    };
    let rest_of_line = page.width.saturating_sub(taken);
    let is_too_wide = in_cells(usize::MAX).is_some_and(|said| width(&said) > rest_of_line);
    let (place, said) = match (in_cells(rest_of_line), at) {
        (Some(_), _) if below > 0 && is_too_wide => {
            (String::new(), in_cells(below * page.width.saturating_sub(4)))
        }
        (Some(said), _) if rest_of_line >= LEAST_SAID => (safe::cut(&said, rest_of_line), None),
        (_, None) if below > 0 => {
            let sentence = explanation.and_then(Explanation::first_sentence);
            (String::new(), sentence.map(str::to_owned))
        }
        (_, at) => (at.map(|at| words::line(at.line)).unwrap_or_default(), None),
    };
    let rest = 1 + verdict_cells + 2 + width(&points) + 2 + width(&place);
    let room = page.width.saturating_sub(2 + rest);
    let name = safe::pad(&safe::cut(&safe::line(&check.name), room), room.min(name_cells));
    let line = format!(
        "{} {name} {}  {points}  {place}",
        page.style.paint(Tone::Bad, "✗"),
        page.style.cell(Tone::Bad, verdict, verdict_cells),
    );
    page.line(&line);
    if let Some(said) = said {
        page.say_in(4, Tone::Faint, &said, below);
    }
}

/// A check that passes, and how much was tried.
pub(super) fn passed(page: &mut Page, check: &GradedCheck) {
    let mark = page.style.paint(Tone::Good, "✓");
    let points = words::fraction(check.points, check.max_points);
    let worth = coverage::passed(&check.coverage);
    let name = safe::line(&check.name);
    let front = 2 + width(&name) + 2 + width(&points);
    if front + 2 + width(&worth) <= page.width {
        let worth = page.style.paint(Tone::Faint, &worth);
        page.line(&format!("{mark} {name}  {points}  {worth}"));
    } else {
        page.line(&format!("{mark} {name}  {points}"));
        page.say(4, Tone::Faint, &worth);
    }
}
