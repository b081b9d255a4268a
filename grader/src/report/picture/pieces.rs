//! What a row says, in pieces to be fitted into a cell.

use super::super::style::Tone;
use super::super::words;
use crate::explanation::Length;
use crate::explanation::safe::width;
use crate::explanation::timeline::{Row, RowMark, Timeline};

/// The tone of a row's own cell.
pub(super) fn tone(mark: RowMark) -> Tone {
    match mark {
        RowMark::None => Tone::Plain,
        RowMark::Decisive => Tone::Eye,
        RowMark::Failure => Tone::Bad,
    }
}

/// Width in cells of the longest line number in the learner's file.
pub(super) fn digits(timeline: &Timeline) -> usize {
    let places = timeline.rows.iter().filter_map(|row| row.place.as_deref());
    places.filter(|place| !place.contains(':')).map(width).max().unwrap_or(1)
}

/// A row's text in pieces that should stay whole: place, code, value, note,
/// result. What the code is
/// `within` goes before it.
pub(super) fn pieces(
    row: &Row,
    within: Option<&str>,
    digits: usize,
    length: Length,
) -> Vec<String> {
    let place = match (row.place.as_deref(), row.called_from) {
        (Some(place), Some(line)) => format!("{:>digits$}", words::called_from(line, place)),
        (Some(place), None) => format!("{place:>digits$}"),
        (None, _) => " ".repeat(digits),
    };
    let code = match length {
        Length::Short => &row.short,
        Length::Whole => &row.code,
    };
    let mut pieces = vec![place];
    pieces.extend(within.map(|within| format!("{within} ·")));
    pieces.push(code.clone());
    pieces.extend(row.value.clone());
    pieces.extend(row.note.clone());
    pieces.extend(row.returns.as_ref().map(|returns| match row.returned_at {
        Some(line) => format!("· {line} {returns}"),
        None => format!("· {returns}"),
    }));
    pieces.extend(row.ends.then(|| format!("· {}", words::ENDS)));
    pieces
}
