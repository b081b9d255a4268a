//! Reports: renderings of what was graded and of its [`explanation`](crate::explanation).
//!
//! A report adds nothing: no verdict is made here, and what happened is not worked out here. What the
//! modules beneath do:
//!
//! * how the terminal report is laid out: `terminal`, `table`, `section`, `failed`, `page`
//! * `picture` draws the rows of a timeline, `excerpt` the marked lines of the source
//! * `words`: headings, labels, and what to do next
//! * [`json`]: the stable schema
//!
//! | entry point | for |
//! | --- | --- |
//! | [`write()`] | a grading run, as text or JSON |
//! | [`write_replay`] | one schedule from its first step to its last |
//! | [`explain`] | a document that shows how an answer breaks |
//! | [`list`] | the exercises of the course |
//! | [`Progress`] | what goes on meanwhile |

mod excerpt;
mod failed;
pub mod json;
mod page;
mod picture;
mod progress;
mod section;
mod style;
mod table;
mod terminal;
mod words;

pub use progress::Progress;

use crate::explanation::{Explanation, Length, Sources};
use crate::graded::{Graded, GradedCheck, GradedExercise};
use anyhow::{Context, Result};
use page::Page;
use serde::Serialize;
use std::io::Write;

/// What a report is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// People at a terminal.
    #[default]
    Text,
    /// Programs: [`json`].
    Json,
}

/// How much a text report tells of an exercise with several failed checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The most instructive in full, the others in a line each.
    #[default]
    First,
    /// Each cause in full, and what the passes are worth.
    All,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// Text or JSON.
    pub format: Format,
    /// Whether text is coloured.
    pub color: bool,
    /// Cells of a line of text.
    pub width: usize,
    /// How much text there is.
    pub detail: Detail,
}

impl Default for ReportOptions {
    /// As for a pipe: text of 80 cells without colour.
    fn default() -> Self {
        Self { format: Format::Text, color: false, width: 80, detail: Detail::First }
    }
}

impl ReportOptions {
    /// As standard output takes it: its width, and colour where it is a terminal that shows colour
    /// and `NO_COLOR` and the like do not forbid it.
    pub fn for_stdout() -> Self {
        let stdout = std::io::stdout();
        let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
        let width =
            terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| width.0.into());
        Self { color, width, ..Self::default() }
    }
}

/// An exercise as [`list`] shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The number in the folder's name.
    pub number: u32,
    /// The package, such as `rlock`.
    pub name: String,
    /// The title in `exercise.yaml`.
    pub title: String,
    /// How many checks it has.
    pub checks: usize,
    /// Points to be had.
    pub points: u32,
    /// Names of the exercises that come before it.
    pub builds_on: Vec<String>,
}

/// Report a grading run.
///
/// # Errors
/// `out` cannot be written.
pub fn write(graded: &Graded, options: &ReportOptions, out: &mut dyn Write) -> Result<()> {
    match options.format {
        Format::Text => {
            let mut page = Page::new(options.width, options.color);
            terminal::write(&mut page, graded, options.detail);
            emit(&page.into_text(), out)
        }
        Format::Json => emit_json(&json::Report::of(graded), out),
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
        Format::Text => {
            let mut page = Page::new(options.width, options.color);
            section::heading(&mut page, exercise);
            failed::whole(&mut page, check, &explanation);
            emit(&page.into_text(), out)
        }
        Format::Json => emit_json(&json::Check::of(check, Some(explanation)), out),
    }
}

/// What a document shows of a failed check: what happened, and the picture, 80 cells wide.
pub fn explain(exercise: &GradedExercise, check: &GradedCheck) -> String {
    let mut page = Page::new(80, false);
    let explanation = Explanation::of(check, &Sources::of(exercise), Length::Short);
    failed::explained(&mut page, check, &explanation);
    page.into_text()
}

/// List the exercises of a course.
///
/// # Errors
/// `out` cannot be written.
pub fn list(exercises: &[Listed], options: &ReportOptions, out: &mut dyn Write) -> Result<()> {
    match options.format {
        Format::Text => {
            let mut page = Page::new(options.width, options.color);
            table::list(&mut page, exercises);
            emit(&page.into_text(), out)
        }
        Format::Json => emit_json(exercises, out),
    }
}

fn emit(text: &str, out: &mut dyn Write) -> Result<()> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write the report")
}

fn emit_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("cannot write the report as JSON")?;
    emit(&(text + "\n"), out)
}
