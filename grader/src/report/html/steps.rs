//! The steps of a failing schedule: one list item each.

use super::super::words;
use super::lanes;
use super::prose::prose;
use crate::explanation::Explanation;
use crate::explanation::timeline::{Row, RowMark, Timeline};
use maud::{Markup, html};

/// The steps of `explanation`, each with an id that begins with `id`. If the source of `exercise`, the
/// exercise's folder, is on the same page, lines are links into it.
pub(super) fn list(id: &str, exercise: Option<&str>, explanation: &Explanation) -> Markup {
    let timeline = &explanation.timeline;
    html! {
        div.threads aria-label="Threads" {
            @for (index, thread) in timeline.threads.iter().enumerate() {
                span.thread {
                    (index + 1) " " (thread.name)
                    @if let Some(function) = &thread.function { " · " code { (function) } }
                }
            }
        }
        ol.steps aria-label="What happened, oldest first" {
            @for (index, row) in timeline.rows.iter().enumerate() {
                (item(id, exercise, timeline, index, row))
            }
        }
        @for (thread, joins) in stuck(timeline) { p.stuck { strong { (thread) } " " (joins) } }
        @for line in &timeline.legend { p.faint { (prose(line)) } }
    }
}

fn item(id: &str, exercise: Option<&str>, timeline: &Timeline, index: usize, row: &Row) -> Markup {
    let class = match row.mark {
        RowMark::Decisive => "step decisive",
        RowMark::Failure => "step fails",
        RowMark::None => "step",
    };
    let own_line = row.line.filter(|_| row.own);
    html! {
        li class=(class) id=(format!("{id}-{index}")) data-line=[own_line] value=(row.number) {
            (lanes::beside(timeline, index))
            span.text {
                @match row.mark {
                    RowMark::Decisive => span.mark title="before this step the check could still pass" { "► " },
                    RowMark::Failure => span.mark { "✗ " },
                    RowMark::None => {},
                }
                strong { (timeline.threads[row.thread].name) } " "
                @if let Some(line) = own_line {
                    @match exercise {
                        Some(exercise) => a href=(format!("#{exercise}-line-{line}")) { (line) },
                        None => (line),
                    }
                    " "
                } @else if let Some(place) = &row.place {
                    span.faint { (place) } " "
                }
                @if row.names_function {
                    @if let Some(within) = row.within() { code { (within) } " · " }
                }
                code { (row.code) }
                @if let Some(value) = &row.value { " " span.value { (value) } }
                @if let Some(note) = &row.note { " " span.note { (note) } }
                @if let Some(returns) = &row.returns { " · " (returns) }
                @if row.ends { ", " (words::ENDS) }
                @if row.others > 0 { ", " (words::others(row.others)) }
                @if let Some(again) = row.again {
                    " (" (words::again(again.rows, again.times, row.others > 0)) ")"
                }
                @if let Some(preempted) = row.preempted {
                    span.faint { " " (timeline.threads[preempted].name) " is preempted" }
                }
                @if let Some(later) = &row.later { span.faint { " " (later) } }
            }
        }
    }
}

/// The threads that wait for ever, each with what it waits for.
fn stuck(timeline: &Timeline) -> Vec<(&str, String)> {
    let stuck = timeline.threads.iter().filter(|thread| thread.stuck);
    stuck.map(|thread| (thread.name.as_str(), words::stuck(thread))).collect()
}
