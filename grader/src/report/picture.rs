//! The interleaving picture: who did what in which order, on the learner's own lines.
//!
//! Threads are columns and time runs downwards. Where the columns would be too narrow, or there are
//! too many, each step is a line with its thread's name instead.

mod cell;
mod columns;
mod listed;

use super::ink::{Ink, Tone};
use super::page::wrap;
use super::safe::width;
use super::scene::Scene;
use super::story::{Length, Mark, Row, Story};
use super::words::step as words;

/// More threads than this are listed.
const MOST_COLUMNS: usize = 5;
/// Columns that take more lines than this, and half as many again as there are rows, are listed.
const MOST_LINES: usize = 22;
/// Cells for the mark and the number of a row, with the space round them.
const GUTTER: usize = 7;

/// Draw a story, each line at most `width` cells wide.
pub(super) fn draw(scene: &Scene, story: &Story, width: usize, ink: Ink) -> String {
    if story.rows.is_empty() {
        return String::new();
    }
    let layout = if story.threads.len() <= MOST_COLUMNS {
        columns::Layout::of(scene, story, width)
    } else {
        None
    };
    let in_columns = layout.map(|layout| layout.draw(scene, story, ink));
    let mut text = in_columns
        .filter(|text| text.lines().count() <= MOST_LINES.max(story.rows.len() * 3 / 2))
        .unwrap_or_else(|| listed::draw(scene, story, width, ink));
    let tip = story.helper.as_deref().map(words::tip);
    let legend = story.signs.iter().map(|&sign| words::legend(sign).to_owned());
    for line in legend.chain(tip).flat_map(|text| wrap(&text, width.saturating_sub(GUTTER))) {
        text.push_str(&format!("{}{}\n", " ".repeat(GUTTER), ink.paint(Tone::Faint, &line)));
    }
    text
}

/// The left edge of a row.
fn gutter(mark: Mark, number: Option<usize>, ink: Ink) -> String {
    let (sign, tone) = match mark {
        Mark::None => (" ", Tone::Plain),
        Mark::Turn => ("►", Tone::Eye),
        Mark::Failure => ("✗", Tone::Bad),
    };
    let number = number.map(|number| number.to_string()).unwrap_or_default();
    format!(" {} {}  ", ink.paint(tone, sign), ink.paint(Tone::Faint, &format!("{number:>2}")))
}

/// The tone of a row's own cell.
fn tone(mark: Mark) -> Tone {
    match mark {
        Mark::None => Tone::Plain,
        Mark::Turn => Tone::Eye,
        Mark::Failure => Tone::Bad,
    }
}

/// What stands between the row before and this one.
fn before(row: &Row, ink: Ink) -> String {
    let mut text = String::new();
    if row.left_out > 0 {
        text.push_str(&aside(&format!("⋮ {}", words::left_out(row.left_out)), ink));
    }
    if let Some(later) = row.later {
        text.push_str(&aside(&format!("── {} ──", words::later(later)), ink));
    }
    text
}

/// What stands below this row.
fn after(row: &Row, ink: Ink) -> String {
    match row.again {
        Some((rows, times)) => aside(&format!("↻ {}", words::again(rows, times)), ink),
        None => String::new(),
    }
}

fn aside(text: &str, ink: Ink) -> String {
    format!("{}{}\n", " ".repeat(GUTTER), ink.paint(Tone::Faint, text))
}

/// Cells that the longest line number of the learner's file needs.
fn digits(story: &Story) -> usize {
    let places = story.rows.iter().filter_map(|row| row.place.as_deref());
    places.filter(|place| !place.contains(':')).map(width).max().unwrap_or(1)
}

/// A row's text in pieces that should stay whole: place, code, value, note.
fn pieces(row: &Row, digits: usize, length: Length) -> Vec<String> {
    let place = match row.place.as_deref() {
        Some(place) => format!("{place:>digits$}"),
        None => " ".repeat(digits),
    };
    let code = match length {
        Length::Short => &row.short,
        Length::Whole => &row.code,
    };
    let mut pieces = vec![place, code.clone()];
    pieces.extend(row.value.clone());
    pieces.extend(row.note.clone());
    pieces
}
