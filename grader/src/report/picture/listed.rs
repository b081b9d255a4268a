//! One line for each step, with the thread's name: for many threads or a narrow terminal.

use super::super::style::Tone;
use super::super::words;
use super::cell;
use super::edge::Edge;
use super::pieces::{digits, pieces, tone};
use crate::explanation::Length;
use crate::explanation::safe::{cut_front, width};
use crate::explanation::timeline::{RowMark, Thread, Timeline};

/// A longer name loses its middle.
const MAX_NAME: usize = 12;
/// At most this many threads that wait for ever are named one by one.
const MOST_STUCK: usize = 4;

/// Draw the rows.
pub(super) fn draw(timeline: &Timeline, most: usize, edge: Edge) -> String {
    let style = edge.style;
    let names: Vec<String> =
        timeline.threads.iter().map(|thread| cut_front(&thread.name, MAX_NAME)).collect();
    let cells = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let room = most.saturating_sub(edge.cells() + cells + 3).max(8);
    let line = |left: &str, who: &str, what: &str, tone: Tone| {
        let bar = style.paint(Tone::Faint, "│");
        let who = style.cell(Tone::Strong, who, cells);
        format!("{left}{who} {bar} {}", style.paint(tone, what)).trim_end().to_owned() + "\n"
    };
    let digits = digits(timeline);
    let mut text = String::new();
    let mut named: Vec<usize> = Vec::new();
    for row in &timeline.rows {
        text.push_str(&edge.before(row));
        if let Some(victim) = row.preempted {
            text.push_str(&line(&edge.blank(), &names[victim], words::PREEMPTED, Tone::Faint));
        }
        // If a thread stays in one call, that is named in its first row there.
        let first = row.within().is_some() && !named.contains(&row.thread);
        let within = row.within().filter(|_| row.names_function || first);
        if row.within().is_some() {
            named.push(row.thread);
        }
        let pieces = pieces(row, within, digits, Length::Whole);
        for (at, what) in cell::lines(&pieces, room, digits + 1).iter().enumerate() {
            let (left, who) = match at {
                0 => (edge.of_row(row.mark, Some(row.number)), names[row.thread].as_str()),
                _ => (edge.blank(), ""),
            };
            text.push_str(&line(&left, who, what, tone(row.mark)));
        }
        text.push_str(&edge.after(row));
    }
    let mut stuck: Vec<(&Thread, &String)> =
        timeline.threads.iter().zip(&names).filter(|(it, _)| it.stuck).collect();
    // Those that wait only for others to end come last.
    stuck.sort_by_key(|(thread, _)| thread.joins.is_some());
    let named = if stuck.len() > MOST_STUCK { MOST_STUCK - 1 } else { stuck.len() };
    for (thread, name) in &stuck[..named] {
        let left = edge.of_row(RowMark::Failure, None);
        text.push_str(&line(&left, name, &words::stuck(thread), Tone::Bad));
    }
    if stuck.len() > named {
        let left = edge.of_row(RowMark::Failure, None);
        text.push_str(&line(&left, "", &words::others_stuck(stuck.len() - named), Tone::Bad));
    }
    text
}
