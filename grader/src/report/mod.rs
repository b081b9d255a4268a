//! Reports: renderings of what was graded and of its [`explanation`](crate::explanation).
//!
//! A report adds nothing: neither the verdicts nor the explanations are made here. What the modules
//! below do:
//!
//! * `terminal`, `table`, `section`, `failed` and `page` lay out the terminal report
//! * `picture` draws the rows of a timeline, and `excerpt` the marked lines of the source
//! * `guide` lays out what a learner asks for between two runs
//! * `markdown` lays out documents
//! * `links` makes the files that a report names hyperlinks, where a terminal has them
//! * `words` has the headings, the labels, and what to do next
//! * [`json`] has the stable schema, and `html` draws it as a page
//!
//! | entry point | for |
//! | --- | --- |
//! | [`write()`] | a grading run, as text or JSON |
//! | [`write_replay`] | one schedule from its first step to its last |
//! | [`explain`], [`figure`] | a document that shows how an answer breaks, as text or HTML |
//! | [`standings`], [`introduction`], [`hints`], [`solution`] | what a learner asks for between two runs |
//! | [`Progress`] | progress while a run is going on |

mod excerpt;
mod failed;
mod guide;
mod html;
pub mod json;
mod links;
mod markdown;
mod options;
mod page;
mod picture;
mod progress;
mod section;
mod style;
mod submission;
mod table;
mod terminal;
mod words;

pub use options::{Controls, Detail, Format, ReportOptions};
pub use progress::Progress;

use crate::course::Exercise;
use crate::explanation::{Explanation, Length, Sources};
use crate::graded::{Graded, GradedCheck, GradedExercise};
use crate::guide::{Hint, Solution, Standing, State};
use anyhow::{Context, Result};
use page::Page;
use serde::Serialize;
use std::io::Write;

/// Report a grading run.
///
/// # Errors
/// `out` cannot be written.
pub fn write(graded: &Graded, options: &ReportOptions, out: &mut dyn Write) -> Result<()> {
    match options.format {
        Format::Text => show(options, out, |page| terminal::write(page, graded, options.detail)),
        Format::Json => emit_json(&json::Report::of(graded), out),
        Format::Html => emit(&html::page(graded), out),
    }
}

/// Show one schedule of one check from its first step to its last.
///
/// # Errors
/// `out` cannot be written.
pub fn write_replay(
    exercise: &GradedExercise,
    check: &GradedCheck,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let sources = Sources::of(exercise);
    let explanation = Explanation::of(check, &sources, Length::Whole);
    match options.format {
        Format::Text => show(options, out, |page| {
            section::heading(page, exercise);
            failed::whole(page, check, &explanation);
        }),
        Format::Json => emit_json(&json::Check::of(check, Some(explanation)), out),
        Format::Html => emit(&html::page(&vec![exercise.clone()].into()), out),
    }
}

/// The steps of a schedule so far, one below the other, with a column for each thread.
pub fn steps(exercise: &GradedExercise, check: &GradedCheck, options: &ReportOptions) -> String {
    let mut page = Page::new(options.width, options.color);
    let explanation = Explanation::of(check, &Sources::of(exercise), Length::Whole);
    failed::pictured(&mut page, &explanation);
    page.into_text()
}

/// What a document shows about a failed check: what happened, and the picture, 80 cells wide.
pub fn explain(exercise: &GradedExercise, check: &GradedCheck) -> String {
    let mut page = Page::new(80, false);
    let explanation = Explanation::of(check, &Sources::of(exercise), Length::Short);
    failed::explained(&mut page, check, &explanation);
    page.into_text()
}

/// How a document shows a failed check as HTML: what happened, and the steps with the threads as
/// lanes. Ids in it begin with `id`.
pub fn figure(id: &str, exercise: &GradedExercise, check: &GradedCheck) -> String {
    html::figure(id, exercise, check)
}

/// A sentence as HTML, with what stands between backticks as code.
pub fn sentence_as_html(text: &str) -> String {
    html::prose(text).into_string()
}

/// The style of figures. It names its colours `--text`, `--page`, `--soft`, `--faint`, `--line`,
/// `--bad`, `--eye` and `--link`.
pub const FIGURE_STYLE: &str = html::FIGURE_STYLE;

/// The exercises of the course and where the learner stands. `current` is the index of the one that
/// comes next.
///
/// # Errors
/// `out` cannot be written.
pub fn standings(
    standings: &[Standing<'_>],
    current: Option<usize>,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> Result<()> {
    show(options, out, |page| guide::standings(page, standings, current))
}

/// How far an exercise has come, in a word or two.
pub fn state(state: State) -> &'static str {
    words::state(state, false)
}

/// What an exercise is about, what to read, edit and run. `answer` is the path of the learner's file
/// as shown to them.
///
/// # Errors
/// `out` cannot be written.
pub fn introduction(
    standing: &Standing<'_>,
    answer: &str,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> Result<()> {
    show(options, out, |page| guide::introduction(page, standing, answer))
}

/// The lines of a paragraph that is `width` cells wide.
pub fn paragraph(text: &str, width: usize) -> Vec<String> {
    page::wrap(text, width)
}

/// A document in Markdown, such as an exercise's task.
///
/// # Errors
/// `out` cannot be written.
pub fn document(text: &str, options: &ReportOptions, out: &mut dyn Write) -> Result<()> {
    show(options, out, |page| markdown::write(page, text))
}

/// Hints of an exercise.
///
/// # Errors
/// `out` cannot be written.
pub fn hints(
    exercise: &Exercise,
    hints: &[Hint<'_>],
    options: &ReportOptions,
    out: &mut dyn Write,
) -> Result<()> {
    show(options, out, |page| guide::hints(page, exercise, hints))
}

/// The reference answer of an exercise and its explanation.
///
/// # Errors
/// `out` cannot be written.
pub fn solution(
    exercise: &Exercise,
    solution: &Solution,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> Result<()> {
    show(options, out, |page| guide::solution(page, exercise, solution))
}

/// The message about an exercise that was left out. `id` is its folder's name.
pub fn left_out(id: &str) -> String {
    words::left_out(id)
}

fn show(options: &ReportOptions, out: &mut dyn Write, fill: impl FnOnce(&mut Page)) -> Result<()> {
    let mut page = Page::new(options.width, options.color).with(options.controls);
    fill(&mut page);
    let text = page.into_text();
    match &options.links {
        Some(root) => emit(&links::linked(&text, root), out),
        None => emit(&text, out),
    }
}

fn emit(text: &str, out: &mut dyn Write) -> Result<()> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write the report")
}

fn emit_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("cannot write the report as JSON")?;
    emit(&(text + "\n"), out)
}
