//! The report as a page: one file that needs no network, no script and nothing beside it.
//!
//! Each failure is a list of steps with the threads as lanes, and the answer stands beside it. With
//! script, one can go through the steps, and the source follows.

mod figure;
mod lanes;
mod prose;
mod source;
mod steps;

use super::json::{Check, Exercise, Report};
use super::words;
use crate::explanation::words::coverage;
use crate::explanation::{Explanation, Length, Part, Sources, shown_first};
use crate::graded::{Graded, GradedCheck, GradedExercise};
use maud::{DOCTYPE, Markup, PreEscaped, html};
pub(super) use prose::prose;

const STYLE: &str = include_str!("html/style.css");
pub(super) const FIGURE_STYLE: &str = include_str!("html/figure.css");
const SCRIPT: &str = include_str!("html/steps.js");

/// The page about `graded`.
pub(super) fn page(graded: &Graded) -> String {
    let report = Report::of(graded);
    let title = match &report.exercises[..] {
        [only] => format!("{:02} {}: {}/{}", only.number, only.title, only.score, only.max_score),
        _ => format!("{}/{} points", report.score, report.max_score),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(FIGURE_STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    @if report.exercises.len() > 1 { (scores(&report)) }
                    @if report.grader_fault { p.bad role="alert" { (words::FAULT) } }
                    @for id in &report.left_out { p.bad { (words::left_out(id)) } }
                }
                main {
                    @for (exercise, of) in report.exercises.iter().zip(&graded.exercises) {
                        (section(exercise, of))
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// A failed check as a figure of a document, in HTML that may stand in Markdown. Ids in it begin with
/// `id`.
pub(super) fn figure(id: &str, exercise: &GradedExercise, check: &GradedCheck) -> String {
    let explanation = Explanation::of(check, &Sources::of(exercise), Length::Short);
    let html = figure::figure(id, check, &explanation).into_string();
    // In Markdown, an empty line would end the HTML.
    let mut lines = html.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + if line.is_empty() { "&#10;" } else { "\n" } + line)
}

/// One line for each exercise.
fn scores(report: &Report) -> Markup {
    html! {
        table.scores {
            caption.hidden { "Points by exercise" }
            thead { tr { th scope="col" { "Exercise" } th scope="col" { "Points" } th scope="col" { "" } } }
            tbody {
                @for it in &report.exercises {
                    tr {
                        th scope="row" {
                            a href=(format!("#{}", it.id)) { (format!("{:02} {}", it.number, it.title)) }
                        }
                        td.number { (words::fraction(it.score, it.max_score)) }
                        td { meter min="0" max=(it.max_score) value=(it.score) { (it.score) } }
                    }
                }
            }
        }
    }
}

fn section(exercise: &Exercise, of: &GradedExercise) -> Markup {
    let shown = shown(exercise, of);
    let has_failed = exercise.checks.iter().any(|check| check.verdict != "pass");
    html! {
        section.exercise id=(exercise.id) {
            h2 {
                (format!("{:02} {}", exercise.number, exercise.title)) " "
                span.points { (words::fraction(exercise.score, exercise.max_score)) " points" }
            }
            p.file { code { (exercise.path) } }
            @if let Some(error) = &exercise.compile_error { pre.quoted { (error) } }
            div.beside {
                div.failures {
                    @for &(index, check) in &shown {
                        @if let Some(explanation) = &check.explanation {
                            (failure(exercise, index, check, explanation))
                        }
                    }
                    (checks(exercise, of))
                }
                @if has_failed && !of.answer_text.is_empty() {
                    (source::listing(exercise, of, shown.first().map(|(_, check)| *check)))
                }
            }
        }
    }
}

/// The failures that are explained in full, each cause once: the most instructive first, as in the
/// terminal, then the others in their order.
fn shown<'e>(exercise: &'e Exercise, of: &GradedExercise) -> Vec<(usize, &'e Check)> {
    let first = shown_first(of).map(|check| check.name.as_str());
    let mut all: Vec<(usize, &Check)> = exercise.checks.iter().enumerate().collect();
    all.sort_by_key(|(index, check)| (Some(check.name.as_str()) != first, *index));
    let mut told: Vec<&str> = Vec::new();
    all.retain(|(_, check)| {
        let Some(explanation) = &check.explanation else { return false };
        let is_new = !told.contains(&check.name.as_str());
        if is_new {
            told.extend(explanation.same_cause.iter().map(String::as_str));
        }
        is_new
    });
    all
}

/// One failure in full.
fn failure(exercise: &Exercise, index: usize, check: &Check, explanation: &Explanation) -> Markup {
    let id = format!("{}-{index}", exercise.id);
    html! {
        article.failure id=(id) tabindex="0" aria-label=(check.name) {
            h3 {
                span.bad { "✗ " } (check.name) " "
                span.verdict { (explanation.failure) }
                span.points { (words::fraction(check.points, check.max_points)) }
            }
            @for paragraph in check.description.split("\n\n") { p.doc { (prose(paragraph)) } }
            @for part in &explanation.told {
                @match part {
                    Part::Said(text) => p { (prose(text)) },
                    Part::Quoted(text) => pre.quoted { (text) },
                }
            }
            @if !explanation.timeline.rows.is_empty() { (steps::list(&id, Some(&exercise.id), explanation)) }
            @for (title, text) in
                [(words::TRANSCRIPT, &explanation.difference), (words::OUTPUT, &explanation.output)]
            {
                @if !text.trim().is_empty() { p { (title) } pre.quoted { (text) } }
            }
            @if let Some(found) = &explanation.found { p.faint { (found) } }
            @if !explanation.same_cause.is_empty() {
                p { (words::SAME_CAUSE) " " (explanation.same_cause.join(", ")) }
            }
            @if let Some(token) = &explanation.replay {
                p.faint { code { (words::replay_command(&exercise.name, token, None)) } }
            }
        }
    }
}

/// All checks, one on a line.
fn checks(exercise: &Exercise, of: &GradedExercise) -> Markup {
    html! {
        table.checks {
            caption { "All checks" }
            tbody {
                @for (check, graded) in exercise.checks.iter().zip(&of.checks) {
                    tr {
                        td { @if check.verdict == "pass" { span.good { "✓" } } @else { span.bad { "✗" } } }
                        th scope="row" { (check.name) }
                        td.number { (words::fraction(check.points, check.max_points)) }
                        td { (worth(check, graded)) }
                    }
                }
            }
        }
    }
}

/// What was tried on a check that passes, or what became of it.
fn worth(check: &Check, graded: &GradedCheck) -> String {
    match check.verdict {
        "pass" => coverage::passed(&graded.coverage),
        verdict => match &check.explanation {
            Some(explanation) => explanation.failure.clone(),
            None => verdict.to_owned(),
        },
    }
}
