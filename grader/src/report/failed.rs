//! One check that failed, in full or in a line.

use super::ink::Tone;
use super::page::Page;
use super::safe::{self, width};
use super::scene::Scene;
use super::sources::Sources;
use super::story::{Length, Story};
use super::words;
use super::words::failure::Part;
use super::{decisive, excerpt, output, picture, section};
use crate::graded::{Facts, GradedCheck, GradedExercise};

/// Lines of a panic message or of trybuild's words that are shown.
const MOST_QUOTED: usize = 24;

/// Everything there is to say, on one screen.
pub(super) fn full(
    page: &mut Page,
    exercise: &GradedExercise,
    check: &GradedCheck,
    sources: &Sources,
) {
    let scene = Scene::of(check, sources);
    heading(page, check);
    page.say_paragraphs(2, Tone::Plain, &safe::text(&check.doc));
    telling(page, &scene);
    // A difference is what happened; other output only goes with it.
    let is_snapshot = words::failure::is_snapshot(&scene);
    if is_snapshot {
        output::show(page, words::TRANSCRIPT, &check.output);
    }
    let remarks = decisive::remarks(&scene);
    if !remarks.is_empty() {
        page.gap();
        let ink = page.ink;
        page.lines(&excerpt::render(sources, &remarks, page.width, ink));
    }
    let story = Story::of(&scene, Length::Short);
    if !story.rows.is_empty() {
        page.gap();
        page.lines(&picture::draw(&scene, &story, page.width, page.ink));
    }
    // What a broken contract printed is what was told of it.
    if !is_snapshot && !matches!(check.facts, Facts::ContractBroken(_)) {
        output::show(page, words::OUTPUT, &check.output);
    }
    page.gap();
    how_found(page, &scene, &story);
    if let Some(token) = &check.replay {
        let submission = section::submission(exercise);
        let token = safe::line(token);
        let command = words::replay_command(&exercise.name, &token, submission.as_deref());
        page.entry(words::SAME_AGAIN, &command);
    }
}

/// The schedule from its first step to its last.
pub(super) fn whole(page: &mut Page, check: &GradedCheck, sources: &Sources) {
    let scene = Scene::of(check, sources);
    heading(page, check);
    if scene.failure.is_none() && matches!(check.facts, Facts::Ended(_)) {
        page.say(2, Tone::Plain, words::REPLAY_PASSES);
    }
    telling(page, &scene);
    let story = Story::of(&scene, Length::Whole);
    page.gap();
    if story.rows.is_empty() {
        page.say(2, Tone::Plain, words::REPLAY_EMPTY);
    } else {
        page.lines(&picture::draw(&scene, &story, page.width, page.ink));
    }
    if scene.trace.dropped > 0 {
        page.say(2, Tone::Faint, &words::step::dropped(scene.trace.dropped));
    }
    output::show(page, words::OUTPUT, &check.output);
}

/// What happened and the picture, for readers who have the answer before them.
pub(super) fn explained(page: &mut Page, check: &GradedCheck, sources: &Sources) {
    let scene = Scene::of(check, sources);
    page.line(&format!("{}: {}", safe::line(&check.name), words::verdict(check.verdict)));
    telling(page, &scene);
    if words::failure::is_snapshot(&scene) {
        output::show(page, words::TRANSCRIPT, &check.output);
    }
    let story = Story::of(&scene, Length::Short);
    if !story.rows.is_empty() {
        page.gap();
        page.lines(&picture::draw(&scene, &story, page.width, page.ink));
    }
}

/// The check's name, verdict and points.
fn heading(page: &mut Page, check: &GradedCheck) {
    page.gap();
    let passes = check.verdict.is_pass();
    let (mark, tone) = if passes { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
    let name = safe::line(&check.name);
    let verdict = words::verdict(check.verdict);
    let points = words::points(check.points, check.max_points);
    let used = width(&name) + width(verdict) + width(&points) + 6;
    let front = format!(
        "{} {} {}",
        page.ink.paint(tone, mark),
        page.ink.paint(Tone::Strong, &format!("{name}:")),
        page.ink.paint(tone, verdict),
    );
    if used <= page.width {
        page.line(&format!("{front}, {points}"));
    } else {
        page.line(&front);
        page.line(&format!("  {points}"));
    }
}

/// What happened, in words.
fn telling(page: &mut Page, scene: &Scene) {
    page.gap();
    for part in words::failure::tell(scene) {
        match part {
            Part::Said(text) => page.say(2, Tone::Plain, &words::sentence(&text)),
            Part::Quoted(text) => {
                let left = page.quote(2, &text, MOST_QUOTED);
                if left > 0 {
                    page.say(2, Tone::Faint, &words::lines_left_out(left));
                }
            }
        }
    }
}

/// How long it had to be looked for, and how much of it was shown.
fn how_found(page: &mut Page, scene: &Scene, story: &Story) {
    let Facts::Ended(outcome) = &scene.check.facts else {
        return;
    };
    let mut said: Vec<String> =
        words::coverage::failed(scene.check.world, &outcome.coverage).into_iter().collect();
    if story.rows.len() as u64 + 1 < story.steps && !story.rows.is_empty() {
        said.push(words::step::shown(story.rows.len(), story.steps));
    }
    if !said.is_empty() {
        page.say(2, Tone::Faint, &said.join(" "));
    }
}

/// A further failed check of the same exercise, its name padded to `name_cells`.
pub(super) fn line(page: &mut Page, check: &GradedCheck, name_cells: usize) {
    let verdict = if section::is_todo(check) {
        words::TODO.to_owned()
    } else {
        words::verdict(check.verdict).to_owned()
    };
    let verdict_cells = width(&verdict).max(14);
    let points = words::points(check.points, check.max_points);
    let room = page.width.saturating_sub(2 + 1 + verdict_cells + 2 + width(&points));
    let name = safe::pad(&safe::cut(&safe::line(&check.name), room), room.min(name_cells));
    let line = format!(
        "{} {name} {}  {points}",
        page.ink.paint(Tone::Bad, "✗"),
        page.ink.cell(Tone::Bad, &verdict, verdict_cells),
    );
    page.line(&line);
}
