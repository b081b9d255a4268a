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

/// Draw a story, each line at most `width` cells wide.
pub(super) fn draw(scene: &Scene, story: &Story, width: usize, ink: Ink) -> String {
    if story.rows.is_empty() {
        return String::new();
    }
    let edge = Edge::of(story, ink);
    let layout = if story.threads.len() <= MOST_COLUMNS {
        columns::Layout::of(scene, story, width, edge)
    } else {
        None
    };
    let in_columns = layout.map(|layout| layout.draw(scene, story, ink));
    let mut text = in_columns
        .filter(|text| text.lines().count() <= MOST_LINES.max(story.rows.len() * 3 / 2))
        .unwrap_or_else(|| listed::draw(scene, story, width, edge));
    let tip = story.helper.as_deref().map(words::tip);
    let legend = story.signs.iter().map(|&sign| words::legend(sign).to_owned());
    for line in legend.chain(tip).flat_map(|text| wrap(&text, width.saturating_sub(edge.cells()))) {
        text.push_str(&edge.aside(&line));
    }
    text
}

/// What stands to the left of a row, and between rows.
#[derive(Clone, Copy)]
struct Edge {
    /// Cells of the largest number of a row.
    digits: usize,
    ink: Ink,
}

impl Edge {
    fn of(story: &Story, ink: Ink) -> Self {
        Self { digits: story.rows.len().to_string().len().max(2), ink }
    }

    /// Cells for the mark and the number of a row, with the space round them.
    fn cells(self) -> usize {
        5 + self.digits
    }

    /// The left edge of a row.
    fn of_row(self, mark: Mark, number: Option<usize>) -> String {
        let (sign, tone) = match mark {
            Mark::None => (" ", Tone::Plain),
            Mark::Turn => ("►", Tone::Eye),
            Mark::Failure => ("✗", Tone::Bad),
        };
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let number = format!("{number:>0$}", self.digits);
        format!(" {} {}  ", self.ink.paint(tone, sign), self.ink.paint(Tone::Faint, &number))
    }

    /// The left edge of a line that goes with the row above.
    fn blank(self) -> String {
        " ".repeat(self.cells())
    }

    /// What stands between the row before and this one.
    fn before(self, row: &Row) -> String {
        let mut text = String::new();
        if row.left_out > 0 {
            text.push_str(&self.aside(&format!("⋮ {}", words::left_out(row.left_out))));
        }
        if let Some(later) = row.later {
            text.push_str(&self.aside(&format!("── {} ──", words::later(later))));
        }
        text
    }

    /// What stands below this row.
    fn after(self, row: &Row) -> String {
        match row.again {
            Some((rows, times)) => self.aside(&format!("↻ {}", words::again(rows, times))),
            None => String::new(),
        }
    }

    fn aside(self, text: &str) -> String {
        format!("{}{}\n", self.blank(), self.ink.paint(Tone::Faint, text))
    }
}

/// The tone of a row's own cell.
fn tone(mark: Mark) -> Tone {
    match mark {
        Mark::None => Tone::Plain,
        Mark::Turn => Tone::Eye,
        Mark::Failure => Tone::Bad,
    }
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
