//! The left edge of rows, and what stands between rows.

use super::super::style::{Style, Tone};
use super::super::words;
use crate::explanation::timeline::{Row, RowMark, Timeline};

/// The left edge of rows, and what stands between rows.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    /// Width of the largest row number, in cells.
    digits: usize,
    pub(super) style: Style,
}

impl Edge {
    pub(super) fn of(timeline: &Timeline, style: Style) -> Self {
        let last = timeline.rows.iter().map(|row| row.number).max().unwrap_or(0);
        Self { digits: last.to_string().len().max(2), style }
    }

    /// Width of a row's mark and number in cells, including the space around them.
    pub(super) fn cells(self) -> usize {
        5 + self.digits
    }

    /// The left edge of a row.
    pub(super) fn of_row(self, mark: RowMark, number: Option<u64>) -> String {
        let (sign, tone) = match mark {
            RowMark::None => (" ", Tone::Plain),
            RowMark::Decisive => ("►", Tone::Eye),
            RowMark::Failure => ("✗", Tone::Bad),
        };
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let number = format!("{number:>0$}", self.digits);
        format!(" {} {}  ", self.style.paint(tone, sign), self.style.paint(Tone::Faint, &number))
    }

    /// The left edge of a line that belongs to the row above.
    pub(super) fn blank(self) -> String {
        " ".repeat(self.cells())
    }

    /// What stands between the previous row and this one.
    pub(super) fn before(self, row: &Row) -> String {
        let mut text = String::new();
        if let Some(later) = &row.later {
            text.push_str(&self.aside(&format!("── {later} ──")));
        }
        text
    }

    /// What stands below this row.
    pub(super) fn after(self, row: &Row) -> String {
        let mut text = String::new();
        if row.others > 0 {
            text.push_str(&self.aside(&format!("⋮ {}", words::others(row.others))));
        }
        if let Some(again) = row.again {
            text.push_str(
                &self
                    .aside(&format!("↻ {}", words::again(again.rows, again.times, row.others > 0))),
            );
        }
        text
    }

    fn aside(self, text: &str) -> String {
        format!("{}{}\n", self.blank(), self.style.paint(Tone::Faint, text))
    }
}
