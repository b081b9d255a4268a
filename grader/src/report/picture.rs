//! The interleaving picture: which thread did what, in which order, on the learner's own lines.
//!
//! Threads are columns and time runs downwards. If there are too many columns, or they would be too
//! narrow, each step is instead a line with its thread's name.

mod cell;
mod columns;
mod edge;
mod listed;
mod pieces;

use super::style::Style;
use crate::explanation::timeline::Timeline;
use edge::Edge;

/// With more threads than this, steps are listed instead.
const MOST_COLUMNS: usize = 5;
/// Steps are also listed if columns would take more lines than the number of rows plus this.
const MORE_LINES: usize = 6;

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
