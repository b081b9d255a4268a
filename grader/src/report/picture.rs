//! The interleaving picture: who did what in which order, on the learner's own lines.
//!
//! Threads are columns and time runs downwards. Where the columns would be too narrow, or there are
//! too many, each step is a line with its thread's name instead.

mod cell;
mod columns;
mod listed;

use super::style::{Style, Tone};
use super::words;
use crate::explanation::Length;
use crate::explanation::safe::width;
use crate::explanation::timeline::{Row, RowMark, Timeline};

/// More threads than this are listed.
const MOST_COLUMNS: usize = 5;
/// Columns that take so many lines more than there are rows are listed.
const MORE_LINES: usize = 6;
/// Of more moments than this, each is said in its row.
const MOST_TIMES: usize = 3;

/// Draw a timeline, each line at most `width` cells wide.
pub(super) fn draw(timeline: &Timeline, width: usize, style: Style) -> String {
    if timeline.rows.is_empty() {
        return String::new();
    }
    let edge = Edge::of(timeline, style);
    let layout = if timeline.threads.len() <= MOST_COLUMNS {
        columns::Layout::of(timeline, width, edge)
    } else {
        None
    };
    let in_columns = layout.map(|layout| layout.draw(timeline, style));
    let most = timeline.rows.len() + MORE_LINES;
    in_columns
        .filter(|text| text.lines().count() <= most)
        .unwrap_or_else(|| listed::draw(timeline, width, edge))
}

/// What stands to the left of a row, and between rows.
#[derive(Clone, Copy)]
struct Edge {
    /// Cells of the largest number of a row.
    digits: usize,
    /// Time that passes is said between the rows and not in them.
    times_between: bool,
    style: Style,
}

impl Edge {
    fn of(timeline: &Timeline, style: Style) -> Self {
        let last = timeline.rows.iter().map(|row| row.number).max().unwrap_or(0);
        let times = timeline.rows.iter().filter(|row| row.later.is_some()).count();
        Self { digits: last.to_string().len().max(2), times_between: times <= MOST_TIMES, style }
    }

    /// Cells for the mark and the number of a row, with the space round them.
    fn cells(self) -> usize {
        5 + self.digits
    }

    /// The left edge of a row.
    fn of_row(self, mark: RowMark, number: Option<u64>) -> String {
        let (sign, tone) = match mark {
            RowMark::None => (" ", Tone::Plain),
            RowMark::Decisive => ("►", Tone::Eye),
            RowMark::Failure => ("✗", Tone::Bad),
        };
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let number = format!("{number:>0$}", self.digits);
        format!(" {} {}  ", self.style.paint(tone, sign), self.style.paint(Tone::Faint, &number))
    }

    /// The left edge of a line that goes with the row above.
    fn blank(self) -> String {
        " ".repeat(self.cells())
    }

    /// What stands between the row before and this one.
    fn before(self, row: &Row) -> String {
        let mut text = String::new();
        if let Some(later) = row.later.as_ref().filter(|_| self.times_between) {
            text.push_str(&self.aside(&format!("── {later} ──")));
        }
        text
    }

    /// What stands below this row.
    fn after(self, row: &Row) -> String {
        let mut text = String::new();
        if row.others > 0 {
            text.push_str(&self.aside(&format!("⋮ {}", words::others(row.others))));
        }
        if let Some(again) = row.again {
            text.push_str(&self.aside(&format!("↻ {}", words::again(again.rows, again.times))));
        }
        text
    }

    fn aside(self, text: &str) -> String {
        format!("{}{}\n", self.blank(), self.style.paint(Tone::Faint, text))
    }
}

/// The tone of a row's own cell.
fn tone(mark: RowMark) -> Tone {
    match mark {
        RowMark::None => Tone::Plain,
        RowMark::Decisive => Tone::Eye,
        RowMark::Failure => Tone::Bad,
    }
}

/// Cells that the longest line number of the learner's file needs.
fn digits(timeline: &Timeline) -> usize {
    let places = timeline.rows.iter().filter_map(|row| row.place.as_deref());
    places.filter(|place| !place.contains(':')).map(width).max().unwrap_or(1)
}

/// A row's text in pieces that should stay whole: place, code, value, note. `function` is named with
/// the code; with `times`, so is the time that has passed since the row before.
fn pieces(
    row: &Row,
    function: Option<&str>,
    digits: usize,
    length: Length,
    times: bool,
) -> Vec<String> {
    let place = match row.place.as_deref() {
        Some(place) => format!("{place:>digits$}"),
        None => " ".repeat(digits),
    };
    let code = match length {
        Length::Short => &row.short,
        Length::Whole => &row.code,
    };
    let code = match function {
        Some(function) => format!("{function} · {code}"),
        None => code.clone(),
    };
    let mut pieces = vec![place, code];
    pieces.extend(row.value.clone());
    pieces.extend(row.note.clone());
    pieces.extend(row.later.as_ref().filter(|_| times).map(|later| format!("({later})")));
    pieces
}
