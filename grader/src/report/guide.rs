//! What a learner asks for between two runs.

use super::markdown;
use super::page::Page;
use super::style::Tone;
use super::table::{BAR, MAX_TITLE, bar};
use super::words;
use crate::course::Exercise;
use crate::explanation::safe::{self, cut, pad, width};
use crate::guide::{Hint, Solution, Standing, State};

/// The exercises of the course and where the learner stands. `current` is the index of the one that
/// comes next.
pub(super) fn standings(page: &mut Page, standings: &[Standing<'_>], current: Option<usize>) {
    let cells = |text: fn(&Exercise) -> String| {
        standings.iter().map(|it| width(&text(it.exercise))).max().unwrap_or(0)
    };
    let title = |exercise: &Exercise| cut(&safe::line(&exercise.title), MAX_TITLE);
    let names = cells(|exercise| exercise.name.clone());
    let titles = cells(title);
    let fraction = |standing: &Standing<'_>| points(standing);
    let digits = standings.iter().map(|it| width(&fraction(it))).max().unwrap_or(0);
    for (index, standing) in standings.iter().enumerate() {
        let exercise = standing.exercise;
        let tone = if standing.is_solved() { Tone::Good } else { Tone::Plain };
        let is_current = Some(index) == current;
        let mark = if is_current { page.style.paint(Tone::Eye, ">") } else { " ".to_owned() };
        let front = format!(
            "{mark} {:>2}  {}  {}  {}  {:>digits$}  ",
            exercise.number,
            pad(&exercise.name, names),
            pad(&title(exercise), titles),
            page.style.paint(tone, &bar(earned(standing), exercise.max_score())),
            fraction(standing),
        );
        let used = 2 + 2 + 2 + names + 2 + titles + 2 + BAR + 2 + digits + 2;
        let state = words::state(standing.state, is_current);
        let state = cut(state, page.width.saturating_sub(used));
        let line = format!("{front}{}", page.style.paint(tone, &state));
        page.line(&line);
    }
    let solved = standings.iter().filter(|standing| standing.is_solved()).count();
    let (score, max) = standings.iter().fold((0, 0), |(score, max), standing| {
        (score + earned(standing), max + standing.exercise.max_score())
    });
    page.gap();
    page.say(0, Tone::Strong, &words::course_standing(solved, standings.len(), score, max));
    if let Some(standing) = current.and_then(|index| standings.get(index)) {
        page.say(0, Tone::Plain, &words::more_about(&standing.exercise.name));
    }
}

fn earned(standing: &Standing<'_>) -> u32 {
    standing.state.earned(standing.exercise.max_score())
}

fn points(standing: &Standing<'_>) -> String {
    let max = standing.exercise.max_score();
    match standing.state {
        State::NotStarted | State::NotGraded => format!("–/{max}"),
        State::Unsolved(_) | State::Solved => words::fraction(earned(standing), max),
    }
}

/// One exercise: what it is about, what to read, what to edit, what to run.
pub(super) fn introduction(page: &mut Page, standing: &Standing<'_>, answer: &str) {
    let exercise = standing.exercise;
    let title = format!("{:02} {}", exercise.number, safe::line(&exercise.title));
    rule(page, &title, &format!("{} points", points(standing)));
    page.gap();
    page.say(2, Tone::Plain, &safe::line(&exercise.summary));
    page.gap();
    page.entry(words::IN_PYTHON, &safe::line(&exercise.python));
    if !exercise.builds_on.is_empty() {
        page.list(words::NEEDS, &exercise.builds_on);
    }
    page.entry(words::TASK, &format!("exercises/{}/README.md", exercise.id));
    page.entry(words::FILE, answer);
    page.entry(words::GRADE, &words::grading(page.controls, &exercise.name));
    page.entry(words::HINTS, &words::hint(page.controls, &exercise.name));
}

/// Hints of one exercise.
pub(super) fn hints(page: &mut Page, exercise: &Exercise, hints: &[Hint<'_>]) {
    let title = format!("{:02} {}", exercise.number, safe::line(&exercise.title));
    for hint in hints {
        page.gap();
        rule(page, &title, &words::hint_number(hint.number, hint.of));
        page.gap();
        page.say_paragraphs(2, Tone::Plain, &safe::text(hint.text));
    }
    let Some(last) = hints.last() else {
        page.say(0, Tone::Plain, words::NO_HINTS);
        return;
    };
    page.gap();
    if last.again {
        page.say(2, Tone::Plain, &words::no_more_hints(&exercise.name));
    } else if last.number == last.of {
        page.say(2, Tone::Plain, words::LAST_HINT);
    }
    page.entry(words::TASK, &format!("exercises/{}/README.md", exercise.id));
    if last.number < last.of {
        page.entry(words::NEXT_HINT, &words::hint(page.controls, &exercise.name));
    } else {
        page.entry(words::EXPLAINED, &words::solution_command(&exercise.name, true));
    }
}

/// The reference and its explanation.
pub(super) fn solution(page: &mut Page, exercise: &Exercise, solution: &Solution) {
    let title = format!("{:02} {}", exercise.number, safe::line(&exercise.title));
    rule(page, &title, &safe::path(&solution.reference));
    page.gap();
    markdown::code(page, safe::text(&solution.code).lines());
    page.gap();
    rule(page, &title, &safe::path(&solution.page));
    page.gap();
    markdown::write(page, &solution.explained);
}

/// `── 07 Lock ── hint 1 of 3 ─────`
fn rule(page: &mut Page, title: &str, what: &str) {
    let bar = |cells: usize| page.style.paint(Tone::Faint, &"─".repeat(cells));
    let rest = page.width.saturating_sub(3 + width(title) + 4 + width(what) + 1);
    let title = page.style.paint(Tone::Strong, title);
    let line = format!("{} {title} {} {what} {}", bar(2), bar(2), bar(rest));
    page.line(&line);
}
