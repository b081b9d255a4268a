//! The threads as lanes beside the steps, drawn row by row, so that a row can be as high as its text.

use crate::explanation::timeline::{Row, RowMark, Timeline};
use maud::{Markup, html};

/// Width of a lane in pixels.
const LANE: usize = 22;

/// The lanes beside row `index`.
pub(super) fn beside(timeline: &Timeline, index: usize) -> Markup {
    let row = &timeline.rows[index];
    let width = LANE * timeline.threads.len();
    let center = |thread: usize| LANE * thread + LANE / 2;
    let is_alive = |thread: usize| lives(timeline, thread).contains(&index);
    html! {
        span.lanes style=(format!("width: {width}px")) aria-hidden="true" { svg focusable="false" {
            @for thread in (0..timeline.threads.len()).filter(|&thread| is_alive(thread)) {
                @let waits = row.waiting.contains(&thread) && thread != row.thread;
                line class=(if waits { "waits" } else { "lives" })
                    x1=(center(thread)) x2=(center(thread)) y1="0" y2="100%" {}
            }
            @if let Some(preempted) = row.preempted {
                line.switch x1=(center(preempted)) x2=(center(row.thread)) y1="0" y2="50%" {}
            }
            circle class=(dot(row)) cx=(center(row.thread)) cy="50%" r="5" {}
        } }
    }
}

fn dot(row: &Row) -> &'static str {
    match row.mark {
        RowMark::Decisive => "decisive",
        RowMark::Failure => "fails",
        RowMark::None if row.how == "blocked" => "blocked",
        RowMark::None => "runs",
    }
}

/// The rows from the first to the last of a thread; to the end, if it waits for ever.
fn lives(timeline: &Timeline, thread: usize) -> std::ops::RangeInclusive<usize> {
    let mut own = timeline.rows.iter().enumerate().filter(|(_, row)| row.thread == thread);
    let first = own.next().map(|(index, _)| index);
    let last = own.next_back().map(|(index, _)| index).or(first);
    let end = timeline.rows.len().saturating_sub(1);
    let last = if timeline.threads[thread].stuck { Some(end) } else { last };
    first.unwrap_or(end)..=last.unwrap_or(end)
}
